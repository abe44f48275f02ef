package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/plainsail/plainsail/gitrepo"
)

// NotesRef holds, on each rendered commit, the newest source commit that renders to it. It is where Argo CD's source hydrator
// and gitops-promoter look.
const NotesRef = "refs/notes/hydrator.metadata"

// note is the content of a note in NotesRef. Argo CD and gitops-promoter read drySha; the rest is plainsail's own.
type note struct {
	DrySHA string `json:"drySha"`
	// Sources is, for each source repository, the newest commit of which everything was published.
	Sources map[string]gitrepo.Hash `json:"sources,omitempty"`
	// Units is, by folder and app, the newest commit of which an app was published by a run that did not publish everything.
	Units map[string]gitrepo.Hash `json:"units,omitempty"`
}

// readNote reads a note. One that is not plainsail's says nothing.
func readNote(data []byte) note {
	var n note
	if json.Unmarshal(data, &n) != nil {
		return note{}
	}
	return n
}

// last is the newest source commit that an app was published from, "" if it is not known.
func (n note) last(source, folder, app string) gitrepo.Hash {
	if h := n.Units[path.Join(folder, app)]; h != "" {
		return h
	}
	return n.Sources[source]
}

// with is the note after a run for a source commit: one that published everything, or only the apps in some folders.
func (n note) with(s Source, everything bool, units []string) note {
	next := note{DrySHA: string(s.Commit.Hash), Sources: maps.Clone(n.Sources), Units: maps.Clone(n.Units)}
	if everything {
		if next.Sources == nil {
			next.Sources = map[string]gitrepo.Hash{}
		}
		next.Sources[s.Repository] = s.Commit.Hash
	}
	if next.Units == nil {
		next.Units = map[string]gitrepo.Hash{}
	}
	for _, u := range units {
		if everything {
			delete(next.Units, u)
		} else {
			next.Units[u] = s.Commit.Hash
		}
	}
	return next
}

// DivergedError is a branch that was rendered from a source commit which is neither before nor after the one at hand.
type DivergedError struct {
	Branch         string
	Recorded, Ours gitrepo.Hash
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("publish to %s: it was rendered from source commit %s, which is not in the history of %s", e.Branch, e.Recorded.Short(), e.Ours.Short())
}

// Hint is what to do about a DivergedError.
func (e *DivergedError) Hint() string {
	return "publish from the branch that this environment is rendered from; if its history was rewritten on purpose, pass --allow-diverged once"
}

// order takes out of a want what was already published from a newer source commit: such apps are kept as they are.
func (r *Remote) order(ctx context.Context, b *branch, folder string, w Want) (Want, error) {
	ordered := Want{Env: w.Env, Units: maps.Clone(w.Units), Keep: maps.Clone(w.Keep), Partial: w.Partial}
	if ordered.Keep == nil {
		ordered.Keep = map[string]bool{}
	}
	apps := slices.Collect(maps.Keys(w.Units))
	for _, app := range b.have[folder].Index.apps(r.Source.Repository) {
		if _, wanted := w.Units[app]; !wanted && !w.Keep[app] {
			apps = append(apps, app) // to be removed
		}
	}
	slices.Sort(apps)
	for _, app := range apps {
		last := b.noted.last(r.Source.Repository, folder, app)
		relation, err := r.relation(ctx, last)
		if err != nil {
			return w, err
		}
		switch relation {
		case gitrepo.Same, gitrepo.Ancestor:
		case gitrepo.Descendant:
			delete(ordered.Units, app)
			ordered.Keep[app] = true
			b.Newer = last
			continue
		default:
			if !r.AllowDiverged {
				return w, &DivergedError{b.Branch, last, r.Source.Commit.Hash}
			}
		}
		b.units = append(b.units, path.Join(folder, app))
		b.stale = b.stale || last != r.Source.Commit.Hash
	}
	return ordered, nil
}

// relation is how a published source commit stands to ours; one that is not known counts as an ancestor.
func (r *Remote) relation(ctx context.Context, last gitrepo.Hash) (gitrepo.Relation, error) {
	if last == "" || r.History == nil {
		return gitrepo.Ancestor, nil
	}
	if known, ok := r.relations[last]; ok {
		return known, nil
	}
	relation, err := r.History.Relation(ctx, last, r.Source.Commit.Hash)
	if err == nil {
		if r.relations == nil {
			r.relations = map[gitrepo.Hash]gitrepo.Relation{}
		}
		r.relations[last] = relation
	}
	return relation, err
}
