package gitrepo

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Mode is the kind of a tree entry, in git's octal notation.
type Mode string

// The modes of tree entries.
const (
	Regular    Mode = "100644"
	Executable Mode = "100755"
	Symlink    Mode = "120000"
	Submodule  Mode = "160000" // read only: WriteTree does not add them
)

// Entry is a file in a tree.
type Entry struct {
	Path string // slash-separated, from the root of the tree
	Mode Mode
	Hash Hash
}

// listTree returns the files below a tree or commit in git's order.
func (r runner) listTree(ctx context.Context, treeish Hash) ([]Entry, error) {
	if err := treeish.check(); err != nil {
		return nil, err
	}
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--full-tree", string(treeish))
	if err != nil {
		return nil, err
	}
	return parseTree(out)
}

// parseTree reads the output of ls-tree -r -z.
func parseTree(out []byte) ([]Entry, error) {
	records := splitNUL(out)
	entries := make([]Entry, 0, len(records))
	for _, rec := range records {
		meta, path, ok := strings.Cut(rec, "\t")
		fields := strings.Split(meta, " ")
		if !ok || path == "" || len(fields) != 3 {
			return nil, fmt.Errorf("ls-tree: cannot read %q", rec)
		}
		e := Entry{Path: path, Mode: Mode(fields[0]), Hash: Hash(fields[2])}
		if err := e.Hash.check(); err != nil {
			return nil, fmt.Errorf("ls-tree: cannot read %q: %w", rec, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// readObjects reads objects in the order of names, which must hold no line break.
func (r runner) readObjects(ctx context.Context, names []string) ([]object, error) {
	if len(names) == 0 {
		return nil, nil
	}
	out, err := r.feed(ctx, writeLines(names), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	return parseBatch(names, out)
}

// readCommits reads commits in the order of hashes.
func (r runner) readCommits(ctx context.Context, hashes ...Hash) ([]Commit, error) {
	if err := checkHashes(hashes...); err != nil {
		return nil, err
	}
	objects, err := r.readObjects(ctx, toStrings(hashes))
	if err != nil {
		return nil, err
	}
	commits := make([]Commit, len(objects))
	for i, o := range objects {
		switch {
		case o.missing:
			return nil, fmt.Errorf("commit %s: %w", o.name, ErrNotFound)
		case o.kind != "commit":
			return nil, fmt.Errorf("object %s is a %s, not a commit", o.name, o.kind)
		}
		if commits[i], err = parseCommit(o.hash, o.data); err != nil {
			return nil, err
		}
	}
	return commits, nil
}

// hasCommits reports for each hash whether the repository holds that commit. One
// command each, whatever way it fails: git before 2.44 goes looking for missing
// objects of a partial clone, which Source does not let it, and dies of it.
func (r runner) hasCommits(ctx context.Context, hashes ...Hash) ([]bool, error) {
	has := make([]bool, len(hashes))
	for i, h := range hashes {
		_, err := r.run(ctx, "cat-file", "-e", string(h)+"^{commit}")
		if ctx.Err() != nil {
			return nil, err
		}
		has[i] = err == nil
	}
	return has, nil
}

// isAncestor reports whether b's history holds a, as far as the repository knows it.
func (r runner) isAncestor(ctx context.Context, a, b Hash) (bool, error) {
	_, err := r.run(ctx, "merge-base", "--is-ancestor", string(a), string(b))
	if exited(err, 1) {
		return false, nil
	}
	return err == nil, err
}

func writeLines[S ~string](lines []S) func(io.Writer) error {
	return func(w io.Writer) error {
		for _, l := range lines {
			if _, err := io.WriteString(w, string(l)+"\n"); err != nil {
				return err
			}
		}
		return nil
	}
}

func toStrings(hashes []Hash) []string {
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = string(h)
	}
	return out
}
