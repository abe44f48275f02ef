package config

import (
	"maps"
	"slices"
	"strings"
)

// checkApps refuses what the file sets to no effect: for apps and environments
// that have no unit, and for types of units that it is not meant for.
func (c *Config) checkApps(units []Unit, p *problems) {
	types := map[string]map[string]Type{} // by app and environment
	for _, u := range units {
		if types[u.App] == nil {
			types[u.App] = map[string]Type{}
		}
		types[u.App][u.Env] = u.Type
	}
	apps := slices.Sorted(maps.Keys(types))
	for app, a := range c.Apps {
		at := child("apps", app)
		if types[app] == nil {
			c.problem(p, at, suggest(app, apps), "%s: no unit of an app %q was found", at, app)
			continue
		}
		c.checkType(p, at, a.Settings, slices.Collect(maps.Values(types[app])))
		for env, o := range a.Environments {
			at := child(at+".environments", env)
			t, ok := types[app][env]
			if !ok {
				c.problem(p, at, suggest(env, slices.Sorted(maps.Keys(types[app]))), "%s: no unit of %s in %q was found", at, app, env)
				continue
			}
			c.checkType(p, at, o.Settings, []Type{t})
		}
	}
}

// checkType refuses settings that none of the units' types takes. Release is
// left out: a name that nobody uses yet harms nobody.
func (c *Config) checkType(p *problems, at string, s Settings, types []Type) {
	for _, k := range []struct {
		key string
		set bool
		typ Type
	}{
		{"values", len(s.Values) > 0, Helm},
		{"includeCRDs", s.IncludeCRDs != nil, Helm},
		{"hooks", s.Hooks != "", Helm},
		{"loadRestrictor", s.LoadRestrictor != "", Kustomize},
	} {
		if k.set && !slices.Contains(types, k.typ) {
			c.problem(p, at+"."+k.key, "remove it, or move it to an app that it is meant for",
				"%s.%s is for %s, but this is %s", at, k.key, k.typ, typeNames(types))
		}
	}
}

func typeNames(types []Type) string {
	var names []string
	for _, t := range types {
		names = append(names, string(t))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " and ")
}
