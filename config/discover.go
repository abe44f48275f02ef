package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// DiscoverOptions says what the folders cannot.
type DiscoverOptions struct {
	// DefaultApp is the name of a repository's single app, usually the
	// repository's own name. What a name cannot hold becomes "-"; without
	// anything usable the app is called "app".
	DefaultApp string
}

// Plan is what there is to render.
type Plan struct {
	// Environments in promotion order: the declared ones, whether or not they
	// have units, or else those found.
	Environments []string
	// Units, by the order of their environments and then by app.
	Units []Unit
}

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

// Discover finds the units in a source repository and works out what each is
// set to. Like Parse, it reports all problems of the layout at once, as *Error.
func (c *Config) Discover(fsys fs.FS, o DiscoverOptions) (*Plan, error) {
	var p problems
	s := newSearch(c, fsys, o.DefaultApp, &p)
	if err := c.search(s); err != nil {
		return nil, fmt.Errorf("look for units: %w", err)
	}
	// Who was refused above is not to be missed below.
	if err := p.err(); err != nil {
		return nil, err
	}
	if len(s.found) == 0 {
		return nil, errors.Join(&Error{Message: "found no app to render", Hint: nothingFound})
	}
	plan := &Plan{Environments: c.order(s.found)}
	slices.SortFunc(s.found, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(slices.Index(plan.Environments, a.env), slices.Index(plan.Environments, b.env)),
			cmp.Compare(a.app, b.app),
		)
	})
	for _, f := range s.found {
		u, err := c.unit(fsys, f, &p)
		if err != nil {
			return nil, fmt.Errorf("look for values files: %w", err)
		}
		plan.Units = append(plan.Units, u)
	}
	c.checkApps(plan.Units, &p)
	if err := p.err(); err != nil {
		return nil, err
	}
	return plan, nil
}

// search looks where the file says, or where the conventions say.
func (c *Config) search(s *search) error {
	if len(c.Units) == 0 {
		return s.conventions()
	}
	for i, u := range c.Units {
		at := item("units", i)
		before, problems := len(s.found), len(*s.problems)
		if err := s.units(u, at); err != nil {
			return err
		}
		if len(s.found) == before && len(*s.problems) == problems {
			c.problem(s.problems, at+".path", "check the path and the type; the folders must hold what the type says"+needs(u),
				"%s.path: %s matches no unit", at, quote(u.Path))
		}
	}
	return nil
}

// needs completes the hint for a pattern that takes its environments from files.
func needs(u UnitPattern) string {
	for _, file := range u.Values {
		if strings.Contains(file, "{env}") && !strings.Contains(u.Path, "{env}") {
			return ", and " + file + " for each environment"
		}
	}
	return ""
}

// order returns the environments in promotion order.
func (c *Config) order(found []candidate) []string {
	if len(c.Environments) > 0 {
		return c.declared()
	}
	set := map[string]bool{}
	for _, f := range found {
		set[f.env] = true
	}
	names := slices.Collect(maps.Keys(set))
	sortEnvironments(names)
	return names
}

// unit works out what holds for one unit.
func (c *Config) unit(fsys fs.FS, f candidate, p *problems) (Unit, error) {
	var all Override
	b := binding{f.app, f.env}
	for _, l := range c.layers(f) {
		for key, text := range map[string]string{"namespace": b.fill(l.Namespace), "release": b.fill(l.Release)} {
			if message, hint := formats[key+"Name"].check(text); text != "" && message != "" {
				c.problem(p, l.at+"."+key, hint, "%s.%s: %s (%s in %s)", l.at, key, message, f.app, f.env)
			}
		}
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

func (c *Config) mustExist(fsys fs.FS, name, at string, f candidate, p *problems) error {
	k, err := kindOf(fsys, name)
	if err == nil && k != file {
		c.problem(p, at, "add the file, or take it off the list", "%s: no file %s (%s in %s)", at, name, f.app, f.env)
	}
	return err
}

// problem notes what is wrong with a key of the file.
func (c *Config) problem(p *problems, at, hint, format string, args ...any) {
	p.add(c.fileName(), c.positions[at], hint, format, args...)
}

func (c *Config) fileName() string { return cmp.Or(c.file, FileName) }

// item is the path of an item of a list.
func item(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }
