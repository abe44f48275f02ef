package publish

import (
	"encoding/json"
	"maps"

	"github.com/plainsail/plainsail/gitrepo"
)

// NotesRef holds, on each rendered commit, the newest source commit that renders to it. It is where Argo CD's source hydrator
// and gitops-promoter look.
const NotesRef = "refs/notes/hydrator.metadata"

// note is the content of a note in NotesRef. Argo CD and gitops-promoter read drySha; the rest is plainsail's own.
type note struct {
	DrySHA  gitrepo.Hash       `json:"drySha"`
	Sources map[string]lineage `json:"sources,omitempty"` // by source repository
}

// readNote reads a note. One that is not plainsail's, or that somebody broke, says nothing.
func readNote(data []byte) note {
	var n note
	if json.Unmarshal(data, &n) != nil || !n.valid() {
		return note{}
	}
	return n
}

func (n note) valid() bool {
	for _, l := range n.Sources {
		for _, h := range l.commits() {
			if !isCommit(h) {
				return false
			}
		}
	}
	return true
}

func (n note) encode() []byte { return encodeJSON(n, "  ") }

// ours tells whether plainsail wrote the note.
func (n note) ours() bool { return len(n.Sources) > 0 }

// with is the note with another lineage of one source.
func (n note) with(repository string, l lineage) note {
	n.Sources = maps.Clone(n.Sources)
	if n.Sources == nil {
		n.Sources = map[string]lineage{}
	}
	n.Sources[repository] = l
	return n
}
