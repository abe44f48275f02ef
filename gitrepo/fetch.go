package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Refs asks the remote for its refs that match the patterns: full names in
// which "*" stands for any run of characters, or HEAD. No pattern means all.
// An empty repository has none.
func (r *Remote) Refs(ctx context.Context, patterns ...string) (map[string]Hash, error) {
	for _, p := range patterns {
		if p == "HEAD" {
			continue
		}
		if err := checkPattern(p); err != nil {
			return nil, err
		}
	}
	if r.absent() {
		r.setFormat(r.opts.Format)
		return map[string]Hash{}, nil
	}
	args := []string{"ls-remote"}
	if len(patterns) > 0 && !slices.ContainsFunc(patterns, notBranch) {
		args = append(args, "--heads") // spares the list of all pull requests
	}
	args = append(append(args, "--", remoteName), patterns...)
	git, trace := r.scratch.git, ""
	if r.knownFormat() == "" {
		f, err := os.CreateTemp(r.scratch.root, "trace-*")
		if err != nil {
			return nil, err
		}
		f.Close()
		defer os.Remove(f.Name())
		trace = f.Name()
		git = git.with("GIT_TRACE_PACKET=" + trace)
	}
	out, err := git.run(ctx, args...)
	if err != nil {
		return nil, r.scratch.explain("list refs of", err)
	}
	refs := map[string]Hash{}
	for line := range strings.Lines(string(out)) {
		hash, ref, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || Hash(hash).check() != nil {
			return nil, fmt.Errorf("list refs of %s: cannot read %q", r.Name(), line)
		}
		r.setFormat(Hash(hash).Format())
		if len(patterns) == 0 && !strings.HasSuffix(ref, "^{}") ||
			slices.ContainsFunc(patterns, func(p string) bool { return matchPattern(p, ref) }) {
			refs[ref] = Hash(hash)
		}
	}
	if trace != "" {
		r.setFormat(tracedFormat(trace))
	}
	return refs, nil
}

func notBranch(pattern string) bool { return !strings.HasPrefix(pattern, "refs/heads/") }

// tracedFormat finds the object format in the greeting of a server. No command
// of git tells it for a repository that has no matching ref.
func tracedFormat(trace string) Format {
	f, err := os.Open(trace)
	if err != nil {
		return SHA1
	}
	defer f.Close()
	greeting, _ := io.ReadAll(io.LimitReader(f, 64<<10))
	if bytes.Contains(greeting, []byte("object-format=sha256")) {
		return SHA256
	}
	return SHA1
}

// Fetch gets the tips of refs: their newest commit and its trees, no history
// and, where the server can leave them out, no blobs. It returns where the refs
// are now; those that the remote lacks are left out.
func (r *Remote) Fetch(ctx context.Context, refs ...string) (map[string]Hash, error) {
	for _, ref := range refs {
		if err := CheckRef(ref); err != nil {
			return nil, err
		}
	}
	if len(refs) == 0 {
		return map[string]Hash{}, nil
	}
	for try := 0; ; try++ {
		tips, err := r.Refs(ctx, refs...)
		if err != nil || len(tips) == 0 {
			return tips, err
		}
		tips, err = r.fetchTips(ctx, tips)
		// A ref that was deleted since it was listed: look again.
		if said(err, "couldn't find remote ref") && try < 3 {
			continue
		}
		return tips, err
	}
}

func (r *Remote) fetchTips(ctx context.Context, tips map[string]Hash) (map[string]Hash, error) {
	git, err := r.main(ctx)
	if err != nil {
		return nil, err
	}
	have, err := git.localTips(ctx)
	if err != nil {
		return nil, err
	}
	var specs []string
	for ref, hash := range tips {
		if have[ref] != hash {
			specs = append(specs, "+"+ref+":"+tipRef(ref))
		}
	}
	if len(specs) == 0 {
		return tips, nil
	}
	slices.Sort(specs)
	if err := r.scratch.fetch(ctx, git, 1, "blob:none", specs); err != nil {
		return nil, err
	}
	// A ref may have moved on since it was listed; what was fetched counts.
	if have, err = git.localTips(ctx); err != nil {
		return nil, err
	}
	for ref := range tips {
		if tips[ref] = have[ref]; tips[ref] == "" {
			return nil, fmt.Errorf("fetch %s from %s: %w", ref, r.Name(), ErrNotFound)
		}
	}
	return tips, nil
}

