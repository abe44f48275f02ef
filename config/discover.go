package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// problem notes what is wrong with a key of the file.
func (c *Config) problem(p *problems, at, hint, format string, args ...any) {
	p.add(c.fileName(), c.positions[at], hint, format, args...)
}

func (c *Config) fileName() string { return cmp.Or(c.file, FileName) }

// item is the path of an item of a list.
func item(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }
