package gitrepo

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// CommitSpec is a commit to be written.
type CommitSpec struct {
	Tree      Hash
	Parents   []Hash
	Author    Signature // without a name: the committer
	Committer Signature // without a name: who git is configured as, or Fallback; without a date: now
	Message   string
}

// WriteCommit writes a commit, signed if git is configured to sign
// (commit.gpgSign), and returns its hash. Nobody sees it before Push.
func (r *Remote) WriteCommit(ctx context.Context, spec CommitSpec) (Hash, error) {
	if err := checkHashes(append(spec.Parents[:len(spec.Parents):len(spec.Parents)], spec.Tree)...); err != nil {
		return "", fmt.Errorf("write a commit for %s: %w", r.Name(), err)
	}
	if strings.ContainsRune(spec.Message, 0) {
		return "", fmt.Errorf("write a commit for %s: the message contains a NUL byte", r.Name())
	}
	git, err := r.main(ctx)
	if err != nil {
		return "", err
	}
	args := []string{"commit-tree"}
	if r.scratch.config.isTrue("commit.gpgsign") {
		args = append(args, "-S")
	}
	for _, p := range spec.Parents {
		args = append(args, "-p", string(p))
	}
	args = append(args, "-F", "-", string(spec.Tree))
	who := r.committer(spec.Committer)
	author := spec.Author
	if clean(author.Name) == "" {
		author.Name, author.Email = who.Name, who.Email
	}
	if author.When.IsZero() {
		author.When = who.When
	}
	git = git.with(who.env("COMMITTER")...).with(author.env("AUTHOR")...)
	message := func(w io.Writer) error {
		_, err := io.WriteString(w, spec.Message)
		return err
	}
	out, err := git.feed(ctx, message, args...)
	if err != nil {
		return "", fmt.Errorf("write a commit for %s: %w", r.Name(), err)
	}
	h := Hash(strings.TrimSpace(string(out)))
	return h, h.check()
}

// committer fills what is missing of an identity.
func (r *Remote) committer(s Signature) Signature {
	if clean(s.Name) == "" {
		known := committer(r.opts.Env, r.scratch.config)
		s.Name, s.Email = known.Name, known.Email
	}
	return s
}