const tipPrefix = "refs/plainsail/tips/"

// tipRef is where the scratch repository keeps a ref of the remote.
func tipRef(ref string) string { return tipPrefix + strings.TrimPrefix(ref, "refs/") }

func (r runner) localTips(ctx context.Context) (map[string]Hash, error) {
	out, err := r.run(ctx, "for-each-ref", "--format=%(objectname) %(refname)", tipPrefix)
	if err != nil {
		return nil, err
	}
	tips := map[string]Hash{}
	for line := range strings.Lines(string(out)) {
		hash, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		tips["refs/"+strings.TrimPrefix(name, tipPrefix)] = Hash(hash)
	}
	return tips, nil
}

// allHistory is the depth that git takes for "no limit".
const allHistory = 0x7fffffff

// fetch gets refspecs into a scratch repository. A depth of 0 leaves the edge
// of a shallow repository where it is. Servers that know no filter send
// everything; those that refuse this one get a weaker one.
func (s *scratch) fetch(ctx context.Context, git runner, depth int, filter string, specs []string) error {
	filters := []string{filter}
	if filter == "tree:0" {
		filters = append(filters, "blob:none")
	}
	filters = append(filters, "")
	s.fetching.Lock()
	defer s.fetching.Unlock()
	var err error
	for _, f := range filters {
		var args []string
		if f != "" {
			args = promisor(f)
		}
		args = append(args, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
			"--no-recurse-submodules", "--refmap=", "--stdin")
		if depth > 0 {
			args = append(args, fmt.Sprintf("--depth=%d", depth))
		}
		if f != "" {
			args = append(args, "--filter="+f)
		}
		_, err = git.feed(ctx, writeLines(specs), append(args, "--", remoteName)...)
		if !said(err, "filter") {
			break
		}
	}
	if err != nil {
		return s.explain("fetch from", err)
	}
	return nil
}

// authWords are how git and the common servers say that access was denied.
var authWords = regexp.MustCompile(`(?i)authentication failed|could not read (?:username|password)|terminal prompts disabled` +
	`|permission denied|host key verification failed|invalid (?:username|credentials)|access denied|requested url returned error: 40[13]` +
	`|http 40[13]|repository not found|write access to repository not granted|authentication required`)

var redirectWords = regexp.MustCompile(`requested URL returned error: 30[1278]|unable to update url base from redirection`)

// explain says what failed with which remote, and turns what git says about
// missing access or a missing repository into errors of their own.
func (s *scratch) explain(op string, err error) error {
	ce, ok := asCommand(err)
	if !ok {
		return fmt.Errorf("%s %s: %w", op, s.name(), err)
	}
	text := ce.Stderr
	switch {
	case s.url.local != "" && (strings.Contains(text, "does not appear to be a git repository") || strings.Contains(text, "does not exist")):
		return fmt.Errorf("%s %s: %w", op, s.name(), ErrNotRepository)
	case redirectWords.MatchString(text):
		return fmt.Errorf("%s %s: the server redirects to another address; use that address: %w", op, s.name(), err)
	case authWords.MatchString(text):
		return &AuthError{Op: op, Remote: s.name(), Tried: s.tried, Reason: reason(text), Fix: s.fix(), Err: err}
	}
	return fmt.Errorf("%s %s: %w", op, s.name(), err)
}

// reason picks the line that says why out of what git printed.
func reason(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, l := range lines {
		if authWords.MatchString(l) {
			return strings.TrimSpace(l)
		}
	}
	return strings.TrimSpace(lines[0])
}

// fix says what to do about missing access.
func (s *scratch) fix() string {
	switch {
	case s.url.local != "":
		return "check who owns the repository and that it is writable"
	case s.url.parsed == nil || strings.EqualFold(s.url.parsed.Scheme, "ssh"):
		return "check that an ssh key that may read and write this repository is loaded (ssh-add -l) and that the host is in known_hosts"
	}
	return "give a token that may read and write this repository (on GitHub: contents: write), or set up a git credential helper"
}
