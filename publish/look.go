package publish

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// tips are where the refs beside the branches are, "" for those that are not there.
type tips struct{ notes, digests gitrepo.Hash }

// look reads the branches of the wanted environments and, to prune, of all others of ours; these join the wants, empty. It
// downloads trees, indexes and notes, and no rendered file.
func (r *Remote) look(ctx context.Context, wants []Want) ([]*branch, []Want, tips, error) {
	beside := []string{NotesRef}
	if r.keeps() {
		beside = append(beside, DigestsRef)
	}
	refs, err := r.Repo.Refs(ctx, append(beside, r.pattern())...)
	if err != nil {
		return nil, nil, tips{}, err
	}
	branches := r.branches(wants, refs)
	var fetch []string
	for _, b := range branches {
		if refs[b.ref()] != "" {
			fetch = append(fetch, b.ref())
		}
	}
	for _, ref := range beside {
		if refs[ref] != "" {
			fetch = append(fetch, ref)
		}
	}
	at, err := r.Repo.Fetch(ctx, fetch...)
	if err != nil {
		return nil, nil, tips{}, err
	}
	for _, b := range branches {
		b.Before = at[b.ref()]
	}
	if err := r.read(ctx, branches, at[NotesRef]); err != nil {
		return nil, nil, tips{}, err
	}
	if r.Prune {
		branches, wants = r.prune(branches, wants)
	}
	return branches, wants, tips{at[NotesRef], at[DigestsRef]}, nil
}

// branches are those to look at.
func (r *Remote) branches(wants []Want, refs map[string]gitrepo.Hash) []*branch {
	var branches []*branch
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			branches = append(branches, newBranch(name))
		}
	}
	for _, w := range wants {
		name, _ := r.Place(w.Env)
		add(name)
	}
	if !r.Prune {
		return branches
	}
	if !r.onBranches() {
		name, _ := r.Place("*")
		add(name)
	}
	for _, ref := range slices.Sorted(maps.Keys(refs)) {
		if name, ok := strings.CutPrefix(ref, headPrefix); ok && r.envOf(name) != "" {
			add(name)
		}
	}
	return branches
}

// read fills in what the branches hold. Objects that may have to be downloaded are read in one go.
func (r *Remote) read(ctx context.Context, branches []*branch, notesTip gitrepo.Hash) error {
	branches = slices.DeleteFunc(slices.Clone(branches), func(b *branch) bool { return b.Before == "" })
	if err := r.list(ctx, branches); err != nil {
		return err
	}
	notes, err := r.notesAt(ctx, notesTip)
	if err != nil {
		return err
	}
	var blobs []gitrepo.Hash
	for _, b := range branches {
		for _, e := range b.indexes {
			if !isFile(e.Mode) {
				return &IndexError{"branch " + b.Branch, errors.New(printable(e.Path) + " is not a regular file")}
			}
			blobs = append(blobs, e.Hash)
		}
		if blob := notes[b.Before]; blob != "" {
			blobs = append(blobs, blob)
		}
	}
	data, err := r.Repo.ReadBlobs(ctx, blobs...)
	if err != nil {
		return err
	}
	for _, b := range branches {
		for folder, e := range b.indexes {
			have := b.have[folder]
			if have.Index, err = DecodeIndex(data[e.Hash]); err != nil {
				return &IndexError{path.Join("branch "+b.Branch, folder), err}
			}
			b.have[folder] = have
		}
		b.tipNote = data[notes[b.Before]]
		if b.noted = readNote(b.tipNote); !b.noted.ours() && len(b.indexes) > 0 {
			if err := r.recall(ctx, b, notes); err != nil {
				return err
			}
		}
	}
	return nil
}

// list fills in the names and hashes of the files that branches hold.
func (r *Remote) list(ctx context.Context, branches []*branch) error {
	tips := make([]gitrepo.Hash, len(branches))
	for i, b := range branches {
		tips[i] = b.Before
	}
	commits, err := r.Repo.Commits(ctx, tips...)
	if err != nil {
		return err
	}
	for i, b := range branches {
		b.tree = commits[i].Tree
	}
	return each(branches, func(b *branch) error {
		entries, err := r.Repo.List(ctx, b.tree)
		b.sort(entries, r.onBranches())
		return err
	})
}

func isFile(m gitrepo.Mode) bool { return m == gitrepo.Regular || m == gitrepo.Executable }

// notesAt are the notes in a commit of NotesRef: the commits they are for, and their blobs.
func (r *Remote) notesAt(ctx context.Context, tip gitrepo.Hash) (map[gitrepo.Hash]gitrepo.Hash, error) {
	notes := map[gitrepo.Hash]gitrepo.Hash{}
	if tip == "" {
		return notes, nil
	}
	entries, err := r.Repo.List(ctx, tip)
	for _, e := range entries {
		if isFile(e.Mode) {
			notes[gitrepo.Hash(strings.ReplaceAll(e.Path, "/", ""))] = e.Hash // whatever the fan-out
		}
	}
	return notes, err
}

// recall finds out what a branch was published from when its tip has no note of plainsail's: somebody else committed on top, or
// notes were lost. Going back in history, the first note of plainsail's tells everything up to there, and the trailers of commits
// tell the rest.
func (r *Remote) recall(ctx context.Context, b *branch, notes map[gitrepo.Hash]gitrepo.Hash) error {
	missing := b.sources()
	missing[r.Source.Repository] = true
	since := map[string]lineage{}
	var newest gitrepo.Hash
	b.noted = note{}
	for commit, err := range r.Repo.History(ctx, b.ref()) {
		if err != nil {
			return err
		}
		if blob := notes[commit.Hash]; blob != "" {
			data, err := r.Repo.ReadBlob(ctx, blob)
			if err != nil {
				return err
			}
			if n := readNote(data); n.ours() {
				b.noted = n
				break
			}
		}
		if repository, source := sourceOf(commit.Message); missing[repository] {
			since[repository] = lineage{Commit: source}
			newest = cmp.Or(newest, source)
			if delete(missing, repository); len(missing) == 0 {
				break
			}
		}
	}
	for repository, l := range since {
		b.noted = b.noted.with(repository, l)
	}
	b.noted.DrySHA = cmp.Or(newest, b.noted.DrySHA)
	return nil
}

// prune makes environments that have apps of ours and are not wanted any more wanted empty, and drops other branches. An
// environment that was emptied is followed still: its note keeps late runs for older source commits from filling it again.
func (r *Remote) prune(branches []*branch, wants []Want) ([]*branch, []Want) {
	wanted := map[string]bool{}
	isWanted := map[string]bool{}
	for _, w := range wants {
		name, folder := r.Place(w.Env)
		wanted[path.Join(name, folder)], isWanted[name] = true, true
	}
	var kept []*branch
	for _, b := range branches {
		_, known := b.noted.Sources[r.Source.Repository]
		keep := isWanted[b.Branch]
		for _, folder := range b.foldersOf() {
			ours := len(b.have[folder].Index.apps(r.Source.Repository)) > 0
			if wanted[path.Join(b.Branch, folder)] || !ours && (!known || !r.onBranches()) {
				continue
			}
			env := folder
			if r.onBranches() {
				env = r.envOf(b.Branch)
				b.retired = !ours
			}
			wants = append(wants, Want{Env: env})
			keep = true
		}
		if keep {
			kept = append(kept, b)
		}
	}
	return kept, wants
}
