package config

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// candidate is a unit as found on disk.
type candidate struct {
	app, env, path string
	typ            Type
	origin         string // the folder or file that names the environment
	pattern        layer  // what the units entry that found it sets
}

// search collects candidates and, in problems, what it had to refuse.
type search struct {
	globber
	file       string            // the configuration's, as named in errors
	defaultApp string            // the app of a pattern without one
	seen       map[[2]string]int // {app, env}: index in found
	found      []candidate
}

func newSearch(c *Config, fsys fs.FS, defaultApp string, p *problems) *search {
	return &search{
		globber:    globber{fsys, c.declared(), p},
		file:       c.fileName(),
		defaultApp: appName(defaultApp),
		seen:       map[[2]string]int{},
	}
}

// conventions finds units where they usually are.
func (s *search) conventions() error {
	for _, u := range conventions {
		if err := s.units(u, ""); err != nil {
			return err
		}
	}
	if len(s.found) > 0 || len(*s.problems) > 0 {
		return nil
	}
	for _, b := range bare {
		h, err := s.look(b.path)
		if err != nil {
			return err
		}
		if slices.Contains(b.types, h.auto()) {
			s.add(candidate{app: s.defaultApp, env: bareEnv, path: b.path, origin: b.path}, h)
		}
	}
	return nil
}

// units finds the units of one entry of units. The path at names the entry in
// the file; it is "" for a convention.
func (s *search) units(u UnitPattern, at string) error {
	app := u.App
	if !strings.Contains(u.Path, "{app}") && app == "" {
		app = s.defaultApp
	}
	folders, err := s.glob(match{".", binding{app: app}}, u.Path, folder)
	if err != nil {
		return err
	}
	for _, m := range folders {
		h, err := s.look(m.path)
		if err != nil {
			return err
		}
		if !h.has(u.Type) {
			continue
		}
		environments, err := s.environments(u, m)
		if err != nil {
			return err
		}
		for _, e := range environments {
			s.add(candidate{
				app: e.app, env: e.env, path: m.path, typ: u.Type, origin: e.path,
				pattern: layer{at, Override{Settings: Settings{Release: u.Release, Values: u.Values}}},
			}, h)
		}
	}
	return nil
}

// environments finds the environments of one folder: the one in its path, those
// that have values files, or all that are declared.
func (s *search) environments(u UnitPattern, m match) ([]match, error) {
	if m.env != "" {
		return []match{m}, nil
	}
	var found []match
	named := false // some values file names the environment
	for _, pattern := range u.Values {
		if !strings.Contains(pattern, "{env}") {
			continue
		}
		named = true
		files, err := s.glob(m, pattern, file)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if !slices.ContainsFunc(found, func(o match) bool { return o.env == f.env }) {
				found = append(found, f)
			}
		}
	}
	if !named {
		for _, env := range s.declared {
			found = append(found, match{m.path, binding{m.app, env}})
		}
	}
	return found, nil
}

// look reads what a folder holds; a missing one holds nothing.
func (s *search) look(dir string) (holdings, error) {
	if k, err := kindOf(s.fsys, dir); err != nil || k != folder {
		return holdings{}, err
	}
	return look(s.fsys, dir)
}

// add takes a candidate, unless something is wrong with it.
func (s *search) add(c candidate, h holdings) {
	if slices.Contains(notEnvironments, c.env) && !slices.Contains(s.declared, c.env) {
		return
	}
	if c.typ == "" || c.typ == Auto {
		if h.both() {
			e := h.ambiguous(c.path, "move one away, or add an entry with this path and a type: to units in "+s.file)
			*s.problems = append(*s.problems, e)
			return
		}
		c.typ = h.auto()
	}
	if !s.checkName("an app", c.app, c.path) || !s.checkName("an environment", c.env, c.origin) || !s.checkDeclared(c) {
		return
	}
	id := [2]string{c.app, c.env}
	if i, twice := s.seen[id]; twice {
		s.problem(c.path, "rename one of the folders, or write units in "+s.file+" so that only one of them is found",
			"%s in %s is in %s too", c.app, c.env, s.found[i].path)
		return
	}
	s.seen[id] = len(s.found)
	s.found = append(s.found, c)
}

// checkDeclared refuses an environment that is not among the declared ones.
func (s *search) checkDeclared(c candidate) bool {
	if len(s.declared) == 0 || slices.Contains(s.declared, c.env) {
		return true
	}
	hint := "declare it in environments, beside " + strings.Join(s.declared, ", ")
	if n := nearest(c.env, s.declared); n != "" {
		hint = fmt.Sprintf("did you mean %q? rename it, or declare the environment", n)
	}
	s.problem(c.origin, hint, "environment %q is not declared in %s", c.env, s.file)
	return false
}

// checkName refuses what cannot be a name.
func (s *search) checkName(what, name, origin string) bool {
	if formats["name"].ok(name) {
		return true
	}
	s.problem(origin, formats["name"].hint, "%s cannot be the name of %s", quote(name), what)
	return false
}

func (s *search) problem(path, hint, format string, args ...any) {
	s.problems.add(path, position{}, hint, format, args...)
}
