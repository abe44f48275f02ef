package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

// The exit codes, which are part of the interface.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 3 // bad flags or bad configuration: nothing was touched
	exitDiffers     = 4 // --check found differences
	exitRefused     = 5 // refused or raced: nothing changed
	exitInterrupted = 130
)

// usageError is a command line that makes no sense.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Hint is what to do about it.
func (e *usageError) Hint() string { return e.hint }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

// errDiffers is the outcome of --check that is no failure.
var errDiffers = errors.New("the published output differs from what the source renders to")

// exitCode is the code for an error.
func exitCode(err error) int {
	var (
		usage    *usageError
		conf     *config.Error
		race     *gitrepo.RaceError
		rejected *gitrepo.RejectedError
		diverged *publish.DivergedError
		foreign  *publish.ForeignError
		owner    *publish.OwnerError
		unit     *render.Error
	)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, errDiffers):
		return exitDiffers
	case errors.As(err, &unit):
		return exitFailed
	case errors.As(err, &usage), errors.As(err, &conf):
		return exitUsage
	case errors.As(err, &race), errors.As(err, &rejected), errors.As(err, &diverged), errors.As(err, &foreign), errors.As(err, &owner):
		return exitRefused
	}
	return exitFailed
}

// reportError says what went wrong: each of joined errors on its own, each with what to do about it.
func reportError(w io.Writer, err error, asJSON bool) {
	if asJSON {
		reportJSON(w, err)
		return
	}
	for _, e := range flatten(err) {
		fmt.Fprintf(w, "plainsail: error: %s\n", e)
		for _, h := range hints(e) {
			fmt.Fprintf(w, "plainsail: hint: %s\n", h)
		}
	}
}

type jsonError struct {
	Error string   `json:"error"`
	Hints []string `json:"hints,omitempty"`
}

func reportJSON(w io.Writer, err error) {
	out := struct {
		Errors []jsonError `json:"errors"`
		Code   int         `json:"exitCode"`
	}{Code: exitCode(err)}
	for _, e := range flatten(err) {
		out.Errors = append(out.Errors, jsonError{e.Error(), hints(e)})
	}
	_ = json.NewEncoder(w).Encode(out)
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
		switch e := err.(type) {
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		case interface{ Unwrap() error }:
			if inner := e.Unwrap(); inner != nil {
				walk(inner)
			}
		}
	}
	walk(err)
	return found
}

// warn writes warnings, each once.
func warn(w io.Writer, warnings []string) {
	seen := map[string]bool{}
	for _, msg := range warnings {
		if msg = strings.TrimSpace(msg); !seen[msg] {
			seen[msg] = true
			fmt.Fprintf(w, "plainsail: warning: %s\n", msg)
		}
	}
}
