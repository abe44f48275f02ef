package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// RefUpdate moves a ref of the remote from Old to New.
type RefUpdate struct {
	Ref string
	Old Hash // where the ref must be; "" if it must not exist
	New Hash
}

// Push makes all updates or none, each only if the ref still is where it was
// seen. The error is a *RaceError if one was not, a *RejectedError if the
// server refused, an *AuthError if it did not let us in.
//
// A push whose connection broke is looked up: where all refs are as they should
// be, it was a success.
func (r *Remote) Push(ctx context.Context, updates []RefUpdate) error {
	if len(updates) == 0 {
		return nil
	}
	if err := checkUpdates(updates); err != nil {
		return fmt.Errorf("push to %s: %w", r.Name(), err)
	}
	git, err := r.main(ctx)
	if err != nil {
		return err
	}
	if r.absent() {
		branch := "main"
		if name, ok := strings.CutPrefix(updates[0].Ref, "refs/heads/"); ok {
			branch = name
		}
		if err := r.create(ctx, branch); err != nil {
			return fmt.Errorf("create %s: %w", r.Name(), err)
		}
	}
	// Without a promisor first: where git knows of one, it downloads the old
	// versions of changed files to make deltas against (over http, --no-thin does
	// not keep it from that). A blob that the server needs and that is missing
	// here, such as one taken from another branch, ends the push; then git may
	// download what it likes.
	args := pushArgs(updates)
	out, err := git.run(ctx, args...)
	if said(err, "unable to get type of object", "unable to read", "missing blob object") {
		out, err = git.run(ctx, append(promisor("blob:none"), args...)...)
	}
	if err == nil {
		return nil
	}
	return r.explainPush(ctx, updates, out, err)
}

func checkUpdates(updates []RefUpdate) error {
	seen := map[string]bool{}
	for _, u := range updates {
		if err := CheckRef(u.Ref); err != nil {
			return err
		}
		if seen[u.Ref] {
			return fmt.Errorf("%s is to be updated twice", u.Ref)
		}
		seen[u.Ref] = true
		if err := u.New.check(); err != nil {
			return fmt.Errorf("%s: %w", u.Ref, err)
		}
		if u.Old == "" {
			continue
		}
		if err := u.Old.check(); err != nil {
			return fmt.Errorf("%s: %w", u.Ref, err)
		}
	}
	return nil
}

func pushArgs(updates []RefUpdate) []string {
	args := []string{"push", "--porcelain", "--no-progress", "--no-verify", "--no-thin"}
	if len(updates) > 1 {
		args = append(args, "--atomic")
	}
	for _, u := range updates {
		args = append(args, "--force-with-lease="+u.Ref+":"+string(u.Old))
	}
	args = append(args, "--", remoteName)
	for _, u := range updates {
		args = append(args, string(u.New)+":"+u.Ref)
	}
	return args
}

// explainPush finds out what a failed push means.
func (r *Remote) explainPush(ctx context.Context, updates []RefUpdate, out []byte, err error) error {
	ce, ok := asCommand(err)
	if !ok || ctx.Err() != nil {
		return fmt.Errorf("push to %s: %w", r.Name(), err)
	}
	refused := refusals(r.scratch.git.mask.mask(string(out)))
	if len(refused) == 0 {
		if now, lookErr := r.tips(ctx, updates); lookErr == nil && arrived(updates, now) {
			return nil
		}
		return r.scratch.explain("push to", err)
	}
	causes, words := causes(refused, ce.Stderr)
	var policy []RejectedRef
	for _, ref := range causes {
		if !raced.MatchString(words[ref.Ref]) {
			policy = append(policy, ref)
		}
	}
	// Also when some ref was moved as well: running again would be refused again.
	rejected := &RejectedError{Remote: r.Name(), Refs: policy, Message: remoteWords(ce.Stderr), Err: err}
	if len(policy) > 0 {
		return rejected
	}
	now, lookErr := r.tips(ctx, updates)
	if lookErr != nil {
		return errors.Join(fmt.Errorf("push to %s: %w", r.Name(), err), lookErr)
	}
	moved := movedRefs(updates, now)
	if len(moved) == 0 {
		for _, ref := range causes {
			if raceForSure.MatchString(words[ref.Ref]) {
				moved = append(moved, MovedRef{Ref: ref.Ref, Expected: now[ref.Ref], Actual: now[ref.Ref]})
			}
		}
	}
	if len(moved) == 0 {
		rejected.Refs = causes
		return rejected
	}
	return &RaceError{Remote: r.Name(), Refs: moved}
}

