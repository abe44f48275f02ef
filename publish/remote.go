package publish

import (
	"context"
	"errors"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render/readset"
)

// maxAttempts bounds how often a push is tried again after others came first. Publishers that collide wait for random times, so
// that even dozens of them get through.
const maxAttempts = 30

// Remote publishes to branches of the rendered repository.
type Remote struct {
	Repo   *gitrepo.Remote
	Source Source
	// History tells how two source commits stand to each other. Without it, every run counts as the newest.
	History interface {
		Relation(ctx context.Context, old, new gitrepo.Hash) (gitrepo.Relation, error)
	}
	// Place is the branch of an environment and its folder there; config.Config.Branch is one.
	Place func(env string) (branch, folder string)
	// Prune also empties environments that are no longer wanted at all: without it, only those in the wants are looked at.
	Prune bool
	// AllowDiverged publishes even where the last source commit is no ancestor of this one, as after a rewritten history.
	AllowDiverged bool
	// Records are what the units of this run were rendered from, to be kept in DigestsRef for later runs; nil keeps nothing. One
	// without a Tree takes an earlier run's record away.
	Records map[string]readset.Record
	// Unkept is why the server did not take the Records, nil if it did. The output was published without them.
	Unkept error

	relations map[gitrepo.Hash]gitrepo.Relation // of published source commits to ours; history does not change
}

// Publish brings every environment to what is wanted, in one push that changes all branches or none, and tells what it did.
// Branches that a newer source commit was already published to are left alone. When somebody else pushes at the same time, it
// looks again and applies the wants to what is there then.
func (r *Remote) Publish(ctx context.Context, wants []Want) ([]Report, error) {
	for attempt := 1; ; attempt++ {
		reports, err := r.try(ctx, wants)
		if r.Unkept == nil && onlyDigests(err) {
			r.Unkept = err
			reports, err = r.try(ctx, wants)
		}
		var race *gitrepo.RaceError
		if !errors.As(err, &race) || attempt == maxAttempts {
			return reports, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(rand.N(time.Duration(min(attempt, 8)) * 50 * time.Millisecond)):
		}
	}
}

// Plan tells what Publish would do, and changes nothing.
func (r *Remote) Plan(ctx context.Context, wants []Want) ([]Report, error) {
	_, branches, err := r.plan(ctx, wants)
	if err != nil {
		return nil, err
	}
	return reports(branches), nil
}

func (r *Remote) try(ctx context.Context, wants []Want) ([]Report, error) {
	kept, branches, err := r.plan(ctx, wants)
	if err != nil {
		return nil, err
	}
	err = each(branches, func(b *branch) (err error) {
		if b.Status == Published {
			b.After, err = r.commit(ctx, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var updates []gitrepo.RefUpdate
	notes := map[gitrepo.Hash][]byte{}
	for _, b := range branches {
		if b.Status == Published {
			updates = append(updates, gitrepo.RefUpdate{Ref: b.ref(), Old: b.Before, New: b.After})
		}
		if b.newNote != nil {
			notes[b.After] = b.newNote
		}
	}
	if len(notes) > 0 {
		tip, err := r.Repo.WriteNotes(ctx, NotesRef, kept.notes, notes)
		if err != nil {
			return nil, err
		}
		updates = append(updates, gitrepo.RefUpdate{Ref: NotesRef, Old: kept.notes, New: tip})
	}
	if !slices.ContainsFunc(branches, func(b *branch) bool { return b.Newer != "" }) {
		// A run for an older source commit knows less than what is there.
		digests, err := r.saveStore(ctx, kept.digests, wants)
		if err != nil {
			return nil, err
		}
		updates = append(updates, digests...)
	}
	if err := r.Repo.Push(ctx, updates); err != nil {
		return nil, err
	}
	return reports(branches), nil
}

// plan reads what the wanted environments hold and works out what to do with each branch.
func (r *Remote) plan(ctx context.Context, wants []Want) (kept tips, branches []*branch, err error) {
	branches, wants, kept, err = r.look(ctx, wants)
	if err != nil {
		return tips{}, nil, err
	}
	format, err := r.Repo.Format(ctx)
	if err != nil {
		return tips{}, nil, err
	}
	at := map[string]*branch{}
	for _, b := range branches {
		at[b.Branch] = b
	}
	var errs []error
	for _, want := range wants {
		name, folder := r.Place(want.Env)
		b := at[name]
		// In order first: what a newer commit has published since is not ours to render.
		want, err := r.order(ctx, b, folder, want)
		if err == nil {
			want, err = want.settle(ctx, b.have[folder], r.Source.Repository, format)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p, err := NewPlan(want, b.have[folder], r.Source.Repository, format)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.Plans = append(b.Plans, p)
	}
	for _, b := range branches {
		p, err := r.publication(ctx, b)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.settle(r.Source, p)
	}
	return kept, branches, errors.Join(errs...)
}

// each does something with every branch, several at once: it takes a few processes of git each time.
func each(branches []*branch, do func(*branch) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range branches {
		group.Go(func() error { return do(b) })
	}
	return group.Wait()
}

// commit writes the new commit of a branch.
func (r *Remote) commit(ctx context.Context, b *branch) (gitrepo.Hash, error) {
	var changes []gitrepo.Change
	var plans []*Plan
	for _, p := range b.Plans {
		if p.Empty() {
			continue
		}
		plans = append(plans, p)
		_, folder := r.Place(p.Env)
		for _, c := range p.Changes {
			changes = append(changes, gitrepo.Change{Path: path.Join(folder, c.Path), Data: c.Data, Delete: c.Op == Removed})
		}
		changes = append(changes,
			gitrepo.Change{Path: path.Join(folder, IndexPath), Data: p.Index.Encode()},
			gitrepo.Change{Path: path.Join(folder, MetadataPath), Data: r.Source.metadata(p.Env)})
	}
	tree, err := r.Repo.WriteTree(ctx, b.tree, changes)
	if err != nil {
		return "", err
	}
	spec := gitrepo.CommitSpec{Tree: tree, Author: r.Source.Commit.Author, Message: r.Source.message(plans)}
	if b.Before != "" {
		spec.Parents = []gitrepo.Hash{b.Before}
	}
	return r.Repo.WriteCommit(ctx, spec)
}
