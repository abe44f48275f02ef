package config

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// kustomizationNames are the file names that kustomize looks for.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// DetectType says what a folder holds: a kustomization, a Helm chart or plain
// YAML (*.yaml, *.yml or *.json directly in it). A folder that holds both a
// kustomization and a chart, or nothing, is an *Error.
func DetectType(fsys fs.FS, dir string) (Type, error) {
	h, err := look(fsys, dir)
	if err != nil {
		return "", fmt.Errorf("look into %s: %w", dir, err)
	}
	switch {
	case h.both():
		return "", h.ambiguous(dir, "say which one it is, with type: kustomize or type: helm")
	case h.auto() == "":
		return "", &Error{
			File:    dir,
			Message: "nothing to render here",
			Hint:    "a unit's folder holds a kustomization.yaml, a Chart.yaml or YAML files",
		}
	}
	return h.auto(), nil
}

// holdings is what a folder holds.
type holdings struct{ kustomization, chart, yaml bool }

// look reads one folder, not those below it.
func look(fsys fs.FS, dir string) (holdings, error) {
	files, err := list(fsys, dir, file)
	var h holdings
	for _, name := range files {
		switch {
		case slices.Contains(kustomizationNames, name):
			h.kustomization = true
		case name == "Chart.yaml":
			h.chart = true
		}
		switch path.Ext(name) {
		case ".yaml", ".yml", ".json":
			h.yaml = true
		}
	}
	return h, err
}

func (h holdings) both() bool { return h.kustomization && h.chart }

// auto is the type to take when none is asked for; "" if there is nothing.
func (h holdings) auto() Type {
	switch {
	case h.kustomization:
		return Kustomize
	case h.chart:
		return Helm
	case h.yaml:
		return Plain
	}
	return ""
}

// has tells whether there is anything of a type.
func (h holdings) has(t Type) bool {
	switch t {
	case Kustomize:
		return h.kustomization
	case Helm:
		return h.chart
	case Plain:
		return h.yaml
	}
	return h.auto() != ""
}

func (h holdings) ambiguous(dir, hint string) *Error {
	return &Error{File: dir, Message: "holds both a kustomization and a Chart.yaml", Hint: hint}
}
