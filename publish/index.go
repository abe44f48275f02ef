package publish

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/plainsail/plainsail/gitrepo"
)

// IndexPath is where an environment keeps its Index, from the environment's root.
const IndexPath = ".plainsail/index.json"

const indexVersion = "plainsail.dev/v1alpha1"

// Index is what plainsail wrote to an environment.
type Index struct {
	Units map[string]IndexUnit // by app
}

// IndexUnit is one app's part of an environment.
type IndexUnit struct {
	Source string   // the source repository, as Source.Repository has it
	Files  []string // from the environment's root, sorted
}

type indexFile struct {
	APIVersion string                   `json:"apiVersion"`
	Kind       string                   `json:"kind"`
	Units      map[string]indexFileUnit `json:"units"`
}

type indexFileUnit struct {
	Source string   `json:"source"`
	Files  []string `json:"files"`
}

// Encode is the index as a file: JSON with one line a file name, so that a changed set of files is a small diff.
func (x Index) Encode() []byte {
	f := indexFile{APIVersion: indexVersion, Kind: "Index", Units: map[string]indexFileUnit{}}
	for app, u := range x.Units {
		files := slices.Sorted(slices.Values(u.Files))
		if files == nil {
			files = []string{}
		}
		f.Units[app] = indexFileUnit{u.Source, files}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	// Strings and maps of strings always encode.
	_ = enc.Encode(f)
	return b.Bytes()
}

// DecodeIndex reads an index. A file that somebody broke is an error: without it, nobody knows which files are whose.
func DecodeIndex(data []byte) (Index, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var f indexFile
	if err := dec.Decode(&f); err != nil {
		return Index{}, fmt.Errorf("%s: %w", IndexPath, err)
	}
	if f.APIVersion != indexVersion || f.Kind != "Index" {
		return Index{}, fmt.Errorf("%s: it has apiVersion %q and kind %q; this plainsail reads %q and %q", IndexPath, f.APIVersion, f.Kind, indexVersion, "Index")
	}
	x := Index{Units: map[string]IndexUnit{}}
	for _, app := range slices.Sorted(maps.Keys(f.Units)) {
		for _, file := range f.Units[app].Files {
			if err := gitrepo.CheckPath(file); err != nil {
				return Index{}, fmt.Errorf("%s: app %s: %w", IndexPath, app, err)
			}
		}
		x.Units[app] = IndexUnit(f.Units[app])
	}
	return x, nil
}

// owner is the app that a file belongs to, "" if it is not plainsail's.
func (x Index) owners() map[string]string {
	owners := map[string]string{}
	for app, u := range x.Units {
		for _, f := range u.Files {
			owners[f] = app
		}
	}
	return owners
}

// apps are the apps of the index that come from a source, sorted.
func (x Index) apps(source string) []string {
	var apps []string
	for app, u := range x.Units {
		if u.Source == source {
			apps = append(apps, app)
		}
	}
	sort.Strings(apps)
	return apps
}
