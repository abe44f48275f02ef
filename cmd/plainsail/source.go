package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/publish"
)

// source is an opened source repository.
type source struct {
	dir        string // where its plainsail.yaml is, or would be
	root       string // everything that is rendered lies at or below it: the checkout's top, or dir
	config     *config.Config
	plan       *config.Plan
	repo       *gitrepo.Source // nil outside a git checkout
	origin     string          // the address of its origin, "" for none
	provenance publish.Source
	head       error  // why there is no commit to render from, nil if there is one
	rendered   string // the rendered repository once it is open, without credentials
}

// openSource reads everything that a run needs to know. Once the folder is known, a source comes with an error too.
func openSource(ctx context.Context, o renderOptions, s Streams) (*source, error) {
	dir, err := filepath.Abs(o.dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if info, statErr := os.Stat(dir); err != nil || statErr != nil || !info.IsDir() {
		return nil, usagef("name the source with -C DIR", "%s: no such folder", o.dir)
	}
	src := &source{dir: dir, root: dir}
	if err := src.openGit(ctx, s); err != nil {
		return src, err
	}
	fsys := os.DirFS(dir)
	if src.config, err = config.Load(fsys); err != nil {
		return src, err
	}
	src.plan, err = src.config.Discover(fsys, config.DiscoverOptions{DefaultApp: filepath.Base(src.provenance.Repository)})
	return src, err
}

// openGit finds out where the source comes from. Outside git, rendering to a folder still works.
func (src *source) openGit(ctx context.Context, s Streams) error {
	src.provenance = publish.Source{Repository: filepath.Base(src.dir), Version: Version()}
	repo, err := gitrepo.OpenSource(ctx, src.dir, gitrepo.SourceOptions{})
	if errors.Is(err, gitrepo.ErrNotRepository) {
		src.head = fmt.Errorf("%s is not in a git checkout", src.dir)
		return nil
	}
	if err != nil {
		return err
	}
	src.repo, src.root = repo, repo.Top()
	src.provenance.Repository = filepath.Base(repo.Top())
	address, ok, err := repo.RemoteURL(ctx, "origin")
	if err != nil {
		return err
	}
	if ok {
		src.origin = address
		src.provenance.Repository = publish.RepositoryName(address)
		if token := tokenFor(address, s.Env); token != "" {
			if src.repo, err = gitrepo.OpenSource(ctx, src.dir, gitrepo.SourceOptions{Token: token}); err != nil {
				return err
			}
		}
	}
	src.provenance.Commit, err = repo.Head(ctx)
	if errors.Is(err, gitrepo.ErrNoCommit) {
		src.head = err
		return nil
	}
	if err != nil {
		return err
	}
	src.provenance.Dirty, err = repo.Dirty(ctx)
	return err
}

// publishable tells why the source cannot be published: what is published must be what a commit says.
func (src *source) publishable(allowDirty bool) error {
	if src.repo == nil {
		return usagef("make it a git repository and commit it, or write to a folder with --out", "--push: %v", src.head)
	}
	if src.head != nil {
		return usagef("commit the source first; rendered commits say which source commit they come from", "--push: %v", src.head)
	}
	if dirty := src.provenance.Dirty; len(dirty) > 0 && !allowDirty {
		shown := dirty
		if len(shown) > 5 {
			shown = append(slices.Clone(dirty[:5]), fmt.Sprintf("and %d more", len(dirty)-5))
		}
		return &refusedError{fmt.Errorf("--push: the source has uncommitted changes: %s", strings.Join(shown, ", ")),
			"commit or stash them, or pass --allow-dirty, which notes them in the rendered commit"}
	}
	return nil
}
