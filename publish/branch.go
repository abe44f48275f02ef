package publish

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

const headPrefix = "refs/heads/"

// branch is one branch of the rendered repository on its way from what it holds to what it should hold.
type branch struct {
	Report
	// What it holds.
	tree    gitrepo.Hash
	have    map[string]Have          // by folder, which is "" where each environment has a branch
	indexes map[string]gitrepo.Entry // by folder
	tipNote []byte                   // as it stands in NotesRef, nil if there is none
	noted   note                     // what is known: from the tip's note or, where that is lost, from history
	// What this run makes of it.
	apps, covers, failed []string // as in publication
	partial              bool     // some apps were not asked for
	retired              bool     // its environment is no longer wanted, and was emptied before
	newNote              []byte   // nil to leave the note alone
}

func newBranch(name string) *branch {
	return &branch{Report: Report{Branch: name}, have: map[string]Have{}, indexes: map[string]gitrepo.Entry{}}
}

func (b *branch) ref() string { return headPrefix + b.Branch }

func (b *branch) lineage(r *Remote) lineage { return b.noted.Sources[r.Source.Repository] }

// sources are the source repositories that have apps on the branch.
func (b *branch) sources() map[string]bool {
	sources := map[string]bool{}
	for _, have := range b.have {
		for _, u := range have.Index.Units {
			sources[u.Source] = true
		}
	}
	return sources
}

// sort gives the files of a branch to its environments.
func (b *branch) sort(entries []gitrepo.Entry, onBranches bool) {
	for _, e := range entries {
		folder, file := "", e.Path
		if !onBranches {
			var inside bool
			if folder, file, inside = strings.Cut(e.Path, "/"); !inside {
				continue
			}
		}
		if file == IndexPath {
			b.indexes[folder] = e
		}
		have := b.have[folder]
		if have.Files == nil {
			have.Files = map[string]gitrepo.Hash{}
			b.have[folder] = have
		}
		have.Files[file] = e.Hash
		if e.Mode != gitrepo.Regular {
			// Whatever it is, plainsail did not write it like that: no content equals it.
			have.Files[file] = gitrepo.Hash(string(e.Mode) + " " + string(e.Hash))
		}
	}
}

// settle decides what becomes of a branch.
func (b *branch) settle(source Source, p publication) {
	b.Status, b.After = Unchanged, b.Before
	for _, plan := range b.Plans {
		if !plan.Empty() {
			b.Status = Published
		}
	}
	if b.Status != Published && b.Newer != "" && len(b.apps) == 0 {
		b.Status = Superseded
	}
	was, known := b.noted.Sources[source.Repository]
	now := was.after(p)
	changed := b.Status == Published || !now.equal(was)
	switch {
	case b.Status == Published:
	case b.Before == "", !known && len(b.apps) == 0:
		return // there is nothing to note, or nothing of ours to note it for
	case b.Status == Superseded && !changed:
		return
	}
	next := b.noted.with(source.Repository, now)
	switch {
	case b.Newer == "" && changed:
		next.DrySHA = source.Commit.Hash
	case next.DrySHA == "":
		next.DrySHA = cmp.Or(b.Newer, source.Commit.Hash)
	}
	if note := next.encode(); b.Status == Published || string(note) != string(b.tipNote) {
		b.newNote = note
	}
}

func reports(branches []*branch) []Report {
	var out []Report
	for _, b := range branches {
		if !b.retired || b.Status != Unchanged {
			out = append(out, b.Report)
		}
	}
	return out
}

// foldersOf are the environments' folders of a branch, sorted.
func (b *branch) foldersOf() []string { return slices.Sorted(maps.Keys(b.have)) }
