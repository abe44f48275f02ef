package publish

import (
	"context"
	"fmt"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render"
)

// Want is what a run has to say about one environment.
type Want struct {
	Env   string
	Units map[string]map[string][]byte // app -> file name from the environment's root, in the folder <app> -> content
	// Known are apps that were not rendered, as nothing they are rendered from has changed.
	Known map[string]Known
	// Keep are apps that this run knows of and has no new output for: they failed to render, or were not asked for. Their last
	// output stays.
	Keep map[string]bool
	// Partial tells that some of the environment's apps were not asked for.
	Partial bool

	same map[string]bool // apps that the environment holds as they should be
}

// NewWants sorts results by environment, in the order of envs. An environment without results is wanted empty. Results that
// failed, and the units in others, are kept as they are. rerender renders a unit whose result was reused.
func NewWants(envs []string, results []render.Result, others map[string][]string, rerender func(context.Context, config.Unit) render.Result) ([]Want, error) {
	wants := make([]Want, len(envs))
	at := map[string]*Want{}
	for i, env := range envs {
		wants[i] = Want{Env: env, Units: map[string]map[string][]byte{}, Known: map[string]Known{}, Keep: map[string]bool{}}
		at[env] = &wants[i]
		for _, app := range others[env] {
			wants[i].Keep[app] = true
			wants[i].Partial = true
		}
	}
	for _, r := range results {
		app, env := r.Unit.App, r.Unit.Env
		w, ok := at[env]
		switch {
		case !ok:
			return nil, fmt.Errorf("%s was rendered in %s, which is not among the environments to publish", app, env)
		case r.Err != nil:
			w.Keep[app] = true
		case r.Reused:
			w.Known[app] = Known{gitrepo.Hash(r.Record.Tree), again(app, env, func(ctx context.Context) (map[string][]byte, error) {
				rendered := rerender(ctx, r.Unit)
				return rendered.Files, rendered.Err
			})}
		default:
			w.Units[app] = inFolder(app, r.Files)
		}
	}
	return wants, nil
}
