package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Relation is how one commit stands to another in history.
type Relation int

// The relations of an old commit to a new one.
const (
	Unknown    Relation = iota // one of them does not exist, here or at the origin
	Same                       // they are one commit
	Ancestor                   // old is in the history of new
	Descendant                 // new is in the history of old
	Diverged                   // neither is in the history of the other
)

// String returns the relation in a word.
func (r Relation) String() string {
	switch r {
	case Same:
		return "same"
	case Ancestor:
		return "ancestor"
	case Descendant:
		return "descendant"
	case Diverged:
		return "diverged"
	}
	return "unknown"
}

// relationSteps are the depths to which the history of a shallow clone is
// completed, in a scratch repository, until there is an answer. Between two runs
// of CI there are few commits.
var relationSteps = []int{64, 1024, allHistory}

// Relation tells how old stands to new. Where the checkout does not hold enough
// history, commits (no trees, no blobs) are fetched from its origin into a
// scratch repository; the checkout stays as shallow as it is.
func (s *Source) Relation(ctx context.Context, old, new Hash) (Relation, error) {
	if err := checkHashes(old, new); err != nil {
		return Unknown, err
	}
	if old == new {
		return Same, nil
	}
	rel, err := s.relation(ctx, old, new)
	if err != nil {
		return Unknown, fmt.Errorf("compare commit %s with %s: %w", old.Short(), new.Short(), err)
	}
	return rel, nil
}

func (s *Source) relation(ctx context.Context, old, new Hash) (Relation, error) {
	edge, err := s.shallow()
	if err != nil {
		return Unknown, err
	}
	rel, has, err := s.git.compare(ctx, old, new)
	if err != nil || rel != Unknown {
		return rel, err
	}
	if has[0] && has[1] && len(edge) == 0 {
		return Diverged, nil
	}
	url, ok, err := s.RemoteURL(ctx, "origin")
	if err != nil || !ok {
		return Unknown, err
	}
	scratch, err := newScratch(ctx, access{
		url: url, base: s.top, source: s,
		token: s.opts.Token, username: s.opts.Username,
		env: s.opts.Env, tempDir: s.opts.TempDir,
	})
	if err != nil {
		return Unknown, err
	}
	defer scratch.close()
	git, err := s.borrow(ctx, scratch, edge)
	if err != nil {
		return Unknown, err
	}

	// Commits of the checkout that were never pushed are not asked for: the
	// edge of the clone, which came from the origin, is.
	wants := slices.Clone(edge)
	for i, h := range []Hash{old, new} {
		if !has[i] && !slices.Contains(wants, h) {
			wants = append(wants, h)
		}
	}
	steps := relationSteps
	if len(edge) == 0 {
		steps = []int{0} // what is missing joins a complete history somewhere
	}
	for _, depth := range steps {
		if err := scratch.fetchCommits(ctx, git, depth, &wants); err != nil {
			return Unknown, err
		}
		rel, has, err := git.compare(ctx, old, new)
		if err != nil || rel != Unknown {
			return rel, err
		}
		if !has[0] || !has[1] {
			return Unknown, nil
		}
		complete, err := git.line(ctx, "rev-parse", "--is-shallow-repository")
		if err != nil {
			return Unknown, err
		}
		if complete == "false" {
			return Diverged, nil
		}
	}
	return Unknown, nil // the origin itself is shallow
}

// compare tells what is certain from the history that is there: Unknown may
// mean that some of it is missing. It also says which commits are there.
func (r runner) compare(ctx context.Context, old, new Hash) (Relation, []bool, error) {
	has, err := r.hasCommits(ctx, old, new)
	if err != nil || !has[0] || !has[1] {
		return Unknown, has, err
	}
	older, err := r.isAncestor(ctx, old, new)
	if err != nil || older {
		return relationIf(older, Ancestor), has, err
	}
	newer, err := r.isAncestor(ctx, new, old)
	return relationIf(newer, Descendant), has, err
}

func relationIf(known bool, r Relation) Relation {
	if known {
		return r
	}
	return Unknown
}

// borrow makes a scratch repository that reads the objects of the checkout, and
// ends where its history ends.
func (s *Source) borrow(ctx context.Context, scratch *scratch, edge []Hash) (runner, error) {
	git, err := scratch.repo(ctx, "commits.git", s.format)
	if err != nil {
		return runner{}, err
	}
	alternates := filepath.Join(git.dir, "objects", "info", "alternates")
	if err := os.MkdirAll(filepath.Dir(alternates), 0o777); err != nil {
		return runner{}, err
	}
	objects := filepath.ToSlash(filepath.Join(s.common, "objects"))
	if strings.ContainsAny(objects, "\n\"") {
		return runner{}, errors.New("the path of the checkout contains a line break or quote")
	}
	if err := os.WriteFile(alternates, []byte(objects+"\n"), 0o666); err != nil {
		return runner{}, err
	}
	if len(edge) == 0 {
		return git, nil
	}
	shallow := strings.Join(toStrings(edge), "\n") + "\n"
	return git, os.WriteFile(filepath.Join(git.dir, "shallow"), []byte(shallow), 0o666)
}

var notOurRef = regexp.MustCompile(`not our ref ([0-9a-f]{40,64})`)

// fetchCommits fetches commits by name. Those that the remote does not have are
// removed from wants. A server that gives out no commit by name gives its
// branches.
func (s *scratch) fetchCommits(ctx context.Context, git runner, depth int, wants *[]Hash) error {
	for len(*wants) > 0 {
		err := s.fetch(ctx, git, depth, "tree:0", toStrings(*wants))
		if err == nil {
			return nil
		}
		if said(err, "unadvertised object") {
			return s.fetch(ctx, git, depth, "tree:0", []string{"+refs/heads/*:" + tipPrefix + "heads/*"})
		}
		ce, ok := asCommand(err)
		if !ok {
			return err
		}
		m := notOurRef.FindStringSubmatch(ce.Stderr)
		i := -1
		if m != nil {
			i = slices.Index(*wants, Hash(m[1]))
		}
		if i < 0 {
			return err
		}
		*wants = slices.Delete(*wants, i, i+1)
	}
	return nil
}
