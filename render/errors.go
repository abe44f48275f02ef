package render

import (
	"fmt"
	"strings"
)

// SourceError is something wrong in a file of the source repository.
type SourceError struct {
	File string // relative to the source root, "" when it cannot be told
	Line int    // counted from 1, 0 when it cannot be told
	Err  error
	Hint string // what to do about it, "" when there is nothing to add
}

func (e *SourceError) Error() string {
	switch {
	case e.File == "":
		return e.Err.Error()
	case e.Line == 0:
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *SourceError) Unwrap() error { return e.Err }

// Error is why a unit could not be rendered.
type Error struct {
	App, Env string
	Err      error
}

func (e *Error) Error() string {
	return fmt.Sprintf("render %s in %s: %s", e.App, e.Env, indent(e.Err.Error()))
}

func (e *Error) Unwrap() error { return e.Err }

// indent sets the second and later lines of a message below the first.
func indent(msg string) string { return strings.ReplaceAll(msg, "\n", "\n    ") }
