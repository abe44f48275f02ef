package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
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

// Decode reads every document of a YAML or JSON stream (UTF-8 or UTF-16, any line ends). Documents that are empty, null,
// {} or only comments are left out. A mapping becomes an Object whether or not it names a kind; anything else is a
// SyntaxError with the line in the stream. With strict, a key given twice in one mapping is an error; without, the last
// one wins, as in kubectl and Helm. On error no objects are returned. Errors name keys, but no values: they may be secret.
func Decode(data []byte, file string, strict bool) ([]*Object, error) {
	objects, err := decodeStream(data, file, strict)
	var se *SyntaxError
	if errors.As(err, &se) {
		se.Source.File = file
	}
	return objects, err
}

func decodeStream(data []byte, file string, strict bool) ([]*Object, error) {
	text, err := toUTF8(data)
	if err != nil {
		return nil, err
	}
	docs, err := split(text)
	if err != nil {
		return nil, err
	}
	objects := make([]*Object, 0, len(docs))
	for _, doc := range docs {
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
	tree, err := parse(doc, strict)
	if isEscape(err) && json.Valid(doc.text) {
		tree, err = parse(document{plainEscapes(doc.text), doc.line}, strict)
	}
	if err != nil {
		return nil, err
	}
	text, line := doc.content()
	src := Source{File: file, Line: line}
	v, err := toJSON(tree, len(doc.text))
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
			o.ordered = append(bytes.Clone(bytes.TrimRight(text, " \t\r\n")), '\n')
		}
		return o, nil
	case []any:
		return nil, &SyntaxError{src, "the document is a list; a Kubernetes object is a mapping with apiVersion and kind"}
	default:
		return nil, &SyntaxError{src, "the document is a single value; a Kubernetes object is a mapping with apiVersion and kind"}
	}
}

// parse reads text that must hold one document.
func parse(doc document, strict bool) (any, error) {
	d := yamlv2.NewDecoder(bytes.NewReader(doc.text))
	d.SetStrict(strict)
	var tree, more any
	if err := d.Decode(&tree); err != nil && err != io.EOF {
		if !strict || !strings.Contains(err.Error(), "already set in map") {
			return nil, yamlError(err, doc)
		}
		// The parser takes a key that overrides one from a merge (<<) for a duplicate.
		if err := duplicateKey(doc); err != nil {
			return nil, err
		}
		return parse(doc, false)
	}
	if err := d.Decode(&more); err != io.EOF {
		if err == nil {
			err = errTwo
		}
		return nil, yamlError(err, doc)
	}
	return tree, nil
}
