package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render"
)

// reportError says what went wrong: each of joined errors on its own, each with what to do about it. Differences that
// --check found are no error: the result names them.
func reportError(w io.Writer, err error, asJSON bool) {
	var differs *differsError
	isDifference := errors.As(err, &differs)
	if asJSON {
		if !isDifference {
			reportJSON(w, err)
		}
		return
	}
	for _, e := range flatten(err) {
		if !isDifference {
			fmt.Fprintf(w, "plainsail: error: %s\n", indented(e.Error()))
		}
		for _, h := range hints(e) {
			fmt.Fprintf(w, "plainsail: hint: %s\n", indented(h))
		}
	}
}

// indented sets the second and later lines of a message below the first, as with what git says.
func indented(msg string) string {
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(msg), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	if !slices.ContainsFunc(lines[min(1, len(lines)):], func(line string) bool { return !strings.HasPrefix(line, " ") }) {
		return strings.Join(lines, "\n")
	}
	return strings.Join(lines, "\n    ")
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, flatten(e)...)
	}
	return errs
}

// hints collects the advice in an error and everything it wraps, each once.
func hints(err error) []string {
	var found []string
	add := func(h string) {
		for _, f := range found {
			if f == h {
				return
			}
		}
		if h != "" {
			found = append(found, h)
		}
	}
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case *render.SourceError:
			add(e.Hint)
		case *config.Error:
			add(e.Hint)
		case interface{ Hint() string }:
			add(e.Hint())
		}
		for _, inner := range wrapped(err) {
			walk(inner)
		}
	}
	walk(err)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		add("check the address: rendered.repository in plainsail.yaml, else what git remote get-url origin says")
	}
	return found
}

// wrapped are the errors directly inside an error.
func wrapped(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return []error{inner}
		}
	}
	return nil
}

// warn writes warnings, each once, in their order.
func warn(w io.Writer, warnings []string) {
	seen := map[string]bool{}
	for _, msg := range warnings {
		if msg = strings.TrimSpace(msg); msg != "" && !seen[msg] {
			seen[msg] = true
			fmt.Fprintf(w, "plainsail: warning: %s\n", msg)
		}
	}
}
