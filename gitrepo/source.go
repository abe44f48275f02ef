package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SourceOptions tell how to open a source checkout. The zero value is right
// for a checkout whose git is set up to reach its origin.
type SourceOptions struct {
	// Token and Username reach the origin where the checkout itself has no
	// credentials; see RemoteOptions.
	Token    string
	Username string
	// Env is the environment of git commands; nil means the process's own.
	Env []string
	// TempDir holds scratch repositories; "" means the system's.
	TempDir string
}

// Source is a checkout that is only read.
type Source struct {
	opts   SourceOptions
	git    runner
	top    string
	common string // git directory that clones and work trees share
	format Format
}

// OpenSource opens the repository whose work tree holds dir. The error wraps
// ErrNotRepository if there is none.
func OpenSource(ctx context.Context, dir string, opts SourceOptions) (*Source, error) {
	if opts.Env == nil {
		opts.Env = os.Environ()
	}
	// A partial clone would otherwise download objects into the user's repository.
	env := append(gitEnv(opts.Env), "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none")
	s := &Source{opts: opts, git: runner{dir: dir, env: env, mask: newMasker(opts.Token)}}

	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open source repository: %w", err)
	}
	if err := s.git.checkVersion(ctx); err != nil {
		return nil, fmt.Errorf("open source repository %s: %w", dir, err)
	}
	out, err := s.git.line(ctx, "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir", "--show-object-format=storage")
	switch {
	case said(err, "not a git repository", "must be run in a work tree"):
		return nil, fmt.Errorf("open source repository %s: %w", dir, ErrNotRepository)
	case err != nil:
		return nil, fmt.Errorf("open source repository %s: %w", dir, err)
	}
	lines := strings.Split(out, "\n")
	if len(lines) != 3 {
		return nil, fmt.Errorf("open source repository %s: unexpected answer of git rev-parse %q", dir, out)
	}
	s.top, s.common, s.format = filepath.FromSlash(lines[0]), filepath.FromSlash(lines[1]), Format(lines[2])
	s.git.dir = s.top
	return s, nil
}

// Top returns the absolute path of the work tree's root.
func (s *Source) Top() string { return s.top }

// Format returns the object format of the repository.
func (s *Source) Format() Format { return s.format }

// Head returns the commit that is checked out, ErrNoCommit if there is none yet.
func (s *Source) Head(ctx context.Context) (Commit, error) {
	objects, err := s.git.readObjects(ctx, []string{"HEAD"})
	if err != nil {
		return Commit{}, fmt.Errorf("read HEAD of %s: %w", s.top, err)
	}
	if objects[0].missing {
		return Commit{}, fmt.Errorf("read HEAD of %s: %w", s.top, ErrNoCommit)
	}
	return parseCommit(objects[0].hash, objects[0].data)
}

// List returns the files of a commit or tree of the source. Nothing is read
// from the work tree.
func (s *Source) List(ctx context.Context, treeish Hash) ([]Entry, error) {
	entries, err := s.git.listTree(ctx, treeish)
	if err != nil {
		return nil, fmt.Errorf("list %s in %s: %w", treeish.Short(), s.top, err)
	}
	return entries, nil
}

// Dirty returns the paths, from Top and sorted, that differ from the commit
// that is checked out: changed, staged, deleted, and new ones that are not
// ignored. Given paths (from Top, with slashes) limit it to what is below them.
func (s *Source) Dirty(ctx context.Context, paths ...string) ([]string, error) {
	args := []string{
		"-c", "core.fsmonitor=false", // it would start a daemon in the user's repository
		"status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none", "--",
	}
	out, err := s.git.run(ctx, append(args, paths...)...)
	if err != nil {
		return nil, fmt.Errorf("look for uncommitted changes in %s: %w", s.top, err)
	}
	return parseStatus(out)
}

// parseStatus reads the output of status --porcelain=v1 -z: "XY path", where
// renames and copies are followed by the path they came from.
func parseStatus(out []byte) ([]string, error) {
	records := splitNUL(out)
	var paths []string
	for i := 0; i < len(records); i++ {
		rec := records[i]
		if len(rec) < 4 || rec[2] != ' ' {
			return nil, fmt.Errorf("git status: cannot read %q", rec)
		}
		paths = append(paths, rec[3:])
		if strings.ContainsAny(rec[:2], "RC") {
			if i++; i == len(records) {
				return nil, fmt.Errorf("git status: %q lacks the path it came from", rec)
			}
			paths = append(paths, records[i])
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// RemoteURL returns the address of a remote, as git would use it (insteadOf
// applied, relative paths made absolute), and whether the remote exists.
func (s *Source) RemoteURL(ctx context.Context, name string) (string, bool, error) {
	out, err := s.git.line(ctx, "remote", "get-url", "--", name)
	switch {
	case exited(err, 2), said(err, "No such remote"):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("read the address of remote %s of %s: %w", name, s.top, err)
	}
	raw, _, _ := strings.Cut(out, "\n")
	if u, err := parseURL(raw, s.top); err == nil {
		raw = u.raw
	}
	return raw, true, nil
}

// shallow returns the commits at which a shallow clone's history is cut off.
func (s *Source) shallow() ([]Hash, error) {
	data, err := os.ReadFile(filepath.Join(s.common, "shallow"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var edge []Hash
	for line := range strings.Lines(string(data)) {
		edge = append(edge, Hash(strings.TrimSpace(line)))
	}
	return edge, checkHashes(edge...)
}
