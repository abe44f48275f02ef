package publish

import "github.com/plainsail/plainsail/gitrepo"

// Status is what a run did, or would do, with a branch or folder.
type Status string

// The statuses.
const (
	Published  Status = "published"  // it has changed
	Unchanged  Status = "unchanged"  // it already held what it should
	Superseded Status = "superseded" // it was already rendered from a newer source commit, and left alone
)

// Report is what a run did, or would do, with one branch or with the folder of one environment.
type Report struct {
	Branch string // "" for a folder
	Status Status
	Plans  []*Plan
	Before gitrepo.Hash // the branch's tip, "" if it did not exist
	After  gitrepo.Hash // its new tip; equal to Before unless published
	Newer  gitrepo.Hash // the source commit that superseded this one
}

// Changes is the number of files that change.
func (r Report) Changes() int {
	n := 0
	for _, p := range r.Plans {
		n += len(p.Changes)
	}
	return n
}
