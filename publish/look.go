package publish

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// look reads the branches of the wanted environments and, to prune, of all others of ours; these join the wants, empty. It
// downloads trees, indexes and notes, and no rendered file.
func (r *Remote) look(ctx context.Context, wants []Want) ([]*branch, []Want, gitrepo.Hash, error) {
	refs, err := r.Repo.Refs(ctx, r.pattern(), NotesRef)
	if err != nil {
		return nil, nil, "", err
	}
	var branches []*branch
	add := func(name string) {
		if !slices.ContainsFunc(branches, func(b *branch) bool { return b.Branch == name }) {
			branches = append(branches, &branch{Report: Report{Branch: name}, have: map[string]Have{}})
		}
	}
	for _, w := range wants {
		name, _ := r.Place(w.Env)
		add(name)
	}
	if r.Prune {
		for _, ref := range slices.Sorted(maps.Keys(refs)) {
			if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok && r.envOf(name) != "" {
				add(name)
			}
		}
	}
	var fetch []string
	for _, b := range branches {
		if refs[b.ref()] != "" {
			fetch = append(fetch, b.ref())
		}
	}
	if refs[NotesRef] != "" {
		fetch = append(fetch, NotesRef)
	}
	tips := map[string]gitrepo.Hash{}
	if len(fetch) > 0 {
		if tips, err = r.Repo.Fetch(ctx, fetch...); err != nil {
			return nil, nil, "", err
		}
	}
	for _, b := range branches {
		b.Before = tips[b.ref()]
	}
	if err := r.read(ctx, branches, tips[NotesRef]); err != nil {
		return nil, nil, "", err
	}
	if r.Prune {
		branches, wants = r.prune(branches, wants)
	}
	return branches, wants, tips[NotesRef], nil
}

// read fills in what the branches hold.
func (r *Remote) read(ctx context.Context, branches []*branch, notesTip gitrepo.Hash) error {
	var tips, indexes []gitrepo.Hash
	indexAt := map[*branch]map[string]gitrepo.Hash{} // folder -> blob
	for _, b := range branches {
		if b.Before == "" {
			continue
		}
		tips = append(tips, b.Before)
		tip, err := r.Repo.Commit(ctx, b.Before)
		if err != nil {
			return err
		}
		b.tree = tip.Tree
		entries, err := r.Repo.List(ctx, b.Before)
		if err != nil {
			return err
		}
		indexAt[b] = b.sort(entries, r.folders())
		for _, h := range indexAt[b] {
			indexes = append(indexes, h)
		}
	}
	blobs, err := r.Repo.ReadBlobs(ctx, indexes...)
	if err != nil {
		return err
	}
	for b, folders := range indexAt {
		for folder, h := range folders {
			have := b.have[folder]
			if have.Index, err = DecodeIndex(blobs[h]); err != nil {
				return fmt.Errorf("branch %s: %w", b.Branch, err)
			}
			b.have[folder] = have
		}
	}
	return r.readNotes(ctx, branches, tips, notesTip)
}

// folders tells whether the environments are folders of one branch.
func (r *Remote) folders() bool {
	_, folder := r.Place("*")
	return folder != ""
}

// sort gives the files of a branch to its environments, and returns where their indexes are.
func (b *branch) sort(entries []gitrepo.Entry, folders bool) map[string]gitrepo.Hash {
	indexes := map[string]gitrepo.Hash{}
	for _, e := range entries {
		folder, file := "", e.Path
		if folders {
			var ok bool
			if folder, file, ok = strings.Cut(e.Path, "/"); !ok {
				continue
			}
		}
		if file == IndexPath {
			indexes[folder] = e.Hash
		}
		have := b.have[folder]
		if have.Files == nil {
			have.Files = map[string]gitrepo.Hash{}
		}
		have.Files[file] = e.Hash
		if e.Mode != gitrepo.Regular {
			// Whatever it is, plainsail did not write it like that: no content equals it.
			have.Files[file] = gitrepo.Hash(string(e.Mode) + " " + string(e.Hash))
		}
		b.have[folder] = have
	}
	return indexes
}

// readNotes finds the newest source commit of each branch: in the note on its tip or, where notes were lost or another source
// published last, in the history of the branch.
func (r *Remote) readNotes(ctx context.Context, branches []*branch, tips []gitrepo.Hash, notesTip gitrepo.Hash) error {
	var notes map[gitrepo.Hash][]byte
	if notesTip != "" && len(tips) > 0 {
		var err error
		if notes, err = r.Repo.ReadNotes(ctx, NotesRef, tips...); err != nil {
			return err
		}
	}
	for _, b := range branches {
		if b.Before == "" {
			continue
		}
		b.noted = readNote(notes[b.Before])
		if b.noted.Sources[r.Source.Repository] != "" || !b.ours(r.Source.Repository) {
			continue
		}
		for commit, err := range r.Repo.History(ctx, b.ref()) {
			if err != nil {
				return err
			}
			if repository, source := sourceOf(commit.Message); repository == r.Source.Repository {
				b.noted = b.noted.with(Source{Repository: repository, Commit: gitrepo.Commit{Hash: source}}, true, nil)
				break
			}
		}
	}
	return nil
}

// ours tells whether a branch holds an app from the source.
func (b *branch) ours(source string) bool {
	for _, have := range b.have {
		if len(have.Index.apps(source)) > 0 {
			return true
		}
	}
	return false
}

// prune makes environments that have apps of ours and are not wanted any more wanted empty, and drops other branches.
func (r *Remote) prune(branches []*branch, wants []Want) ([]*branch, []Want) {
	wanted := map[string]bool{}
	for _, w := range wants {
		name, folder := r.Place(w.Env)
		wanted[path.Join(name, folder)] = true
	}
	var kept []*branch
	for _, b := range branches {
		keep := false
		for _, folder := range slices.Sorted(maps.Keys(b.have)) {
			if wanted[path.Join(b.Branch, folder)] {
				keep = true
				continue
			}
			env := folder
			if env == "" {
				env = r.envOf(b.Branch)
			}
			if len(b.have[folder].Index.apps(r.Source.Repository)) > 0 {
				wants = append(wants, Want{Env: env})
				keep = true
			}
		}
		if keep || slices.ContainsFunc(wants, func(w Want) bool { name, _ := r.Place(w.Env); return name == b.Branch }) {
			kept = append(kept, b)
		}
	}
	return kept, wants
}
