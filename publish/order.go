package publish

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// order takes out of a want what was already published from a newer source commit, which stays as it is, and notes in the branch
// what is published.
func (r *Remote) order(ctx context.Context, b *branch, folder string, w Want) (Want, error) {
	ordered := Want{Env: w.Env, Units: maps.Clone(w.Units), Known: maps.Clone(w.Known), Keep: maps.Clone(w.Keep), Partial: w.Partial}
	if ordered.Keep == nil {
		ordered.Keep = map[string]bool{}
	}
	apps := slices.AppendSeq(slices.Collect(maps.Keys(w.Units)), maps.Keys(w.Known))
	for _, app := range b.have[folder].Index.apps(r.Source.Repository) {
		_, wanted := w.Units[app]
		_, known := w.Known[app]
		if !wanted && !known && !w.Keep[app] {
			apps = append(apps, app) // to be removed
		}
	}
	slices.Sort(apps)
	for _, app := range apps {
		part := path.Join(folder, app)
		newer, err := r.superseded(ctx, b, part)
		if err != nil {
			return w, err
		}
		if newer {
			delete(ordered.Units, app)
			delete(ordered.Known, app)
			ordered.Keep[app] = true
			continue
		}
		b.apps = append(b.apps, part)
	}
	if w.Partial {
		b.partial = true
		return ordered, nil
	}
	for app := range w.Keep {
		b.failed = append(b.failed, path.Join(folder, app))
	}
	b.covers = append(b.covers, folder)
	_, err := r.superseded(ctx, b, folder)
	return ordered, err
}

// superseded tells whether a newer source commit than ours was published to a part of a branch.
func (r *Remote) superseded(ctx context.Context, b *branch, part string) (bool, error) {
	last := b.lineage(r).last(part)
	relation, err := r.relation(ctx, last)
	if err != nil {
		return false, err
	}
	switch relation {
	case gitrepo.Same, gitrepo.Ancestor:
		return false, nil
	case gitrepo.Descendant:
		b.Newer = last
		return true, nil
	}
	if r.AllowDiverged {
		return false, nil
	}
	return false, &DivergedError{b.Branch, last, r.Source.Commit.Hash}
}

// publication is what this run publishes to a branch once all its wants are in order.
func (r *Remote) publication(ctx context.Context, b *branch) (publication, error) {
	relations := map[gitrepo.Hash]gitrepo.Relation{}
	p := publication{
		commit: r.Source.Commit.Hash, apps: b.apps, covers: b.covers, failed: b.failed,
		newer: func(h gitrepo.Hash) bool { return relations[h] == gitrepo.Descendant },
		older: func(h gitrepo.Hash) bool { return relations[h] == gitrepo.Ancestor },
	}
	if !r.onBranches() && r.Prune && !b.partial {
		p.covers = []string{""}
	}
	l := b.lineage(r)
	for _, part := range p.covers {
		about := append(l.below(part), part)
		for _, app := range b.failed {
			if part == "" || strings.HasPrefix(app, part+"/") {
				about = append(about, app)
			}
		}
		for _, sub := range about {
			last := l.last(sub)
			relation, err := r.relation(ctx, last)
			if err != nil {
				return p, err
			}
			relations[last] = relation
		}
	}
	return p, nil
}

// relation is how a published source commit stands to ours; one that is not known counts as an ancestor.
func (r *Remote) relation(ctx context.Context, last gitrepo.Hash) (gitrepo.Relation, error) {
	ours := r.Source.Commit.Hash
	switch {
	case last != "" && last == ours:
		return gitrepo.Same, nil
	case last == "" || ours == "" || r.History == nil:
		return gitrepo.Ancestor, nil
	}
	if known, ok := r.relations[last]; ok {
		return known, nil
	}
	relation, err := r.History.Relation(ctx, last, ours)
	if err != nil {
		return gitrepo.Unknown, err
	}
	if r.relations == nil {
		r.relations = map[gitrepo.Hash]gitrepo.Relation{}
	}
	r.relations[last] = relation
	return relation, nil
}
