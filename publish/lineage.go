package publish

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// lineage is which commits of one source repository a branch was published from.
type lineage struct {
	// Commit is the newest commit of which everything was published.
	Commit gitrepo.Hash `json:"commit,omitempty"`
	// Parts are the exceptions: environments (in their folders) and apps that were published from another commit. It is newer
	// when a run was for this part alone, and older where the app failed to render in the run for Commit. An app is here also when
	// such a run removed it.
	Parts map[string]gitrepo.Hash `json:"parts,omitempty"` // by "<folder>", "<folder>/<app>" or, without folders, "<app>"
}

// last is the commit that a part was last published from, "" if it is not known.
func (l lineage) last(part string) gitrepo.Hash {
	for ; part != "." && part != ""; part = path.Dir(part) {
		if h := l.Parts[part]; h != "" {
			return h
		}
	}
	return l.Commit
}

// commits are all that a lineage names.
func (l lineage) commits() []gitrepo.Hash {
	commits := slices.Collect(maps.Values(l.Parts))
	if l.Commit != "" {
		commits = append(commits, l.Commit)
	}
	return commits
}

// below are the exceptions inside a part, "" being all of the branch, sorted.
func (l lineage) below(part string) []string {
	var parts []string
	for p := range l.Parts {
		if part == "" || strings.HasPrefix(p, part+"/") {
			parts = append(parts, p)
		}
	}
	slices.Sort(parts)
	return parts
}

func (l lineage) equal(m lineage) bool { return l.Commit == m.Commit && maps.Equal(l.Parts, m.Parts) }

// publication is what a run for one commit publishes to a branch.
type publication struct {
	commit gitrepo.Hash
	apps   []string                // the parts it has output for, or removes
	covers []string                // the parts of which it has everything: folders, or "" for the branch
	failed []string                // apps in these that it should have and has not: their last output stays
	newer  func(gitrepo.Hash) bool // tells commits of the lineage that come after this one
	older  func(gitrepo.Hash) bool // and those that come before it
}

// after is the lineage when a publication is done.
func (l lineage) after(p publication) lineage {
	next := lineage{Commit: l.Commit, Parts: maps.Clone(l.Parts)}
	if next.Parts == nil {
		next.Parts = map[string]gitrepo.Hash{}
	}
	for _, app := range p.apps {
		next.Parts[app] = p.commit
	}
	for _, part := range p.covers {
		if last := l.last(part); last == "" || !p.newer(last) {
			next.cover(l, part, p)
		}
	}
	if len(next.Parts) == 0 {
		next.Parts = nil
	}
	return next
}

// cover makes a commit the one that all of a part was published from, but for what is newer and what failed.
func (next *lineage) cover(l lineage, part string, p publication) {
	for _, sub := range next.below(part) {
		if !p.newer(next.Parts[sub]) {
			delete(next.Parts, sub)
		}
	}
	for _, app := range p.failed {
		if last := l.last(app); (part == "" || strings.HasPrefix(app, part+"/")) && last != "" && p.older(last) {
			next.Parts[app] = last
		}
	}
	if part == "" {
		next.Commit = p.commit
	} else {
		next.Parts[part] = p.commit
	}
}
