package main

import (
	"context"
	"errors"

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

// refusedError is a state of things in which nothing is done.
type refusedError struct {
	err  error
	hint string
}

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// Hint is what to do about it.
func (e *refusedError) Hint() string { return e.hint }

// differsError is the outcome of --check that is no failure.
type differsError struct{ hint string }

func (e *differsError) Error() string {
	return "the published output differs from what the source renders to"
}

// Hint is what to do about it.
func (e *differsError) Hint() string { return e.hint }

// errInterrupted is the end that the user asked for.
var errInterrupted = errors.New("interrupted")

// exitCode is the code for an error.
func exitCode(err error) int {
	var (
		usage    *usageError
		refused  *refusedError
		differs  *differsError
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
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &differs):
		return exitDiffers
	case errors.As(err, &unit):
		return exitFailed
	case errors.As(err, &usage), errors.As(err, &conf):
		return exitUsage
	case errors.As(err, &refused), errors.As(err, &race), errors.As(err, &rejected),
		errors.As(err, &diverged), errors.As(err, &foreign), errors.As(err, &owner):
		return exitRefused
	}
	return exitFailed
}
