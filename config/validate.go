package config

import (
	"maps"
	"slices"
	"strings"
)

// validate checks what no single key can tell. Keys that decode refused are
// zero here, and are not reported again.
func (c *Config) validate(p *problems) {
	v := validator{c, p}
	v.environments()
	for i, u := range c.Units {
		v.unit(u, item("units", i))
	}
	v.kinds(c.Defaults.Kinds, "defaults")
	for _, app := range slices.Sorted(maps.Keys(c.Apps)) {
		a, at := c.Apps[app], child("apps", app)
		v.override(a.Override, at)
		for _, env := range slices.Sorted(maps.Keys(a.Environments)) {
			at := child(at+".environments", env)
			v.override(a.Environments[env], at)
			if declared := c.declared(); len(declared) > 0 && !slices.Contains(declared, env) {
				v.add(at, suggest(env, declared), "%s: environment %s is not declared", at, quote(env))
			}
		}
	}
}

// validator is a Config and where its problems go.
type validator struct {
	*Config
	problems *problems
}

func (v validator) add(at, hint, format string, args ...any) {
	v.problem(v.problems, at, hint, format, args...)
}

func (v validator) environments() {
	first := map[string]int{}
	for i, e := range v.Environments {
		if e.Name == "" {
			continue
		}
		at := item("environments", i) + ".name"
		if line, twice := first[e.Name]; twice {
			v.add(at, "", "%s: environment %q is there twice, first in line %d", at, e.Name, line)
			continue
		}
		first[e.Name] = v.positions[at].line
	}
}

func (v validator) unit(u UnitPattern, at string) {
	if u.Path == "" {
		return
	}
	path, values := at+".path", strings.Join(u.Values, "/")
	switch hasApp := strings.Contains(u.Path, "{app}"); {
	case !hasApp && u.App == "" && v.positions[at+".app"] == (position{}):
		v.add(path, "put {app} where the app's name is, or add app: name to the entry", "%s: %s has no {app}", path, quote(u.Path))
	case hasApp && u.App != "":
		v.add(at+".app", "keep one of them", "%s: the path has {app} already", at+".app")
	}
	if len(v.Environments) == 0 && !strings.Contains(u.Path+values, "{env}") {
		v.add(path, "put {env} where the environment's name is, here or in a values file, or declare environments", "%s: %s has no {env}", path, quote(u.Path))
	}
	v.segments(u.Path, path, binding{})
	for i, file := range u.Values {
		known := binding{app: "known"}
		if strings.Contains(u.Path, "{env}") {
			known.env = "known"
		}
		v.segments(file, item(at+".values", i), known)
	}
	if u.Type == Kustomize || u.Type == Plain {
		for key, set := range map[string]bool{"values": u.Values != nil, "release": u.Release != ""} {
			if set {
				v.add(at+"."+key, "remove it, or set type: helm", "%s.%s is for Helm charts, but the type is %s", at, key, u.Type)
			}
		}
	}
}

// segments refuses what could be read in more than one way. A placeholder that
// an earlier segment has matched is plain text in those that follow.
func (v validator) segments(pattern, at string, known binding) {
	for s := range strings.SplitSeq(pattern, "/") {
		open := known.fill(s)
		apps, envs := strings.Count(open, "{app}"), strings.Count(open, "{env}")
		switch {
		case apps > 1 || envs > 1:
			v.add(at, "keep one of them", "%s: %s has the same placeholder twice", at, quote(s))
		case apps+envs > 0 && strings.Contains(s, "*"):
			v.add(at, "use * only in segments of its own", "%s: %s has both * and a placeholder", at, quote(s))
		case apps > 0 && envs > 0 && len(v.Environments) == 0:
			v.add(at, "declare environments, so that it is clear where one name ends", "%s: %s has both {app} and {env}", at, quote(s))
		}
		if apps > 0 {
			known.app = "known"
		}
		if envs > 0 {
			known.env = "known"
		}
	}
}

func (v validator) override(o Override, at string) {
	v.kinds(o.Kinds, at)
	seen := map[[2]string]int{}
	for i, s := range o.Allow.PlaintextSecrets {
		if s.Name == "" {
			continue
		}
		at := item(at+".allow.plaintextSecrets", i)
		id := [2]string{s.Namespace, s.Name}
		if line, twice := seen[id]; twice {
			v.add(at, "", "%s: secret %q is there twice, first in line %d", at, s.Name, line)
			continue
		}
		seen[id] = v.positions[at].line
	}
}

func (v validator) kinds(k Kinds, at string) {
	for i, kind := range k.Cluster {
		if kind != "" && slices.Contains(k.Namespaced, kind) {
			at := item(at+".kinds.cluster", i)
			v.add(at, "keep one of them", "%s: %q is among the namespaced kinds too", at, kind)
		}
	}
}
