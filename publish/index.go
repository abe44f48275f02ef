package publish

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// IndexPath is where an environment keeps its Index, from the environment's root.
const IndexPath = ".plainsail/index.json"

const indexVersion = "plainsail.dev/v1alpha1"

// maxIndex bounds the index that is read: a hundred times what a thousand apps of fifty files need.
const maxIndex = 256 << 20

// Index is what plainsail wrote to an environment.
type Index struct {
	Units map[string]IndexUnit // by app
}

// IndexUnit is one app's part of an environment.
type IndexUnit struct {
	Source string   // the source repository, as Source.Repository has it
	Files  []string // from the environment's root, sorted, all in the app's folder
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
		f.Units[app] = indexFileUnit{u.Source, append([]string{}, distinct(u.Files)...)}
	}
	return encodeJSON(f, " ")
}

// DecodeIndex reads an index. A file that somebody broke is an error: without it, nobody knows which files are whose. One that
// lists files outside of the apps' own folders is an error, too: plainsail removes what is listed.
func DecodeIndex(data []byte) (Index, error) {
	f, err := decodeIndexFile(data)
	if err != nil {
		return Index{}, fmt.Errorf("%s: %w", IndexPath, err)
	}
	x := Index{Units: map[string]IndexUnit{}}
	for _, app := range slices.Sorted(maps.Keys(f.Units)) {
		for _, file := range f.Units[app].Files {
			if err := checkFile(app, file); err != nil {
				return Index{}, fmt.Errorf("%s: app %q: %w", IndexPath, app, err)
			}
		}
		x.Units[app] = IndexUnit{f.Units[app].Source, distinct(f.Units[app].Files)}
	}
	return x, nil
}

func decodeIndexFile(data []byte) (f indexFile, err error) {
	if len(data) > maxIndex {
		return f, fmt.Errorf("it has %d bytes; no index is that long", len(data))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return f, errors.New("there is something after the end of the JSON value")
	}
	if f.APIVersion != indexVersion || f.Kind != "Index" {
		return f, fmt.Errorf("it has apiVersion %q and kind %q; this plainsail reads %q and %q", f.APIVersion, f.Kind, indexVersion, "Index")
	}
	return f, nil
}

// checkFile tells why a file cannot be an app's, nil if it can: it must be in the folder of that name.
func checkFile(app, file string) error {
	if app == "" || app[0] == '.' || strings.Contains(app, "/") {
		return fmt.Errorf("%q cannot be the name of an app", app)
	}
	if err := gitrepo.CheckPath(file); err != nil {
		return err
	}
	if !strings.HasPrefix(file, app+"/") {
		return &gitrepo.PathError{Path: file, Reason: "it is not in the folder of the app"}
	}
	return nil
}

// apps are the apps of the index that come from a source, sorted.
func (x Index) apps(source string) []string {
	var apps []string
	for app, u := range x.Units {
		if u.Source == source {
			apps = append(apps, app)
		}
	}
	slices.Sort(apps)
	return apps
}

// has tells whether a file is an app's.
func (u IndexUnit) has(file string) bool {
	_, found := slices.BinarySearch(u.Files, file)
	return found
}