// causes leaves out the refs that failed only because another one did, and
// returns what was said about each of the others. Servers that say "transaction
// failed" of all refs name the one that failed it on stderr.
func causes(refused []RejectedRef, stderr string) ([]RejectedRef, map[string]string) {
	words := map[string]string{}
	var list []RejectedRef
	for _, ref := range refused {
		if !consequence.MatchString(ref.Reason) {
			list = append(list, ref)
			words[ref.Ref] = ref.Reason
		}
	}
	if len(list) > 0 {
		return list, words
	}
	for _, ref := range refused {
		if strings.Contains(stderr, "'"+ref.Ref+"'") {
			list = append(list, ref)
			words[ref.Ref] = stderr
		}
	}
	if len(list) > 0 {
		return list, words
	}
	for _, ref := range refused {
		words[ref.Ref] = stderr
	}
	return refused, words
}

const sureWords = `stale info|fetch first|non-fast-forward|needs force|remote ref updated since checkout` +
	`|is at [0-9a-f]+ but expected|incorrect old value|reference already exists|reference is missing` +
	`|File exists|Another git process`

var (
	// raceForSure is what git says only when another writer came, or is, in between.
	raceForSure = regexp.MustCompile(sureWords)
	// raced may have other reasons as well: a directory in the way, a full disk.
	// Then the refs are still where they were.
	raced = regexp.MustCompile(sureWords + `|cannot lock|failed to (?:lock|update ref)|unable to resolve reference|reference does not exist`)
	// consequence is what is said of refs that failed because another one did.
	consequence = regexp.MustCompile(`atomic push fail|transaction (?:failed|aborted)`)
)

// refusals reads the refs that push --porcelain reports as not updated:
// "!<TAB>from:to<TAB>[rejected] (reason)".
func refusals(out string) []RejectedRef {
	var list []RejectedRef
	for line := range strings.Lines(out) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) != 3 || fields[0] != "!" {
			continue
		}
		_, ref, _ := strings.Cut(fields[1], ":")
		reason := fields[2]
		if _, inner, ok := strings.Cut(reason, "("); ok {
			reason = strings.TrimSuffix(inner, ")")
		}
		list = append(list, RejectedRef{Ref: ref, Reason: reason})
	}
	return list
}

// remoteWords returns what the server said to the user.
func remoteWords(stderr string) string {
	var words []string
	for line := range strings.Lines(stderr) {
		if said, ok := strings.CutPrefix(line, "remote:"); ok {
			if said = strings.TrimSpace(said); said != "" {
				words = append(words, said)
			}
		}
	}
	return strings.Join(words, "\n")
}

func (r *Remote) tips(ctx context.Context, updates []RefUpdate) (map[string]Hash, error) {
	names := make([]string, len(updates))
	for i, u := range updates {
		names[i] = u.Ref
	}
	return r.Refs(ctx, names...)
}

func arrived(updates []RefUpdate, now map[string]Hash) bool {
	for _, u := range updates {
		if now[u.Ref] != u.New {
			return false
		}
	}
	return true
}

func movedRefs(updates []RefUpdate, now map[string]Hash) []MovedRef {
	var moved []MovedRef
	for _, u := range updates {
		if now[u.Ref] != u.Old {
			moved = append(moved, MovedRef{Ref: u.Ref, Expected: u.Old, Actual: now[u.Ref]})
		}
	}
	return moved
}
