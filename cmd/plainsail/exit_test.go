package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	unit := &render.Error{App: "web", Env: "prod", Err: errors.New("broken")}
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"none":                       {nil, exitOK},
		"anything":                   {errors.New("disk full"), exitFailed},
		"unit":                       {unit, exitFailed},
		"usage":                      {usagef("do this", "no such flag"), exitUsage},
		"wrapped usage":              {fmt.Errorf("demo: %w", usagef("do this", "no such flag")), exitUsage},
		"configuration":              {errors.Join(&config.Error{Message: "a"}, &config.Error{Message: "b"}), exitUsage},
		"configuration of a unit":    {&render.Error{Err: &config.Error{Message: "a"}}, exitFailed},
		"differences":                {&differsError{}, exitDiffers},
		"dirty":                      {&refusedError{err: errors.New("dirty")}, exitRefused},
		"race":                       {fmt.Errorf("publish: %w", &gitrepo.RaceError{}), exitRefused},
		"rejected":                   {&gitrepo.RejectedError{}, exitRefused},
		"diverged":                   {&publish.DivergedError{}, exitRefused},
		"foreign file":               {&publish.ForeignError{}, exitRefused},
		"foreign app":                {errors.Join(&publish.OwnerError{}, &publish.OwnerError{}), exitRefused},
		"no access":                  {&gitrepo.AuthError{}, exitFailed},
		"unit and race":              {errors.Join(unit, &gitrepo.RaceError{}), exitFailed},
		"interrupted":                {errInterrupted, exitInterrupted},
		"interrupted in git":         {&gitrepo.CommandError{Err: context.Canceled}, exitInterrupted},
		"interrupted in a unit":      {errors.Join(unit, context.Canceled), exitInterrupted},
		"deadline is no interrupt":   {context.DeadlineExceeded, exitFailed},
		"usage under a unit's error": {errors.Join(unit, usagef("", "x")), exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := exitCode(c.err); got != c.want {
				t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
			}
		})
	}
}
