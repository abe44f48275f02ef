package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Error is one problem with the file or with the folders that it describes.
// Parse, Load and Discover join all problems that they find, so that errors.As
// finds the first and Unwrap() []error gives every one, sorted by place.
type Error struct {
	File    string // the file or folder, from the repository's root; may be empty
	Line    int    // counted from 1; 0: the file or folder as a whole
	Column  int    // counted from 1; 0: the line as a whole
	Message string // what is wrong
	Hint    string // what to do; may be empty. Never part of Error's text
}

func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.Message
	case e.Line == 0:
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

// position is a place in the file; its zero value is "unknown".
type position struct{ line, column int }

// problems collects errors until all are known.
type problems []*Error

func (p *problems) add(file string, at position, hint, format string, args ...any) {
	*p = append(*p, &Error{
		File: file, Line: at.line, Column: at.column,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// err joins what was collected, sorted and without repetitions; nil if nothing was.
func (p problems) err() error {
	slices.SortFunc(p, func(a, b *Error) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	var errs []error
	for i, e := range p {
		if i == 0 || *e != *p[i-1] {
			errs = append(errs, e)
		}
	}
	return errors.Join(errs...)
}
