package main

import (
	"fmt"

	"github.com/plainsail/plainsail/render"
)

// progress shows on a terminal how far rendering has come, on one line that it takes away at the end.
type progress struct {
	s           Streams
	total, seen int
}

func newProgress(s Streams, total int) *progress { return &progress{s: s, total: total} }

func (p *progress) done(r render.Result) {
	p.seen++
	if p.s.Terminal {
		fmt.Fprintf(p.s.Err, "\r\x1b[Krendering %d/%d  %s in %s", p.seen, p.total, r.Unit.App, r.Unit.Env)
	}
}

func (p *progress) clear() {
	if p.s.Terminal && p.seen > 0 {
		fmt.Fprint(p.s.Err, "\r\x1b[K")
	}
}
