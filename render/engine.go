package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render/readset"
)

// maxFileSize bounds a file that is read as YAML. An object that a cluster can store is 1.5 MiB at most, and the largest
// bundles of definitions that people commit are around 10 MiB.
const maxFileSize = 32 << 20

var (
	errFolder   = errors.New("it is a folder, not a file")
	errNotThere = errors.New("no such file or folder")
)

// Engine renders folders below one root. It may be used from many goroutines at once.
type Engine struct {
	root     string // everything must lie at or below it
	base     string // relative paths, also those in messages, start here
	helmShim string
	charts   *chartCache
	schemas  *schemaCache
	renders  *atomic.Int64     // of charts, for tests
	seen     *readset.Recorder // what the render at hand looks at; nil when nobody wants to know
}

// recording is the engine for one render whose reads are wanted.
func (e *Engine) recording(r *readset.Recorder) *Engine {
	c := *e
	c.seen = r
	return &c
}

// EngineOptions shapes an Engine.
type EngineOptions struct {
	// Root is the folder that everything must come from: files, bases and charts outside it are refused, also when a
	// symbolic link leads there. It is the source repository's top level, or "/" to allow every place.
	Root string
	// Base is the folder at or below Root that relative paths start from, Root when empty.
	Base string
	// HelmShim is the path of a program whose main calls RunHelmShim first, usually this very program. Kustomize's helmCharts
	// need it: kustomize knows only how to run a command, and this one asks the Engine. "" refuses helmCharts.
	HelmShim string
}

// Output is what an engine made of one source.
type Output struct {
	Objects []*manifest.Object // in the engine's own order, as the engine's own command would print them
	// Warnings are one line each, for people.
	Warnings []string
	// Unstable are the calls of template functions that made the output differ from render to render or from cluster to
	// cluster; nil for a stable output.
	Unstable []Call

	text strings.Builder // what helm template would print, for charts
}

// NewEngine makes an Engine; the error says why the root cannot be used.
func NewEngine(o EngineOptions) (*Engine, error) {
	root, err := realPath(o.Root)
	if err != nil {
		return nil, err
	}
	e := &Engine{root: root, base: root, helmShim: o.HelmShim, charts: &chartCache{}, schemas: &schemaCache{}, renders: &atomic.Int64{}}
	if o.Base != "" {
		if e.base, err = realPath(o.Base); err != nil {
			return nil, err
		}
	}
	if !e.inside(e.base) {
		return nil, fmt.Errorf("%s is not below the source root %s", e.base, root)
	}
	return e, nil
}

func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// rel is a path as messages show it: relative to the base if it lies below it or, the root being a repository, beside it.
func (e *Engine) rel(path string) string {
	r, err := filepath.Rel(e.base, path)
	if err != nil || !filepath.IsLocal(r) && (e.openRoot() || !e.inside(path)) {
		return path
	}
	return filepath.ToSlash(r)
}

// openRoot tells that every place is allowed.
func (e *Engine) openRoot() bool { return e.root == string(filepath.Separator) }

// inside tells whether an absolute path without symbolic links lies at or below the root.
func (e *Engine) inside(path string) bool {
	return path == e.root || e.openRoot() ||
		strings.HasPrefix(path, e.root+string(filepath.Separator))
}

// resolve follows symbolic links and refuses what lies outside the root.
func (e *Engine) resolve(path string) (string, error) {
	if strings.Contains(path, "://") {
		return "", &SourceError{File: path, Err: errors.New("it is remote, and rendering uses no network"),
			Hint: "pin it by committing a copy, and name the local path"}
	}
	path = e.abs(path)
	e.seen.Saw(path, readset.Exists)
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		var pe *fs.PathError
		switch {
		case errors.Is(err, fs.ErrNotExist) && isLink(path):
			return "", &SourceError{File: e.rel(path), Err: errors.New("the symbolic link leads nowhere")}
		case errors.Is(err, fs.ErrNotExist):
			return "", &SourceError{File: e.rel(path), Err: errNotThere}
		case errors.As(err, &pe):
			return "", &SourceError{File: e.rel(path), Err: pe.Err}
		}
		return "", &SourceError{File: e.rel(path), Err: errors.New("its symbolic links lead in a circle")}
	}
	if !e.inside(real) && real == path {
		return "", &SourceError{File: path, Err: fmt.Errorf("it lies outside the source root %s", e.root), Hint: "copy it into the repository; what is outside it is not versioned with it"}
	}
	if !e.inside(real) {
		return "", &SourceError{File: e.rel(path), Err: fmt.Errorf("it leads to %s, outside the source root %s", real, e.root),
			Hint: "copy the file into the repository; what is outside it is not versioned with it"}
	}
	return real, nil
}

// readFile reads a regular file below the root.
func (e *Engine) readFile(path string) ([]byte, error) {
	real, err := e.resolve(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return nil, &SourceError{File: e.rel(path), Err: errFolder}
	case !info.Mode().IsRegular():
		return nil, &SourceError{File: e.rel(path), Err: errors.New("it is not a regular file")}
	case info.Size() > maxFileSize:
		return nil, &SourceError{File: e.rel(path), Err: fmt.Errorf("it has %d MiB; the limit is %d MiB", info.Size()>>20, maxFileSize>>20),
			Hint: "split the file; no object that a cluster accepts is near that size"}
	}
	data, err := os.ReadFile(real)
	if err == nil {
		e.seen.Read(e.abs(path), info.Mode(), data)
	}
	return data, err
}

// readDir lists a folder below the root, in the order of names.
func (e *Engine) readDir(path string) ([]fs.DirEntry, error) {
	real, err := e.resolve(path)
	if err != nil {
		return nil, err
	}
	e.seen.Saw(e.abs(path), readset.Listing)
	return os.ReadDir(real)
}

// exists tells whether there is anything at a path.
func (e *Engine) exists(path string) bool {
	e.seen.Saw(e.abs(path), readset.Exists)
	_, err := os.Stat(path)
	return err == nil
}

// relativize takes the base out of an engine's message, so that messages are the same wherever the checkout lies.
func (e *Engine) relativize(msg string) string {
	msg = strings.ReplaceAll(msg, e.base+string(filepath.Separator), "")
	if e.openRoot() {
		return msg
	}
	return strings.ReplaceAll(msg, e.root+string(filepath.Separator), e.rel(e.root)+"/")
}

// Plain reads every .yaml, .yml and .json file below a folder, in the order of their paths. Folders and files whose name
// starts with a dot are left out; so are symbolic links to folders.
func (e *Engine) Plain(ctx context.Context, dir string) (*Output, error) {
	base, err := e.resolve(dir)
	if err != nil {
		return nil, err
	}
	var out Output
	var errs []error
	err = filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if path != base && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			e.seen.Saw(path, readset.Listing)
			return nil
		}
		if !isManifestFile(d.Name()) {
			return nil
		}
		if isKustomization(d.Name()) || d.Name() == "Chart.yaml" {
			errs = append(errs, &SourceError{File: e.rel(path), Err: errors.New("it is not a plain Kubernetes object"),
				Hint: "a folder below a plain folder cannot be a kustomization or a chart: move it out, or make it a unit of its own"})
			return nil
		}
		objects, err := e.decodeFile(path)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		out.Objects = append(out.Objects, objects...)
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return &out, nil
}

func (e *Engine) decodeFile(path string) ([]*manifest.Object, error) {
	data, err := e.readFile(path)
	if err != nil {
		return nil, err
	}
	return manifest.Decode(data, e.rel(path), true)
}

func isManifestFile(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func (e *Engine) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(e.base, path)
}
