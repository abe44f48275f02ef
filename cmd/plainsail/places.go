package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

// place is an error and the file and line that it is about, if it is about one.
type place struct {
	file           string
	line           int
	title, message string
}

// places finds what an error is made of.
func places(err error) []place {
	title := ""
	if unit, ok := errors.AsType[*render.Error](err); ok {
		title = fmt.Sprintf("render %s in %s", unit.App, unit.Env)
	}
	var found []place
	var walk func(error)
	walk = func(err error) {
		p := place{title: title}
		switch e := err.(type) {
		case *render.SourceError:
			p.file, p.line = e.File, e.Line
		case *config.Error:
			p.file, p.line = e.File, e.Line
		case *manifest.SyntaxError:
			p.file, p.line = e.Source.File, e.Source.Line
		case *manifest.DuplicateError:
			p.file, p.line = e.Second.File, e.Second.Line
		case *check.PlaintextError:
			p.file, p.line = e.Source.File, e.Source.Line
		}
		if p.file != "" {
			p.message = strings.Join(append([]string{strings.TrimPrefix(err.Error(), p.at())}, hints(err)...), "\n")
			found = append(found, p)
			return
		}
		for _, inner := range wrapped(err) {
			walk(inner)
		}
	}
	walk(err)
	if len(found) == 0 {
		found = []place{{title: title, message: strings.Join(append([]string{err.Error()}, hints(err)...), "\n")}}
	}
	return found
}

// at is the place as it begins a message.
func (p place) at() string {
	switch {
	case p.file == "":
		return ""
	case p.line == 0:
		return p.file + ": "
	}
	return fmt.Sprintf("%s:%d: ", p.file, p.line)
}
