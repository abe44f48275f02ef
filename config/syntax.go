package config

import (
	"bytes"
	"regexp"
	"strconv"
)

// What the YAML library says of a file that is not YAML.
var (
	yamlError = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)`)
	// In these it counts lines from 0, and says nothing of line 0.
	countedFrom0 = regexp.MustCompile(`^(?:did not find expected (?:<|node content|'-' indicator|key|',' or)|found (?:undefined tag handle|duplicate %|incompatible))`)
	// This one comes without a line.
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.+)' referenced`)
)

// syntaxError turns an error of the YAML library into ours, with its line.
func syntaxError(err error, data []byte) *Error {
	line, message := 1, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
			if countedFrom0.MatchString(message) {
				line++
			}
		}
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		line = 1 + bytes.Count(before, []byte("\n"))
	}
	e := &Error{Line: line, Message: "not valid YAML: " + message}
	if text := lineAt(data, line); bytes.Contains(text, []byte("{app}")) || bytes.Contains(text, []byte("{env}")) {
		e.Hint = `put text with {app} or {env} in quotes: "values-{env}.yaml"`
	}
	return e
}

// lineAt returns the text of a line, counted from 1.
func lineAt(data []byte, line int) []byte {
	for ; line > 1; line-- {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	text, _, _ := bytes.Cut(data, []byte("\n"))
	return text
}
