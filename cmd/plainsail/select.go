package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

// selection is what of a plan a run renders.
type selection struct {
	envs       []string
	units      []config.Unit
	others     map[string][]string // environment -> apps that were not asked for
	everything bool
	prune      bool // environments that are no more are this run's business
}

// shard is one of several parts of a run, which jobs side by side render and publish. The zero value is all of it.
type shard struct{ part, parts int }

func parseShard(s string) (shard, error) {
	var sh shard
	if n, err := fmt.Sscanf(s, "%d/%d", &sh.part, &sh.parts); n != 2 || err != nil || fmt.Sprintf("%d/%d", sh.part, sh.parts) != s ||
		sh.part < 1 || sh.part > sh.parts {
		return shard{}, usagef("write it as I/N, from 1/N to N/N", "--shard %s: there is no such part", s)
	}
	return sh, nil
}

// has tells whether a unit belongs to the shard. It depends on the unit's name alone, so that all jobs agree without talking.
func (sh shard) has(u config.Unit) bool {
	if sh.parts < 2 {
		return true
	}
	h := fnv.New32a()
	io.WriteString(h, render.Key(u))
	return int(h.Sum32()%uint32(sh.parts)) == sh.part-1
}

func selectUnits(plan *config.Plan, envs, apps []string, sh shard) (selection, error) {
	all := len(envs)+len(apps) == 0
	sel := selection{others: map[string][]string{}, everything: all && sh.parts < 2, prune: all && sh.part < 2}
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
		case len(apps) > 0 && !slices.Contains(apps, u.App), !sh.has(u):
			sel.others[u.Env] = append(sel.others[u.Env], u.App)
		default:
			sel.units = append(sel.units, u)
		}
	}
	return sel, nil
}
