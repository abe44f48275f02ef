package publish

import (
	"fmt"
	"path"

	"github.com/plainsail/plainsail/render"
)

// Want is what a run has to say about one environment.
type Want struct {
	Env   string
	Units map[string]map[string][]byte // app -> file name from the environment's root, in the folder <app> -> content
	// Keep are apps that this run knows of and has no new output for: they failed to render, or were not asked for. Their last
	// output stays.
	Keep map[string]bool
	// Partial tells that some of the environment's apps were not asked for.
	Partial bool
}

// NewWants sorts results by environment, in the order of envs. An environment without results is wanted empty. Results that
// failed, and the units in others, are kept as they are.
func NewWants(envs []string, results []render.Result, others map[string][]string) ([]Want, error) {
	wants := make([]Want, len(envs))
	at := map[string]*Want{}
	for i, env := range envs {
		wants[i] = Want{Env: env, Units: map[string]map[string][]byte{}, Keep: map[string]bool{}}
		at[env] = &wants[i]
		for _, app := range others[env] {
			wants[i].Keep[app] = true
			wants[i].Partial = true
		}
	}
	for _, r := range results {
		w, ok := at[r.Unit.Env]
		if !ok {
			return nil, fmt.Errorf("%s was rendered in %s, which is not among the environments to publish", r.Unit.App, r.Unit.Env)
		}
		if r.Err != nil {
			w.Keep[r.Unit.App] = true
			continue
		}
		files := make(map[string][]byte, len(r.Set))
		for _, o := range r.Set {
			data, err := o.YAML()
			if err != nil {
				return nil, fmt.Errorf("encode %s of %s in %s: %w", o.ID(), r.Unit.App, r.Unit.Env, err)
			}
			files[path.Join(r.Unit.App, o.Path())] = data
		}
		w.Units[r.Unit.App] = files
	}
	return wants, nil
}
