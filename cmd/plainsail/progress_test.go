package main

import (
	"bytes"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	run := func(terminal bool) string {
		var b bytes.Buffer
		p := newProgress(Streams{Err: &b, Terminal: terminal}, 2)
		p.done(render.Result{Unit: config.Unit{App: "web", Env: "dev"}})
		p.clear()
		return b.String()
	}
	if got, want := run(true), "\r\x1b[Krendering 1/2  web in dev\r\x1b[K"; got != want {
		t.Errorf("on a terminal: %q, want %q", got, want)
	}
	if got := run(false); got != "" {
		t.Errorf("elsewhere: %q, want nothing", got)
	}
}
