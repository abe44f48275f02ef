package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/config"
)

// selection is what of a plan a run renders.
type selection struct {
	envs       []string
	units      []config.Unit
	others     map[string][]string // environment -> apps that were not asked for
	everything bool
}

func selectUnits(plan *config.Plan, envs, apps []string) (selection, error) {
	sel := selection{others: map[string][]string{}, everything: len(envs)+len(apps) == 0}
	for _, env := range envs {
		if !slices.Contains(plan.Environments, env) {
			return sel, usagef("the environments are "+strings.Join(plan.Environments, ", "), "--env %s: there is no such environment", env)
		}
	}
	known := map[string]bool{}
	for _, u := range plan.Units {
		known[u.App] = true
	}
	for _, app := range apps {
		if !known[app] {
			hint := "plainsail render lists the apps"
			if names := slices.Sorted(maps.Keys(known)); len(names) <= 10 {
				hint = "the apps are " + strings.Join(names, ", ")
			}
			return sel, usagef(hint, "--app %s: there is no such app", app)
		}
	}
	for _, env := range plan.Environments {
		if len(envs) == 0 || slices.Contains(envs, env) {
			sel.envs = append(sel.envs, env)
		}
	}
	for _, u := range plan.Units {
		switch {
		case !slices.Contains(sel.envs, u.Env):
		case len(apps) > 0 && !slices.Contains(apps, u.App):
			sel.others[u.Env] = append(sel.others[u.Env], u.App)
		default:
			sel.units = append(sel.units, u)
		}
	}
	return sel, nil
}
