package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// SyntaxError is a document that is not an object: broken YAML, a list, a scalar, a key given twice.
type SyntaxError struct {
	Source Source
	Reason string
}

func (e *SyntaxError) Error() string {
	if e.Source.File == "" {
		if e.Source.Line == 0 {
			return e.Reason
		}
		return fmt.Sprintf("line %d: %s", e.Source.Line, e.Reason)
	}
	return fmt.Sprintf("%s: %s", e.Source, e.Reason)
}

// Decode reads every document of a YAML or JSON stream (UTF-8 or UTF-16, any line ends). Documents that are empty, null
// or only comments are left out. A mapping becomes an Object whether or not it names a kind; anything else is a
// SyntaxError with the line in the stream. With strict, a key given twice in one mapping is an error; without, the last
// one wins, as in kubectl and Helm. On error no objects are returned.
func Decode(data []byte, file string, strict bool) ([]*Object, error) {
	text, err := toUTF8(data)
	if err != nil {
		var se *SyntaxError
		if errors.As(err, &se) {
			se.Source.File = file
		}
		return nil, err
	}
	var objects []*Object
	for _, doc := range split(text) {
		o, err := decodeDocument(doc, file, strict)
		if err != nil {
			return nil, err
		}
		if o != nil {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

func decodeDocument(doc document, file string, strict bool) (*Object, error) {
	if doc.blank() {
		return nil, nil
	}
	toJSON := yaml.YAMLToJSON
	if strict {
		toJSON = yaml.YAMLToJSONStrict
	}
	js, err := toJSON(doc.text)
	if err != nil {
		return nil, yamlError(err, doc, file)
	}
	src := Source{File: file, Line: doc.firstKeyLine()}
	v, err := FromJSON(js)
	if err != nil {
		return nil, &SyntaxError{src, err.Error()}
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if len(v) == 0 {
			return nil, nil
		}
		o := New(v, src)
		if o.Encrypted() {
			o.ordered = doc.verbatim()
		}
		return o, nil
	case []any:
		return nil, &SyntaxError{src, "the document is a list; a Kubernetes object is a mapping with apiVersion and kind"}
	default:
		return nil, &SyntaxError{src, "the document is a single value; a Kubernetes object is a mapping with apiVersion and kind"}
	}
}

// FromJSON decodes one JSON value with integers kept exact: int64 where it fits, else uint64, else float64.
func FromJSON(js []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(js))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return exactNumbers(v)
}

func exactNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if v[k], err = exactNumbers(e); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, e := range v {
			if v[i], err = exactNumbers(e); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n, nil
		}
		if n, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return n, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("the number %s does not fit a 64-bit float", v)
		}
		return f, nil
	}
	return v, nil
}

var (
	yamlLine = regexp.MustCompile(`line (\d+): `)
	keyTwice = regexp.MustCompile(`key "(.*)" already set in map`)
)

// yamlError turns a parser's message, whose lines count from the document's start, into one with the line of the file.
func yamlError(err error, doc document, file string) error {
	msg := err.Error()
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors:\n  "} {
		msg = strings.TrimPrefix(msg, prefix)
	}
	line := doc.line
	if m := yamlLine.FindStringSubmatchIndex(msg); m != nil {
		if n, err := strconv.Atoi(msg[m[2]:m[3]]); err == nil {
			line = doc.line + max(n, 1) - 1
		}
		msg = msg[:m[0]] + msg[m[1]:]
	}
	msg, _, _ = strings.Cut(msg, "\n")
	if m := keyTwice.FindStringSubmatch(msg); m != nil {
		msg = fmt.Sprintf("the key %q is given twice", m[1])
	}
	return &SyntaxError{Source{File: file, Line: line}, msg}
}

// toUTF8 drops a byte order mark and turns UTF-16 into UTF-8.
func toUTF8(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 })
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 })
	}
	if utf8.Valid(data) {
		return data, nil
	}
	line := 1
	for rest := data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		rest = rest[n:]
	}
	return nil, &SyntaxError{Source{Line: line}, "the text is not UTF-8; save the file as UTF-8"}
}

func fromUTF16(data []byte, unit func([]byte) uint16) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, &SyntaxError{Source{Line: 1}, "the text starts like UTF-16 and ends within a character; save the file as UTF-8"}
	}
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) > 0; data = data[2:] {
		units = append(units, unit(data))
	}
	return []byte(string(utf16.Decode(units))), nil
}
