// Command plainsail renders Kubernetes sources to plain YAML and publishes it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/plainsail/plainsail/render"
)

func main() {
	if render.IsHelmShim(os.Args) {
		os.Exit(render.RunHelmShim(os.Args, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		// The first signal asks to stop; from then on the next one kills.
		<-ctx.Done()
		stop()
	}()
	s := Standard()
	s.Settle = catchChatter(s.Err)
	os.Exit(Main(ctx, os.Args, s))
}
