package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/plainsail/plainsail/render/readset"
)

// errOwnSchema stops a shared build whose kustomization has an openapi field.
var errOwnSchema = errors.New("the kustomization brings its own OpenAPI schema")

// sourceFS is the file system that one kustomize build sees: the disk below the engine's root, for reading only. Every
// kustomization goes past a guard before kustomize gets it: see inspect.
type sourceFS struct {
	filesys.FileSystemOrOnDisk
	engine     *Engine
	helm       *helmServer
	ownSchema  bool // kustomizations with an openapi field may go on
	enableHelm bool

	refusal       error  // why the build must not go on; kustomize may swallow what ReadFile returns
	last          string // the file read last, for messages
	kustomization string // the kustomization read last
	text          []byte // its text

	// roots are the folders that kustomizations stand for, by the file that kustomize reads. The two can be far apart: a
	// kustomization.yaml may be a symbolic link to a file of any name.
	roots     map[string]string
	inspected []inspected // the kustomizations that were read
}

// inspected is a kustomization that was looked through.
type inspected struct {
	path, root string
	text       []byte
	charts     bool // it inflates charts
}

// locate says which kustomization an error about a chart belongs to: the first that names it.
func (f *sourceFS) locate(err error) error {
	var ce *chartError
	if !errors.As(err, &ce) {
		return err
	}
	for _, k := range f.inspected {
		if line := lineOf(k.text, ce.chart); line > 0 && k.charts {
			ce.File, ce.Line = f.engine.rel(k.path), line
			break
		}
	}
	return ce.SourceError
}

func (f *sourceFS) refuse(err error) error {
	if f.refusal == nil {
		f.refusal = err
	}
	return err
}

var (
	errReadOnly = errors.New("rendering writes no files")
	errUnseen   = errors.New("rendering lists no folders of kustomizations")
)

func (f *sourceFS) Create(string) (filesys.File, error) { return nil, errReadOnly }
func (f *sourceFS) Mkdir(string) error                  { return errReadOnly }
func (f *sourceFS) MkdirAll(string) error               { return errReadOnly }
func (f *sourceFS) RemoveAll(string) error              { return errReadOnly }
func (f *sourceFS) WriteFile(string, []byte) error      { return errReadOnly }
func (f *sourceFS) Open(p string) (filesys.File, error) {
	return nil, fmt.Errorf("open %s: %w", p, errUnseen)
}

// Glob, ReadDir and Walk are what a build never does; that it looks at nothing unseen is what reuse of its output rests on.
func (f *sourceFS) Glob(string) ([]string, error)        { return nil, errUnseen }
func (f *sourceFS) ReadDir(string) ([]string, error)     { return nil, errUnseen }
func (f *sourceFS) Walk(string, filepath.WalkFunc) error { return errUnseen }

// IsDir tells whether a path is a folder.
func (f *sourceFS) IsDir(path string) bool {
	f.engine.seen.Saw(path, readset.Exists)
	return f.FileSystemOrOnDisk.IsDir(path)
}

// Exists tells whether there is anything at a path.
func (f *sourceFS) Exists(path string) bool {
	f.engine.seen.Saw(path, readset.Exists)
	return f.FileSystemOrOnDisk.Exists(path)
}

// CleanedAbs is where kustomize follows symbolic links, to folders and to files.
func (f *sourceFS) CleanedAbs(path string) (filesys.ConfirmedDir, string, error) {
	f.engine.seen.Saw(path, readset.Exists)
	dir, name, err := f.FileSystemOrOnDisk.CleanedAbs(path)
	if err != nil {
		return dir, name, err
	}
	if !f.engine.inside(dir.String()) {
		return "", "", f.refuse(f.outside(path, dir.Join(name)))
	}
	if name != "" && isKustomization(filepath.Base(path)) {
		if f.roots == nil {
			f.roots = map[string]string{}
		}
		f.roots[dir.Join(name)] = filepath.Dir(path)
	}
	return dir, name, nil
}

// outside is the error for a path that leaves the root, in the kustomization that names it.
func (f *sourceFS) outside(path, real string) error {
	se := &SourceError{File: f.engine.rel(f.kustomization), Line: lineOf(f.text, filepath.Base(path)),
		Err:  fmt.Errorf("%s leads to %s, outside the source root %s", f.engine.rel(path), real, f.engine.root),
		Hint: "copy what it needs into the repository; what is outside it is not versioned with it"}
	switch {
	case f.kustomization == "":
		se.File, se.Err = f.engine.rel(path), fmt.Errorf("it leads to %s, outside the source root %s", real, f.engine.root)
	case real == path || !f.engine.inside(path):
		se.Err = fmt.Errorf("it names %s, outside the source root %s", real, f.engine.root)
	}
	return se
}

// ReadFile reads a file, and refuses kustomizations that would reach for the network.
func (f *sourceFS) ReadFile(path string) ([]byte, error) {
	if helmTemporary(path) {
		return os.ReadFile(path)
	}
	data, err := f.read(path)
	if err != nil {
		var se *SourceError
		if errors.As(err, &se) && !errors.Is(err, errFolder) && exists(path) {
			if real, err := realPath(path); err == nil && !f.engine.inside(real) {
				return nil, f.refuse(f.outside(path, real))
			}
			// It is there and must not be read. A file that is missing, or a base where kustomize first tries a file, is no refusal.
			return nil, f.refuse(err)
		}
		return nil, err
	}
	f.last = path
	root, ok := f.roots[path]
	if !ok && isKustomization(filepath.Base(path)) {
		root = filepath.Dir(path)
	}
	if root == "" {
		return data, nil
	}
	f.kustomization, f.text = path, data
	f.inspected = append(f.inspected, inspected{path: path, root: root, text: data})
	if data, err = f.inspect(path, root, data); err != nil {
		return nil, f.refuse(err)
	}
	return data, nil
}

// read reads a file that kustomize may read as YAML.
func (f *sourceFS) read(path string) ([]byte, error) {
	data, err := f.engine.readFile(path)
	if err != nil {
		return nil, err
	}
	if line, err := checkAliases(data); err != nil {
		return nil, &SourceError{File: f.engine.rel(path), Line: line, Err: err, Hint: aliasHint}
	}
	return data, nil
}

const aliasHint = "write the values out"

// lineOf is the first line of text that contains s outside a comment, counted from 1; 0 for none.
func lineOf(text []byte, s string) int {
	for i, line := range strings.Split(string(text), "\n") {
		if s != "" && strings.Contains(line, s) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return i + 1
		}
	}
	return 0
}
