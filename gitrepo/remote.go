package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// RemoteOptions tell how to reach a rendered repository. The zero value uses
// what git is configured with globally.
type RemoteOptions struct {
	// Source is the checkout whose git configuration (credentials, transport,
	// identity, signing) is used as well.
	Source *Source
	// Token is sent to the remote's host in an Authorization header, over https
	// or to this machine only, and instead of other Authorization headers that
	// git is configured with.
	Token string
	// Username goes with Token; "" means "x-access-token".
	Username string
	// CreateBare makes the first push create a bare repository if the address is
	// a local path where there is none. Until then the remote counts as empty.
	CreateBare bool
	// Format is the object format of a repository that CreateBare makes; ""
	// means that of Source, or SHA1.
	Format Format
	// Env is the environment of git commands; nil means that of Source, or the
	// process's own.
	Env []string
	// TempDir holds the scratch repository; "" means the system's.
	TempDir string
}

// Remote is a repository that is published to. Its methods may be called
// concurrently.
type Remote struct {
	opts    RemoteOptions
	scratch *scratch
	work    atomic.Int64 // numbers the refs of fast-import runs

	mu     sync.Mutex
	format Format // "" until the remote has told
}

// OpenRemote prepares work on the repository at a URL (https, http, ssh, git,
// file), an scp-like address or a local path. Nothing is sent until a method
// needs it. The caller must Close it.
func OpenRemote(ctx context.Context, url string, opts RemoteOptions) (*Remote, error) {
	base := ""
	if opts.Source != nil {
		base = opts.Source.top
		if opts.Env == nil {
			opts.Env = opts.Source.opts.Env
		}
		if opts.Format == "" {
			opts.Format = opts.Source.format
		}
		if opts.TempDir == "" {
			opts.TempDir = opts.Source.opts.TempDir
		}
	}
	if opts.Env == nil {
		opts.Env = os.Environ()
	}
	if opts.Format == "" {
		opts.Format = SHA1
	}
	if base == "" {
		var err error
		if base, err = os.Getwd(); err != nil {
			return nil, err
		}
	}
	s, err := newScratch(ctx, access{
		url: url, base: base, source: opts.Source,
		token: opts.Token, username: opts.Username,
		env: opts.Env, tempDir: opts.TempDir,
	})
	if err != nil {
		return nil, fmt.Errorf("open rendered repository: %w", err)
	}
	return &Remote{opts: opts, scratch: s}, nil
}

// Close removes the scratch repository.
func (r *Remote) Close() error { return r.scratch.close() }

// Name returns the address for people: credentials are masked.
func (r *Remote) Name() string { return r.scratch.name() }

// Format returns the object format of the remote repository, which asks the
// remote unless it is known already.
func (r *Remote) Format(ctx context.Context) (Format, error) {
	if f := r.knownFormat(); f != "" {
		return f, nil
	}
	if _, err := r.Refs(ctx, "HEAD"); err != nil {
		return "", err
	}
	return r.knownFormat(), nil
}

func (r *Remote) knownFormat() Format {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.format
}

func (r *Remote) setFormat(f Format) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.format == "" {
		r.format = f
	}
}

// main returns the scratch repository that holds tips and new objects.
func (r *Remote) main(ctx context.Context) (runner, error) {
	f, err := r.Format(ctx)
	if err != nil {
		return runner{}, err
	}
	return r.scratch.repo(ctx, "main.git", f)
}

// absent reports whether the remote is a path that CreateBare would fill.
func (r *Remote) absent() bool {
	if !r.opts.CreateBare || r.scratch.url.local == "" {
		return false
	}
	entries, err := os.ReadDir(r.scratch.url.local)
	return errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0
}

// create makes the bare repository that absent reported as missing. It comes
// into being by a rename, so that a killed process leaves all of it or nothing.
func (r *Remote) create(ctx context.Context, branch string) (err error) {
	path := r.scratch.url.local
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	half, err := os.MkdirTemp(parent, "."+filepath.Base(path)+".plainsail-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(half)
	dir := filepath.Join(half, "repo") // MkdirTemp's own directory is private; a repository need not be
	if _, err := r.scratch.git.run(ctx, "init", "--quiet", "--bare", "--template=",
		"--object-format="+string(r.opts.Format), "--initial-branch="+branch, dir); err != nil {
		return err
	}
	if err := os.Rename(dir, path); err != nil && r.absent() {
		return err // otherwise another process came first, and its repository is as good
	}
	return nil
}
