package publish

import (
	"errors"
	"fmt"
	"io"
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
func (d *Dir) Plan(wants []Want) ([]Report, error) {
	root, err := os.OpenRoot(d.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d.plan(nil, wants)
	case err != nil:
		return nil, err
	}
	defer root.Close()
	return d.plan(root, wants)
}

// Publish brings the folder to what is wanted and tells what it did. Each file is replaced as a whole. If it is stopped on the
// way, running it again completes the work: the index lists new files before they are written and old ones until they are gone.
func (d *Dir) Publish(wants []Want) ([]Report, error) {
	if err := os.MkdirAll(d.Path, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(d.Path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	reports, err := d.plan(root, wants)
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
func (d *Dir) plan(root *os.Root, wants []Want) ([]Report, error) {
	wants, err := d.prune(root, wants)
	if err != nil {
		return nil, err
	}
	var reports []Report
	var errs []error
	for _, w := range wants {
		have, err := readDir(root, w)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path.Join(d.Path, w.Env), err)
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

// prune adds the environments of the folder that have apps of ours and are not wanted any more.
func (d *Dir) prune(root *os.Root, wants []Want) ([]Want, error) {
	if root == nil || !d.Prune {
		return wants, nil
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() || slices.ContainsFunc(wants, func(w Want) bool { return w.Env == e.Name() }) {
			continue
		}
		index, err := readIndex(root, e.Name())
		if err != nil {
			return nil, err
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
	index, err := readIndex(root, w.Env)
	if err != nil {
		return have, err
	}
	have.Index = index
	wanted := map[string]bool{}
	for _, files := range w.Units {
		for f := range files {
			wanted[f] = true
		}
	}
	err = fs.WalkDir(root.FS(), w.Env, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			if name == w.Env && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if e.IsDir() {
			return nil
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

func readIndex(root *os.Root, env string) (Index, error) {
	data, err := root.ReadFile(path.Join(env, IndexPath))
	if errors.Is(err, fs.ErrNotExist) {
		return Index{}, nil
	}
	if err != nil {
		return Index{}, err
	}
	index, err := DecodeIndex(data)
	if err != nil {
		return Index{}, fmt.Errorf("%s/%w", env, err)
	}
	return index, nil
}

// apply makes the changes of a plan.
func apply(root *os.Root, p *Plan) error {
	if p.Empty() {
		return nil
	}
	// Until everything is done, the index lists the files of before and after.
	if err := writeFile(root, path.Join(p.Env, IndexPath), superset(root, p).Encode()); err != nil {
		return err
	}
	for _, c := range p.Changes {
		name := path.Join(p.Env, c.Path)
		if c.Op != Removed {
			if err := writeFile(root, name, c.Data); err != nil {
				return err
			}
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		removeEmpty(root, path.Dir(name), p.Env)
	}
	return writeFile(root, path.Join(p.Env, IndexPath), p.Index.Encode())
}

// superset is the index while a plan is carried out.
func superset(root *os.Root, p *Plan) Index {
	x := Index{Units: maps.Clone(p.Index.Units)}
	before, err := readIndex(root, p.Env)
	if err != nil {
		return x
	}
	for app, was := range before.Units {
		now, still := x.Units[app]
		if !still {
			x.Units[app] = was
			continue
		}
		now.Files = distinct(append(slices.Clone(now.Files), was.Files...))
		x.Units[app] = now
	}
	return x
}

// writeFile replaces a file as a whole: it is there with its old content or its new one, never with half of it.
func writeFile(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o777); err != nil {
		return err
	}
	temp := path.Join(path.Dir(name), ".plainsail-"+path.Base(name)+".tmp")
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, string(data))
	if err = errors.Join(err, f.Close()); err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		root.Remove(temp)
	}
	return err
}

// removeEmpty removes folders that have become empty, up to the environment's own.
func removeEmpty(root *os.Root, dir, env string) {
	for ; dir != env && dir != "."; dir = path.Dir(dir) {
		if root.Remove(dir) != nil {
			return
		}
	}
}
