package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// errOwnSchema stops a shared build whose kustomization has an openapi field.
var errOwnSchema = errors.New("the kustomization brings its own OpenAPI schema")

// sourceFS is the file system that one kustomize build sees: the disk below the engine's root, for reading only. It reads
// every kustomization before kustomize does, because kustomize has no option for what is refused here: it downloads remote
// files with an HTTP client of its own and remote bases with git, whatever the file system says.
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
}

func (f *sourceFS) refuse(err error) error {
	if f.refusal == nil {
		f.refusal = err
	}
	return err
}

var errReadOnly = errors.New("rendering writes no files")

func (f *sourceFS) Create(string) (filesys.File, error) { return nil, errReadOnly }
func (f *sourceFS) Mkdir(string) error                  { return errReadOnly }
func (f *sourceFS) MkdirAll(string) error               { return errReadOnly }
func (f *sourceFS) RemoveAll(string) error              { return errReadOnly }
func (f *sourceFS) WriteFile(string, []byte) error      { return errReadOnly }
func (f *sourceFS) Open(p string) (filesys.File, error) {
	return nil, fmt.Errorf("open %s: not supported", p)
}
func (f *sourceFS) Glob(pattern string) ([]string, error) { return f.FileSystemOrOnDisk.Glob(pattern) }

// CleanedAbs is where kustomize follows symbolic links, to folders and to files.
func (f *sourceFS) CleanedAbs(path string) (filesys.ConfirmedDir, string, error) {
	dir, name, err := f.FileSystemOrOnDisk.CleanedAbs(path)
	if err != nil {
		return dir, name, err
	}
	if !f.engine.inside(dir.String()) {
		return "", "", f.refuse(&SourceError{File: f.engine.rel(f.kustomization), Line: lineOf(f.text, filepath.Base(path)),
			Err:  fmt.Errorf("it leads to %s, outside the source root %s", dir.Join(name), f.engine.root),
			Hint: "copy what it needs into the repository; what is outside it is not versioned with it"})
	}
	return dir, name, nil
}

// ReadFile reads a file, and refuses kustomizations that would reach for the network.
func (f *sourceFS) ReadFile(path string) ([]byte, error) {
	if helmTemporary(path) {
		return os.ReadFile(path)
	}
	data, err := f.engine.readFile(path)
	if err != nil {
		var se *SourceError
		if errors.As(err, &se) && !errors.Is(err, errFolder) && exists(path) {
			// It is there and must not be read. A file that is missing, or a base where kustomize first tries a file, is no refusal.
			return nil, f.refuse(err)
		}
		return nil, err
	}
	f.last = path
	switch {
	case isKustomization(filepath.Base(path)):
		f.kustomization, f.text = path, data
		err = f.inspect(path, data)
	case strings.Contains(string(data), "builtin"):
		err = f.inspectPlugins(path, data)
	}
	if err != nil {
		return nil, f.refuse(err)
	}
	return data, nil
}

// inspect looks for what a kustomization must not do. One that does not parse is left for kustomize to complain about.
func (f *sourceFS) inspect(path string, data []byte) error {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i].Value, top.Content[i+1]
		switch key {
		case "openapi":
			if !f.ownSchema {
				return errOwnSchema
			}
		case "helmCharts", "helmChartInflationGenerator":
			if err := f.helmNeeded(); err != nil {
				return err
			}
		}
		if err := f.inspectField(path, key, value); err != nil {
			return err
		}
	}
	return nil
}

// inspectField looks through one top-level field of a kustomization.
func (f *sourceFS) inspectField(path, key string, value *yaml.Node) error {
	switch key {
	case "resources", "bases", "components", "crds", "configurations",
		"openapi", "patches", "patchesStrategicMerge", "patchesJson6902", "replacements",
		"configMapGenerator", "secretGenerator":
		return f.refuseRemote(path, key, value)
	case "generators", "transformers", "validators":
		if err := f.refuseRemote(path, key, value); err != nil {
			return err
		}
		for _, item := range value.Content {
			if strings.Contains(item.Value, "\n") {
				if err := f.inspectPlugins(path, []byte(item.Value)); err != nil {
					return err
				}
			}
		}
	case "helmCharts", "helmChartInflationGenerator", "helmGlobals":
		return f.refuseRemoteValues(path, value)
	}
	return nil
}

// refuseRemote refuses a remote path anywhere in a field. Literal values of generators, selectors and inline patches are no
// paths, and may hold URLs.
func (f *sourceFS) refuseRemote(path, field string, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch n.Content[i].Value {
			case "literals", "patch", "target", "options", "source", "targets", "name", "namespace", "type", "behavior":
				continue
			}
			if err := f.refuseRemote(path, field, n.Content[i+1]); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if err := f.refuseRemote(path, field, item); err != nil {
				return err
			}
		}
	case yaml.AliasNode:
		return f.refuseRemote(path, field, n.Alias)
	case yaml.ScalarNode:
		ref := n.Value
		if _, file, ok := strings.Cut(ref, "="); ok && isRemote(file) {
			ref = file // key=path in a generator's files
		}
		if strings.Contains(ref, "\n") || !isRemote(ref) {
			return nil
		}
		return &SourceError{File: f.engine.rel(path), Line: n.Line, Err: fmt.Errorf("%s: %s is remote, and rendering uses no network", field, ref),
			Hint: "pin it by committing a copy: download the file, or run kustomize localize on a base, and name the local path"}
	}
	return nil
}

// refuseRemoteValues refuses values files from the network in helmCharts. A chart's repo is fine as long as the chart is there.
func (f *sourceFS) refuseRemoteValues(path string, n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if err := f.refuseRemoteValues(path, item); err != nil {
				return err
			}
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i].Value; key {
		case "valuesFile", "values", "additionalValuesFiles":
			if err := f.refuseRemote(path, key, n.Content[i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// inspectPlugins looks through the configurations of kustomize's built-in generators and transformers, which name files too.
func (f *sourceFS) inspectPlugins(path string, data []byte) error {
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var doc yaml.Node
		if dec.Decode(&doc) != nil {
			return nil
		}
		if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
			continue
		}
		top := doc.Content[0]
		if scalar(top, "apiVersion") != "builtin" {
			continue
		}
		if scalar(top, "kind") == "HelmChartInflationGenerator" {
			if err := f.helmNeeded(); err != nil {
				return err
			}
		}
		for i := 0; i+1 < len(top.Content); i += 2 {
			switch key := top.Content[i].Value; key {
			case "path", "paths", "files", "envs", "env", "valuesFile", "additionalValuesFiles", "replacements":
				if err := f.refuseRemote(path, key, top.Content[i+1]); err != nil {
					return err
				}
			}
		}
	}
}

func (f *sourceFS) helmNeeded() error {
	if !f.enableHelm {
		return nil // kustomize says so itself
	}
	return f.helm.start()
}

func scalar(m *yaml.Node, key string) string {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1].Value
		}
	}
	return ""
}

// lineOf is the first line of text that contains s, counted from 1; 0 for none.
func lineOf(text []byte, s string) int {
	for i, line := range strings.Split(string(text), "\n") {
		if s != "" && strings.Contains(line, s) {
			return i + 1
		}
	}
	return 0
}
