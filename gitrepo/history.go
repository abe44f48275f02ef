package gitrepo

import (
	"context"
	"fmt"
	"iter"
	"strings"
)

// historySteps are the depths to which history is fetched, one after the other,
// as a reader asks for more.
var historySteps = []int{32, 512, allHistory}

// History walks back a branch of the remote from its tip, along first parents.
// Only commits are fetched, and only as far as the caller reads. A ref that
// does not exist has no history.
func (r *Remote) History(ctx context.Context, ref string) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		if err := r.history(ctx, ref, func(c Commit) bool { return yield(c, nil) }); err != nil {
			yield(Commit{}, fmt.Errorf("history of %s in %s: %w", ref, r.Name(), err))
		}
	}
}

func (r *Remote) history(ctx context.Context, ref string, yield func(Commit) bool) error {
	if err := CheckRef(ref); err != nil {
		return err
	}
	tips, err := r.Refs(ctx, ref)
	if err != nil || tips[ref] == "" {
		return err
	}
	// A repository of its own: where a commit without its trees is known, a later
	// fetch of the tip would leave the trees out.
	git, err := r.scratch.repo(ctx, "history.git", r.knownFormat())
	if err != nil {
		return err
	}
	var tip Hash
	seen := 0
	for _, depth := range historySteps {
		if err := r.scratch.fetch(ctx, git, depth, "tree:0", []string{"+" + ref + ":" + tipRef(ref)}); err != nil {
			return err
		}
		if tip == "" { // the same walk goes on if the branch moves meanwhile
			local, err := git.localTips(ctx)
			if err != nil {
				return err
			}
			tip = local[ref]
		}
		out, err := git.run(ctx, "rev-list", "--first-parent", fmt.Sprintf("--skip=%d", seen), string(tip), "--")
		if err != nil {
			return err
		}
		var hashes []Hash
		for h := range strings.FieldsSeq(string(out)) {
			hashes = append(hashes, Hash(h))
		}
		commits, err := git.readCommits(ctx, hashes...)
		if err != nil {
			return err
		}
		for _, c := range commits {
			if !yield(c) || len(c.Parents) == 0 {
				return nil
			}
		}
		seen += len(commits)
	}
	return nil
}
