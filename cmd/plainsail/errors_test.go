package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

func TestFlatten(t *testing.T) {
	t.Parallel()
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	wrapped := fmt.Errorf("wrapped: %w", errors.Join(b, c))
	for name, tc := range map[string]struct {
		err  error
		want []error
	}{
		"one":          {a, []error{a}},
		"joined":       {errors.Join(a, b), []error{a, b}},
		"nested":       {errors.Join(errors.Join(a, b), nil, c), []error{a, b, c}},
		"wrapped once": {errors.Join(a, wrapped), []error{a, wrapped}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := flatten(tc.err); !slices.Equal(got, tc.want) {
				t.Errorf("flatten = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	source := &render.SourceError{Err: errors.New("gone"), Hint: "add the file"}
	for name, tc := range map[string]struct {
		err  error
		want []string
	}{
		"none":       {errors.New("x"), nil},
		"usage":      {usagef("do this", "x"), []string{"do this"}},
		"deep":       {&render.Error{Err: errors.Join(source, &config.Error{Hint: "say which"})}, []string{"add the file", "say which"}},
		"each once":  {errors.Join(source, source, fmt.Errorf("again: %w", source)), []string{"add the file"}},
		"by method":  {&publish.ForeignError{}, []string{(&publish.ForeignError{}).Hint()}},
		"empty hint": {&render.SourceError{Err: errors.New("x")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := hints(tc.err); !slices.Equal(got, tc.want) {
				t.Errorf("hints = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReportError(t *testing.T) {
	t.Parallel()
	err := errors.Join(usagef("do this", "1 < 2"), errors.New("other"))
	for name, tc := range map[string]struct {
		err  error
		json bool
		want string
	}{
		"text":             {err, false, "plainsail: error: 1 < 2\nplainsail: hint: do this\nplainsail: error: other\n"},
		"json":             {err, true, `{"errors":[{"error":"1 < 2","hints":["do this"]},{"error":"other"}],"exitCode":3}` + "\n"},
		"lines":            {errors.New("git said: a\n\n b\nc\n"), false, "plainsail: error: git said: a\n     b\n    c\n"},
		"indented already": {errors.New("because of\n    a.yaml:1: now"), false, "plainsail: error: because of\n    a.yaml:1: now\n"},
		"differences":      {&differsError{"render it"}, false, "plainsail: hint: render it\n"},
		"differences json": {&differsError{"render it"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if reportError(&b, tc.err, tc.json); b.String() != tc.want {
				t.Errorf("got:\n%s\nwant:\n%s", b.String(), tc.want)
			}
		})
	}
}

func TestWarn(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	warn(&b, []string{"b\n", "a", "b", ""})
	if got, want := b.String(), "plainsail: warning: b\nplainsail: warning: a\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
