package publish

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// ForeignError is output that would take the place of somebody else's file.
type ForeignError struct {
	Env   string
	Paths []string // from the environment's root, sorted
}

func (e *ForeignError) Error() string {
	shown := make([]string, 0, 11)
	for i, p := range e.Paths {
		if i == 10 {
			shown = append(shown, fmt.Sprintf("and %d more", len(e.Paths)-10))
			break
		}
		shown = append(shown, printable(p))
	}
	return fmt.Sprintf("publish %s: not written by plainsail, and in the way: %s", e.Env, strings.Join(shown, ", "))
}

// Hint is what to do about a ForeignError.
func (e *ForeignError) Hint() string { return "move or delete these files in the rendered output" }

// OwnerError is an app that another source repository publishes to the same environment.
type OwnerError struct{ App, Env, Owner, Source string }

func (e *OwnerError) Error() string {
	return fmt.Sprintf("publish %s in %s: the app there comes from %s, not from %s", e.App, e.Env, printable(e.Owner), e.Source)
}

// Hint is what to do about an OwnerError.
func (e *OwnerError) Hint() string {
	return "give one of the two apps another name, or remove the app from the other source repository first; " +
		"if the source repository has a new address, put it into " + IndexPath + " of the rendered output"
}

// IndexError is an environment whose index cannot be read.
type IndexError struct {
	Where string // the branch or folder
	Err   error
}

func (e *IndexError) Error() string { return fmt.Sprintf("read what %s holds: %v", e.Where, e.Err) }

// Unwrap returns what is wrong with the index.
func (e *IndexError) Unwrap() error { return e.Err }

// Hint is what to do about an IndexError.
func (e *IndexError) Hint() string {
	return "put back the last good " + IndexPath + "; without it, nobody knows which files are plainsail's"
}

// DivergedError is a branch that was rendered from a source commit which is neither before nor after the one at hand.
type DivergedError struct {
	Branch         string
	Recorded, Ours gitrepo.Hash
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("publish to %s: it was rendered from source commit %s, which is not in the history of %s", e.Branch, e.Recorded.Short(), e.Ours.Short())
}

// Hint is what to do about a DivergedError.
func (e *DivergedError) Hint() string {
	return "publish from the branch that this environment is rendered from; if its history was rewritten on purpose, pass --allow-diverged once"
}

// printable is a name for people: what could play tricks on a terminal or a commit message is escaped.
func printable(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}
