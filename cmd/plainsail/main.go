// Command plainsail renders Kubernetes sources to plain YAML and publishes it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/plainsail/plainsail/render"
)

func main() {
	if render.IsHelmShim(os.Args) {
		os.Exit(render.RunHelmShim(os.Args, os.Stdout, os.Stderr))
	}
	// Templates print times in the local zone; what is rendered must not depend on where.
	time.Local = time.UTC
	tuneMemory(os.Getenv)
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
