package gitrepo

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinel errors.
var (
	// ErrNotRepository: there is no git repository (with a work tree, for a Source).
	ErrNotRepository = errors.New("not a git repository")
	// ErrNoCommit: the repository has no commit yet.
	ErrNoCommit = errors.New("the repository has no commit yet")
	// ErrNotFound: an object is not in the repository.
	ErrNotFound = errors.New("object not found")
)

// RaceError reports a push that changed nothing because somebody else's push
// came first. Fetching, applying the change again and pushing again may work.
type RaceError struct {
	Remote string     // address, credentials masked
	Refs   []MovedRef // the refs that were not where they were expected
}

// MovedRef is a ref that another writer moved.
type MovedRef struct {
	Ref      string
	Expected Hash // "" if the ref was expected not to exist
	Actual   Hash // "" if the ref does not exist; equal to Expected if the other writer was still at it
}

// Error names each ref with where it was expected and where it is.
func (e *RaceError) Error() string {
	refs := make([]string, len(e.Refs))
	for i, r := range e.Refs {
		switch {
		case r.Expected == r.Actual:
			refs[i] = fmt.Sprintf("%s is being updated by somebody else", r.Ref)
		default:
			refs[i] = fmt.Sprintf("%s is at %s, expected %s", r.Ref, orNothing(r.Actual), orNothing(r.Expected))
		}
	}
	return fmt.Sprintf("push to %s: lost a race: %s", e.Remote, strings.Join(refs, ", "))
}

// Hint says what to do.
func (e *RaceError) Hint() string {
	return "nothing was changed; run it again on the new tip"
}

func orNothing(h Hash) string {
	if h == "" {
		return "nothing"
	}
	return h.Short()
}

// RejectedError reports a push that the server refused: a hook, a protected
// branch, a rule. Nothing was changed.
type RejectedError struct {
	Remote  string        // address, credentials masked
	Refs    []RejectedRef // what was refused and why
	Message string        // what the server said to the user, "" if nothing
	Err     error         // the *CommandError
}

// RejectedRef is a ref whose update was refused.
type RejectedRef struct {
	Ref    string
	Reason string // in the server's words, as "pre-receive hook declined"
}

// Error gives the server's own words.
func (e *RejectedError) Error() string {
	refs := make([]string, len(e.Refs))
	for i, r := range e.Refs {
		refs[i] = fmt.Sprintf("%s (%s)", r.Ref, r.Reason)
	}
	text := fmt.Sprintf("push to %s: the server refused %s", e.Remote, strings.Join(refs, ", "))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Unwrap returns the failed command.
func (e *RejectedError) Unwrap() error { return e.Err }

// AuthError reports that the server did not accept, or did not get, credentials.
type AuthError struct {
	Op     string // what was done to it, as "push to"
	Remote string // address, credentials masked
	Tried  string // which credentials were offered, never their values
	Reason string // git's own words
	Fix    string // what to do
	Err    error  // the *CommandError
}

// Error says what was tried and what the server answered.
func (e *AuthError) Error() string {
	return fmt.Sprintf("%s %s: access denied: tried %s: %s", e.Op, e.Remote, e.Tried, e.Reason)
}

// Hint says what to do.
func (e *AuthError) Hint() string { return e.Fix }

// Unwrap returns the failed command.
func (e *AuthError) Unwrap() error { return e.Err }
