package gitrepo

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Difference is what has happened to the source since a commit.
type Difference struct {
	Base    Hash              // the commit compared with
	Paths   map[string]Status // files that differ, from Top; new ones that are not ignored count
	Entries []Entry           // the files of Base
}

// Status is what happened to a file.
type Status string

// The statuses.
const (
	Added    Status = "added"
	Deleted  Status = "deleted"
	Modified Status = "modified" // its content, its mode or its type
)

// Since compares the work tree with a revision: with the newest commit that both it and HEAD come from, so that what others did
// after a branch was made does not count; or with the revision itself where there is none, as at the edge of a shallow clone.
func (s *Source) Since(ctx context.Context, rev string) (Difference, error) {
	fail := func(err error) (Difference, error) {
		return Difference{}, fmt.Errorf("compare %s with %q: %w", s.top, rev, err)
	}
	if strings.ContainsAny(rev, "\n\x00") {
		return fail(fmt.Errorf("it is not a revision"))
	}
	at, err := s.git.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	switch {
	case exited(err, 1):
		return fail(ErrNotFound)
	case err != nil:
		return fail(err)
	}
	d := Difference{Base: Hash(at), Paths: map[string]Status{}}
	base, err := s.git.line(ctx, "merge-base", "--", at, "HEAD")
	if err == nil {
		first, _, _ := strings.Cut(base, "\n")
		d.Base = Hash(first)
	} else if !exited(err, 1) {
		return fail(err)
	}
	if d.Entries, err = s.git.listTree(ctx, d.Base); err != nil {
		return fail(err)
	}
	out, err := s.git.run(ctx, "-c", "core.fsmonitor=false", "diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", string(d.Base), "--")
	if err != nil {
		return fail(err)
	}
	if err := d.read(splitNUL(out)); err != nil {
		return fail(err)
	}
	out, err = s.git.run(ctx, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return fail(err)
	}
	for _, p := range splitNUL(out) {
		if d.Paths[p] == Deleted {
			d.Paths[p] = Modified // out of the index, and still there
		} else {
			d.Paths[p] = Added
		}
	}
	return d, nil
}

// read reads diff --name-status -z: a status, then a path.
func (d *Difference) read(records []string) error {
	for pair := range slices.Chunk(records, 2) {
		if len(pair) != 2 || pair[0] == "" {
			return fmt.Errorf("git diff: cannot read %q", pair)
		}
		status := Modified
		switch pair[0][0] {
		case 'A':
			status = Added
		case 'D':
			status = Deleted
		}
		d.Paths[pair[1]] = status
	}
	return nil
}

// ReadBlob reads a blob of the source.
func (s *Source) ReadBlob(ctx context.Context, h Hash) ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	objects, err := s.git.readObjects(ctx, []string{string(h)})
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", h.Short(), s.top, err)
	}
	if objects[0].missing {
		return nil, fmt.Errorf("read %s in %s: %w", h.Short(), s.top, ErrNotFound)
	}
	return objects[0].data, nil
}
