package config

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// binding is what {app} and {env} stand for; "" is not known yet.
type binding struct{ app, env string }

// fill puts what is known into a pattern.
func (b binding) fill(pattern string) string {
	if b.app != "" {
		pattern = strings.ReplaceAll(pattern, "{app}", b.app)
	}
	if b.env != "" {
		pattern = strings.ReplaceAll(pattern, "{env}", b.env)
	}
	return pattern
}

// bind matches one name with one segment of a pattern that holds at most one
// of {app}, {env} and *. It returns what the placeholder stands for.
func (b binding) bind(segment, name string) (_ binding, ok bool) {
	switch {
	case strings.Contains(segment, "{app}"):
		b.app, ok = capture(segment, "{app}", name)
	case strings.Contains(segment, "{env}"):
		b.env, ok = capture(segment, "{env}", name)
	default:
		matched, err := path.Match(segment, name)
		ok = matched && err == nil
	}
	return b, ok
}

// capture returns the part of name that a placeholder stands for.
func capture(segment, placeholder, name string) (string, bool) {
	prefix, suffix, _ := strings.Cut(segment, placeholder)
	rest, hasPrefix := strings.CutPrefix(name, prefix)
	text, hasSuffix := strings.CutSuffix(rest, suffix)
	return text, hasPrefix && hasSuffix && text != ""
}

// match is a path that a pattern matches, and what its placeholders stand for.
type match struct {
	path string
	binding
}

// globber finds paths by patterns.
type globber struct {
	fsys     fs.FS
	declared []string // environments
	problems *problems
}

// glob finds the entries of a kind below dir that a pattern matches. It goes
// exactly as deep as the pattern, so no symlink can make it loop. Names that
// begin with "." or "_" are found only where the pattern says so.
func (g globber) glob(from match, pattern string, want kind) ([]match, error) {
	segment, rest, deeper := strings.Cut(pattern, "/")
	next := want
	if deeper {
		next = folder
	}
	here, err := g.step(from, from.fill(segment), next)
	if err != nil || !deeper {
		return here, err
	}
	var found []match
	for _, m := range here {
		below, err := g.glob(m, rest, want)
		if err != nil {
			return nil, err
		}
		found = append(found, below...)
	}
	return found, nil
}

// step matches one segment of a pattern with the entries of one folder.
func (g globber) step(from match, segment string, want kind) ([]match, error) {
	if !strings.ContainsAny(segment, "{*") {
		p := path.Join(from.path, segment)
		k, err := kindOf(g.fsys, p)
		if err != nil || k != want {
			return nil, err
		}
		return []match{{p, from.binding}}, nil
	}
	names, err := list(g.fsys, from.path, want)
	if err != nil {
		return nil, err
	}
	var found []match
	for _, name := range names {
		if strings.ContainsRune("._", rune(name[0])) && segment[0] != name[0] {
			continue
		}
		p := path.Join(from.path, name)
		if strings.Contains(segment, "{app}") && strings.Contains(segment, "{env}") {
			found = append(found, g.split(from, segment, name)...)
		} else if b, ok := from.bind(segment, name); ok {
			found = append(found, match{p, b})
		}
	}
	return found, nil
}

// split matches a name with a segment that holds both {app} and {env}. Only
// the declared environments tell where one ends and the other begins.
func (g globber) split(from match, segment, name string) []match {
	p := path.Join(from.path, name)
	var found []match
	for _, env := range g.declared {
		b := binding{from.app, env}
		if b, ok := b.bind(b.fill(segment), name); ok {
			found = append(found, match{p, b})
		}
	}
	shape := strings.NewReplacer("{app}", "*", "{env}", "*").Replace(segment)
	switch alike, err := path.Match(shape, name); {
	case len(found) > 1:
		g.problems.add(p, position{}, "rename the folder, or use a pattern with {app} and {env} in folders of their own",
			"may be %s in %s or %s in %s", found[0].app, found[0].env, found[1].app, found[1].env)
		return nil
	case len(found) == 0 && alike && err == nil:
		g.problems.add(p, position{}, "rename the folder, or declare its environment; known: "+strings.Join(g.declared, ", "),
			"the name fits %q with no declared environment", segment)
	}
	return found
}

// kind is what there is at a path.
type kind int

const (
	nothing kind = iota
	file
	folder
)

// kindOf follows symlinks; a dangling one is nothing.
func kindOf(fsys fs.FS, p string) (kind, error) {
	info, err := fs.Stat(fsys, p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nothing, nil
	case err != nil:
		return nothing, err
	case info.IsDir():
		return folder, nil
	}
	return file, nil
}

// list returns the names of the files, or of the folders, in a folder, sorted.
func list(fsys fs.FS, dir string, want kind) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		k := file
		if e.IsDir() {
			k = folder
		}
		if e.Type()&fs.ModeSymlink != 0 {
			if k, err = kindOf(fsys, path.Join(dir, e.Name())); err != nil {
				return nil, err
			}
		}
		if k == want {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
