package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// Dir publishes to a folder: <Path>/<env>/<app>/… It writes nothing outside it, whatever symbolic links are there.
type Dir struct {
	Path   string
	Source string // the source repository, for the index
	Prune  bool   // also empties environments that are no longer wanted at all
}

// Plan tells what Publish would do, and changes nothing. A folder that does not exist counts as empty.
func (d *Dir) Plan(ctx context.Context, wants []Want) ([]Report, error) {
	root, err := os.OpenRoot(d.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d.plan(ctx, nil, wants)
	case err != nil:
		return nil, err
	}
	defer root.Close()
	return d.plan(ctx, root, wants)
}

// Publish brings the folder to what is wanted and tells what it did. Each file is replaced as a whole. If it is stopped on the
// way, running it again completes the work: the index lists new files before they are written and old ones until they are gone.
func (d *Dir) Publish(ctx context.Context, wants []Want) ([]Report, error) {
	if err := os.MkdirAll(d.Path, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(d.Path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	reports, err := d.plan(ctx, root, wants)
	if err != nil {
		return nil, err
	}
	for _, r := range reports {
		for _, p := range r.Plans {
			if err := apply(root, p); err != nil {
				return nil, fmt.Errorf("write %s: %w", path.Join(d.Path, p.Env), err)
			}
		}
	}
	return reports, nil
}

// plan works on an open folder, or on none.
func (d *Dir) plan(ctx context.Context, root *os.Root, wants []Want) ([]Report, error) {
	wants, err := d.prune(root, wants)
	if err != nil {
		return nil, err
	}
	var reports []Report
	var errs []error
	for _, w := range wants {
		have, err := readDir(root, w)
		if err != nil {
			return nil, d.unreadable(w.Env, err)
		}
		w, err := w.settle(ctx, have, d.Source, gitrepo.SHA1)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p, err := NewPlan(w, have, d.Source, gitrepo.SHA1)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r := Report{Status: Unchanged, Plans: []*Plan{p}}
		if !p.Empty() {
			r.Status = Published
		}
		reports = append(reports, r)
	}
	return reports, errors.Join(errs...)
}

func (d *Dir) unreadable(env string, err error) error {
	var index *IndexError
	if errors.As(err, &index) {
		return &IndexError{path.Join(d.Path, env), index.Err}
	}
	return fmt.Errorf("read %s: %w", path.Join(d.Path, env), err)
}

// prune adds the environments of the folder that have apps of ours and are not wanted any more.
func (d *Dir) prune(root *os.Root, wants []Want) ([]Want, error) {
	if root == nil || !d.Prune {
		return wants, nil
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	wants = slices.Clone(wants)
	for _, e := range entries {
		if !e.IsDir() || slices.ContainsFunc(wants, func(w Want) bool { return w.Env == e.Name() }) {
			continue
		}
		index, err := readIndex(root, e.Name())
		if err != nil {
			return nil, d.unreadable(e.Name(), err)
		}
		if len(index.apps(d.Source)) > 0 {
			wants = append(wants, Want{Env: e.Name()})
		}
	}
	return wants, nil
}

// readDir is what an environment's folder holds. Only files that are wanted are read: of others it counts that they are there.
func readDir(root *os.Root, w Want) (Have, error) {
	have := Have{Files: map[string]gitrepo.Hash{}}
	if root == nil {
		return have, nil
	}
	info, err := root.Lstat(w.Env)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return have, nil
	case err != nil:
		return have, err
	case !info.IsDir():
		return have, errors.New("it is not a folder")
	}
	if have.Index, err = readIndex(root, w.Env); err != nil {
		return have, err
	}
	wanted := map[string]bool{}
	for _, files := range w.Units {
		for f := range files {
			wanted[f] = true
		}
	}
	for app := range w.Known {
		for _, f := range have.Index.Units[app].Files {
			wanted[f] = true
		}
	}
	err = fs.WalkDir(root.FS(), w.Env, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || isTemp(path.Base(name)) {
			return err
		}
		file := strings.TrimPrefix(name, w.Env+"/")
		have.Files[file] = "not read"
		if wanted[file] && e.Type().IsRegular() {
			data, err := root.ReadFile(name)
			if err != nil {
				return err
			}
			have.Files[file] = gitrepo.BlobHash(gitrepo.SHA1, data)
		}
		return nil
	})
	return have, err
}

// readIndex follows no symbolic links: an index is what this environment's folder itself holds.
func readIndex(root *os.Root, env string) (Index, error) {
	if info, err := root.Lstat(path.Join(env, path.Dir(IndexPath))); err != nil || !info.IsDir() {
		return Index{}, ignoreMissing(err)
	}
	name := path.Join(env, IndexPath)
	info, err := root.Lstat(name)
	if err != nil {
		return Index{}, ignoreMissing(err)
	}
	if !info.Mode().IsRegular() {
		return Index{}, &IndexError{env, errors.New(IndexPath + " is not a regular file")}
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return Index{}, err
	}
	index, err := DecodeIndex(data)
	if err != nil {
		return Index{}, &IndexError{env, err}
	}
	return index, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// apply makes the changes of a plan.
func apply(root *os.Root, p *Plan) error {
	if err := removeTemp(root, p.Env); err != nil || p.Empty() {
		return err
	}
	// Until everything is done, the index lists the files of before and after.
	before, err := readIndex(root, p.Env)
	if err != nil {
		return err
	}
	index := path.Join(p.Env, IndexPath)
	if err := writeFile(root, index, union(before, p.Index).Encode()); err != nil {
		return err
	}
	// Removals first: a file may have to give way to a folder.
	for _, c := range p.Changes {
		if c.Op == Removed {
			if err := removeFile(root, path.Join(p.Env, c.Path)); err != nil {
				return err
			}
		}
	}
	for _, c := range p.Changes {
		if c.Op != Removed {
			if err := writeFile(root, path.Join(p.Env, c.Path), c.Data); err != nil {
				return err
			}
		}
	}
	for app, was := range before.Units {
		for _, file := range was.Files {
			if !p.Index.Units[app].has(file) {
				removeEmpty(root, path.Dir(path.Join(p.Env, file))) // a run that was killed may have left it
			}
		}
	}
	if len(p.Index.Units) == 0 {
		return removeFile(root, index)
	}
	return writeFile(root, index, p.Index.Encode())
}

// union is an index that lists the files of two.
func union(before, after Index) Index {
	x := Index{Units: maps.Clone(after.Units)}
	for app, was := range before.Units {
		now, still := x.Units[app]
		if !still {
			now = was
		}
		now.Files = distinct(append(slices.Clone(now.Files), was.Files...))
		x.Units[app] = now
	}
	return x
}
