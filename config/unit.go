package config

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
)

// Unit is one app in one environment, with all that holds for it. Paths are
// fs paths from the repository's root.
type Unit struct {
	App, Env string
	Path     string // the folder; "." is the repository's root
	Type     Type   // never Auto

	Namespace   string // of objects that name none; "" if nothing declares one
	KubeVersion string // that charts see; "" if nothing declares one
	APIVersions []string

	Values      []string // Helm values files after the chart's own, in order
	Release     string
	IncludeCRDs bool
	DropHooks   bool

	LoadRestrictor LoadRestrictor // never empty
	Kinds          Kinds

	AllowNondeterministic string // the reason; "" if it is not allowed
	AllowSecrets          []SecretException
}

// unit works out what holds for one unit.
func (c *Config) unit(fsys fs.FS, f candidate, p *problems) (Unit, error) {
	var all Override
	b := binding{f.app, f.env}
	layers := c.layers(f)
	for _, l := range layers {
		var values []string
		for i, file := range l.Values {
			file = path.Join(f.path, b.fill(file))
			values = append(values, file)
			if f.typ != Helm {
				continue
			}
			if err := c.mustExist(fsys, file, item(l.at+".values", i), f, p); err != nil {
				return Unit{}, err
			}
		}
		l.Values = values
		all = l.over(all)
	}
	c.checkFilled(p, layers, "namespace", func(s Settings) string { return s.Namespace }, f)
	if f.typ == Helm {
		c.checkFilled(p, layers, "release", func(s Settings) string { return s.Release }, f)
	}
	u := Unit{
		App:  f.app,
		Env:  f.env,
		Path: f.path,
		Type: f.typ,

		Namespace:   b.fill(all.Namespace),
		KubeVersion: all.KubeVersion,
		APIVersions: all.APIVersions,

		Release:     cmp.Or(b.fill(all.Release), f.app),
		IncludeCRDs: all.IncludeCRDs == nil || *all.IncludeCRDs,
		DropHooks:   all.Hooks == HooksDrop,

		LoadRestrictor: cmp.Or(all.LoadRestrictor, LoadRootOnly),
		Kinds:          all.Kinds,

		AllowNondeterministic: all.Allow.Nondeterministic,
		AllowSecrets:          all.Allow.PlaintextSecrets,
	}
	if f.typ == Helm {
		u.Values = all.Values
	}
	return u, nil
}

// checkFilled checks what the strongest layer that sets a key says, now that
// the names that it holds are known.
func (c *Config) checkFilled(p *problems, layers []layer, key string, get func(Settings) string, f candidate) {
	for _, l := range slices.Backward(layers) {
		text := binding{f.app, f.env}.fill(get(l.Settings))
		if text == "" {
			continue
		}
		if message, hint := formats[key+"Name"].check(text); message != "" {
			c.problem(p, l.at+"."+key, hint, "%s.%s: %s (%s in %s)", l.at, key, message, f.app, f.env)
		}
		return
	}
}

func (c *Config) mustExist(fsys fs.FS, name, at string, f candidate, p *problems) error {
	k, err := kindOf(fsys, name)
	if err == nil && k != file {
		c.problem(p, at, "add the file, or take it off the list", "%s: no file %s (%s in %s)", at, name, f.app, f.env)
	}
	return err
}
