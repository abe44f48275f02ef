package config

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxSize is the largest file that Parse reads, in bytes.
const MaxSize = 1 << 20

// Parse reads the content of a file, named in errors as given. Either the
// configuration is good, or the error holds every problem as an *Error.
func Parse(name string, data []byte) (*Config, error) {
	root, problem := document(data)
	if problem != nil {
		problem.File = name
		return nil, errors.Join(problem)
	}
	c := &Config{file: name}
	d := &decoder{file: name, positions: map[string]position{}}
	d.decode(root, reflect.ValueOf(c).Elem(), "", "")
	c.positions = d.positions
	c.validate(&d.problems)
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// document returns the root of the one YAML document in data.
func document(data []byte) (*yaml.Node, *Error) {
	if len(data) > MaxSize {
		return nil, &Error{Line: 1, Message: "the file is larger than 1 MiB", Hint: "is this the right file?"}
	}
	if line := lineOf(data, notText); line > 0 {
		return nil, &Error{Line: line, Message: "the file is not UTF-8 text", Hint: "save it as UTF-8, without control characters"}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, empty()
	case err != nil:
		return nil, syntaxError(err, data)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, syntaxError(err, data)
	default:
		return nil, &Error{Line: second.Line, Column: second.Column, Message: "the file has more than one YAML document", Hint: `remove the "---" between them`}
	}
	root := first.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, empty()
	}
	return root, nil
}

func empty() *Error {
	return &Error{
		Line:    1,
		Message: "the file is empty",
		Hint:    "begin it with apiVersion: " + APIVersion + " and kind: " + Kind + ", or remove it to use the conventions",
	}
}

// lineOf returns the line of the first rune that is bad, counted from 1; 0 if none is.
func lineOf(data []byte, bad func(r rune, size int) bool) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if bad(r, size) {
			return 1 + bytes.Count(data[:i], []byte("\n"))
		}
		i += size
	}
	return 0
}

// notText is true for broken UTF-8 and for the control characters that YAML forbids.
func notText(r rune, size int) bool {
	return r == utf8.RuneError && size == 1 ||
		r < ' ' && r != '\t' && r != '\n' && r != '\r' ||
		r == 0x7f
}
