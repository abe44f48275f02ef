package readset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

func sortReads(reads []Read) { slices.SortFunc(reads, compareReads) }

// Record is what one unit was rendered from and what came out.
type Record struct {
	Settings string   // a hash of everything but files that shapes the output
	Reads    []Read   // sorted
	Tree     string   // git's hash of the unit's rendered files as a tree
	Objects  int      // how many
	Warnings []string // for people
}

// Digest is the hash of the record's input.
func (r Record) Digest() string { return Digest(r.Settings, r.Reads) }

// Store holds the newest record of each unit, by "<env>/<app>".
type Store struct {
	Records map[string]Record
}

const storeVersion = 2

// maxStore bounds what is decoded: a fleet of 1,000 units takes about half a megabyte.
const maxStore = 64 << 20

type storeFile struct {
	Version int                   `json:"version"`
	Reads   [][4]string           `json:"reads"` // path, kind, ID, real: each once
	Units   map[string]storedUnit `json:"units"`
}

type storedUnit struct {
	Settings string   `json:"settings"`
	Reads    []int    `json:"reads"`
	Tree     string   `json:"tree"`
	Objects  int      `json:"objects"`
	Warnings []string `json:"warnings,omitempty"`
}

// Encode is the store as bytes: equal stores give equal bytes, and a small change of the source a small change of them. Records
// that JSON cannot hold are left out: paths that are not UTF-8 would come back as other paths.
func (s Store) Encode() []byte {
	all := map[Read]bool{}
	records := maps.Clone(s.Records)
	maps.DeleteFunc(records, func(key string, r Record) bool { return !utf8.ValidString(key) || !r.encodable() })
	for _, r := range records {
		for _, read := range r.Reads {
			all[read] = true
		}
	}
	f := storeFile{Version: storeVersion, Reads: make([][4]string, 0, len(all)), Units: make(map[string]storedUnit, len(records))}
	at := make(map[Read]int, len(all))
	for i, read := range slices.SortedFunc(maps.Keys(all), compareReads) {
		at[read] = i
		f.Reads = append(f.Reads, [4]string{read.Path, string(read.Kind), read.ID, read.Real})
	}
	for key, r := range records {
		u := storedUnit{Settings: r.Settings, Tree: r.Tree, Objects: r.Objects, Warnings: r.Warnings, Reads: make([]int, len(r.Reads))}
		for i, read := range r.Reads {
			u.Reads[i] = at[read]
		}
		slices.Sort(u.Reads)
		u.Reads = slices.Compact(u.Reads)
		f.Units[key] = u
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(f) // strings, numbers and maps of them always encode
	return b.Bytes()
}

func (r Record) encodable() bool {
	return !slices.ContainsFunc(r.Reads, func(read Read) bool {
		return !utf8.ValidString(read.Path) || !utf8.ValidString(read.Real) || !utf8.ValidString(read.ID)
	})
}

// Decode reads a store. A broken one is an error and an empty store: it costs a render, nothing else.
func Decode(data []byte) (Store, error) {
	if len(data) > maxStore {
		return Store{}, fmt.Errorf("digests: they have %d MiB; the limit is %d MiB", len(data)>>20, maxStore>>20)
	}
	var f storeFile
	if err := json.Unmarshal(data, &f); err != nil {
		return Store{}, fmt.Errorf("digests: %w", err)
	}
	if f.Version != storeVersion {
		return Store{}, fmt.Errorf("digests: they have version %d, this plainsail reads version %d", f.Version, storeVersion)
	}
	reads := make([]Read, len(f.Reads))
	for i, r := range f.Reads {
		reads[i] = Read{Path: r[0], Kind: Kind(r[1]), ID: r[2], Real: r[3]}
	}
	s := Store{Records: make(map[string]Record, len(f.Units))}
	for key, u := range f.Units {
		r := Record{Settings: u.Settings, Tree: u.Tree, Objects: u.Objects, Warnings: u.Warnings, Reads: make([]Read, len(u.Reads))}
		for i, n := range u.Reads {
			if n < 0 || n >= len(reads) || i > 0 && n <= u.Reads[i-1] {
				return Store{}, fmt.Errorf("digests: unit %s names read %d of %d", key, n, len(reads))
			}
			r.Reads[i] = reads[n]
		}
		s.Records[key] = r
	}
	return s, nil
}
