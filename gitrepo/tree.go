package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Change is what to do with one path of a tree: write Data, put an existing
// blob there, or delete it.
type Change struct {
	Path   string
	Mode   Mode   // "" means Regular
	Data   []byte // the content, unless Hash or Delete is set
	Hash   Hash   // an existing blob of the remote; it need not have been downloaded
	Delete bool   // a path that does not exist is no error
}

// WriteTree applies changes to the tree base ("" for an empty one) and returns
// the new tree. Blobs of base that do not change need not be there and are not
// downloaded. Equal content gives an equal hash. No change is made if one path
// is unsafe (*PathError), comes twice, or would be both a file and a directory.
func (r *Remote) WriteTree(ctx context.Context, base Hash, changes []Change) (Hash, error) {
	git, err := r.main(ctx)
	if err != nil {
		return "", err
	}
	tree, err := r.writeTree(ctx, git, base, changes)
	if err != nil {
		return "", fmt.Errorf("write a tree for %s: %w", r.Name(), err)
	}
	return tree, nil
}

func (r *Remote) writeTree(ctx context.Context, git runner, base Hash, changes []Change) (Hash, error) {
	var have []Entry
	if base != "" {
		var err error
		if have, err = git.listTree(ctx, base); err != nil {
			return "", err
		}
		if len(changes) == 0 {
			return base, nil
		}
	}
	changes = slices.Clone(changes)
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	if err := checkChanges(have, changes); err != nil {
		return "", err
	}
	moved, err := git.treeOfExisting(ctx, changes)
	if err != nil {
		return "", err
	}
	work := fmt.Sprintf("refs/plainsail/work/%d", r.work.Add(1))
	out, err := git.fastImport(ctx, func(w io.Writer) error { return writeImport(w, work, base, moved, changes) })
	if err != nil {
		return "", err
	}
	// "040000 tree <hash>\t", or "missing " for a tree with nothing in it.
	fields := strings.Fields(out)
	if len(fields) == 3 && fields[1] == "tree" {
		return Hash(fields[2]), Hash(fields[2]).check()
	}
	if len(fields) > 0 && fields[0] == "missing" {
		return git.emptyTree(ctx)
	}
	return "", fmt.Errorf("git fast-import: unexpected answer %q", out)
}

// fastImport runs a stream and returns what its ls and get-mark commands print.
func (r runner) fastImport(ctx context.Context, stream func(io.Writer) error) (string, error) {
	out, err := r.feed(ctx, stream, "fast-import", "--quiet", "--done", "--force", "--date-format=raw")
	return string(out), err
}

func (r runner) emptyTree(ctx context.Context) (Hash, error) {
	out, err := r.feed(ctx, func(io.Writer) error { return nil }, "mktree")
	return Hash(strings.TrimSpace(string(out))), err
}

// treeOfExisting makes a tree that holds the existing blobs of the changes, in
// their order. fast-import itself would want to look at the blobs.
func (r runner) treeOfExisting(ctx context.Context, changes []Change) (Hash, error) {
	var lines []string
	for _, c := range changes {
		if c.Hash != "" && !c.Delete {
			lines = append(lines, fmt.Sprintf("%s blob %s\t%d", c.mode(), c.Hash, len(lines)))
		}
	}
	if len(lines) == 0 {
		return "", nil
	}
	out, err := r.feed(ctx, writeLines(lines), "mktree", "--missing")
	return Hash(strings.TrimSpace(string(out))), err
}

func (c Change) mode() Mode {
	if c.Mode == "" {
		return Regular
	}
	return c.Mode
}

// writeImport writes the fast-import stream. Its commit only carries the tree:
// it stays in the scratch repository.
func writeImport(w io.Writer, ref string, base, moved Hash, changes []Change) error {
	fmt.Fprintf(w, "commit %s\ncommitter plainsail <> 0 +0000\ndata 0\n", ref)
	if base != "" {
		fmt.Fprintf(w, "M 040000 %s \"\"\n", base)
	}
	for _, c := range changes {
		if c.Delete {
			fmt.Fprintf(w, "D %s\n", quote(c.Path))
		}
	}
	dir := ""
	if moved != "" {
		dir = ".plainsail-moved-" + string(moved) // a name that cannot be in use: it holds its own hash
		fmt.Fprintf(w, "M 040000 %s %s\n", moved, dir)
	}
	n := 0
	var err error
	for _, c := range changes {
		switch {
		case c.Delete:
		case c.Hash != "":
			_, err = fmt.Fprintf(w, "R %s/%d %s\n", dir, n, quote(c.Path))
			n++
		default:
			if _, err = fmt.Fprintf(w, "M %s inline %s\ndata %d\n", c.mode(), quote(c.Path), len(c.Data)); err == nil {
				if _, err = w.Write(c.Data); err == nil {
					_, err = io.WriteString(w, "\n")
				}
			}
		}
		if err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "ls \"\"\ndone\n")
	return err
}

// quote writes a path the way fast-import reads any byte of it.
func quote(path string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		switch c := path[i]; {
		case c == '"':
			b.WriteString(`\"`)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// checkChanges reports every change that must not be made. have is in the order
// of git, changes in that of their paths.
func checkChanges(have []Entry, changes []Change) error {
	var errs []error
	final := make(map[string]bool, len(have)+len(changes)) // path: is there afterwards
	for _, e := range have {
		final[e.Path] = true
	}
	for i, c := range changes {
		if err := CheckPath(c.Path); err != nil {
			errs = append(errs, err)
			continue
		}
		if i > 0 && changes[i-1].Path == c.Path {
			errs = append(errs, &PathError{Path: c.Path, Reason: "it is changed twice"})
		}
		if err := c.checkContent(); err != nil {
			errs = append(errs, err)
		}
		final[c.Path] = !c.Delete
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	for path, dir := range conflicts(final, changes) {
		errs = append(errs, &PathError{Path: path, Reason: "it is a file, and the directory of " + strconv.Quote(dir)})
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func (c Change) checkContent() error {
	if c.Delete {
		return nil
	}
	switch c.mode() {
	case Regular, Executable, Symlink:
	default:
		return &PathError{Path: c.Path, Reason: fmt.Sprintf("mode %q is not that of a file", c.Mode)}
	}
	if c.Hash == "" {
		return nil
	}
	if c.Data != nil {
		return &PathError{Path: c.Path, Reason: "it has both data and an existing blob"}
	}
	return c.Hash.check()
}

// conflicts returns files that something else needs as a directory, with one
// path below each.
func conflicts(final map[string]bool, changes []Change) map[string]string {
	found := map[string]string{}
	written := make(map[string]bool, len(changes))
	for _, c := range changes {
		if !c.Delete {
			written[c.Path] = true
		}
	}
	for path, there := range final {
		if !there {
			continue
		}
		for i := strings.IndexByte(path, '/'); i >= 0; {
			parent := path[:i]
			// Two files of base cannot conflict: one of the two is new.
			if final[parent] && (written[parent] || written[path]) {
				if old, ok := found[parent]; !ok || path < old {
					found[parent] = path
				}
			}
			next := strings.IndexByte(path[i+1:], '/')
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
	return found
}
