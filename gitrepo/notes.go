package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// WriteNotes sets git notes on commits, on top of the notes commit tip ("" if
// there is none yet), and returns the new notes commit for Push to move ref to.
// The commits must have been fetched or written. Notes of other commits stay.
// The layout of the tree (fan-out) is git's own.
func (r *Remote) WriteNotes(ctx context.Context, ref string, tip Hash, notes map[Hash][]byte) (Hash, error) {
	fail := func(err error) (Hash, error) {
		return "", fmt.Errorf("write notes %s for %s: %w", ref, r.Name(), err)
	}
	if err := CheckRef(ref); err != nil {
		return "", err
	}
	if !strings.HasPrefix(ref, "refs/notes/") {
		return fail(errors.New("notes live below refs/notes/"))
	}
	commits := slices.Sorted(maps.Keys(notes))
	if err := checkHashes(commits...); err != nil {
		return fail(err)
	}
	if tip != "" {
		if err := tip.check(); err != nil {
			return fail(err)
		}
	}
	git, err := r.main(ctx)
	if err != nil {
		return "", err
	}
	who := r.committer(Signature{})
	work := fmt.Sprintf("refs/plainsail/work/%d", r.work.Add(1))
	out, err := git.fastImport(ctx, func(w io.Writer) error {
		fmt.Fprintf(w, "commit %s\nmark :1\ncommitter %s <%s> %d +0000\ndata 17\nNotes, plainsail\n\n", work,
			clean(who.Name), clean(who.Email), time.Now().Unix())
		if tip != "" {
			fmt.Fprintf(w, "from %s\n", tip)
		}
		for _, c := range commits {
			fmt.Fprintf(w, "N inline %s\ndata %d\n%s\n", c, len(notes[c]), notes[c])
		}
		_, err := io.WriteString(w, "\nget-mark :1\ndone\n")
		return err
	})
	if err != nil {
		return fail(err)
	}
	h := Hash(strings.TrimSpace(out))
	return h, h.check()
}

// ReadNotes returns the notes that the remote's ref holds for the commits; those
// without one are left out. Only these notes are downloaded.
func (r *Remote) ReadNotes(ctx context.Context, ref string, commits ...Hash) (map[Hash][]byte, error) {
	if err := checkHashes(commits...); err != nil {
		return nil, err
	}
	tips, err := r.Fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	notes := make(map[Hash][]byte, len(commits))
	if tips[ref] == "" {
		return notes, nil
	}
	entries, err := r.List(ctx, tips[ref])
	if err != nil {
		return nil, err
	}
	blobs := make(map[Hash]Hash, len(commits))
	for _, e := range entries {
		commit := Hash(strings.ReplaceAll(e.Path, "/", "")) // whatever the fan-out
		if slices.Contains(commits, commit) {
			blobs[commit] = e.Hash
		}
	}
	content, err := r.ReadBlobs(ctx, slices.Collect(maps.Values(blobs))...)
	if err != nil {
		return nil, err
	}
	for commit, blob := range blobs {
		notes[commit] = content[blob]
	}
	return notes, nil
}
