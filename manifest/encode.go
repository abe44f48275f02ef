package manifest

import (
	"bytes"
	"io"

	yamlv2 "go.yaml.in/yaml/v2"
)

// YAML is the object's one encoding: keys sorted, lists as they were, no comments, ending in a line end; or, for a SOPS
// document, the document in its own key order. Equal objects give equal bytes.
func (o *Object) YAML() ([]byte, error) {
	if o.ordered != nil {
		return o.ordered, nil
	}
	return yamlv2.Marshal(o.content)
}

// Encode writes objects as one YAML stream, with "---" between documents.
func Encode(w io.Writer, objects []*Object) error {
	for i, o := range objects {
		doc, err := o.YAML()
		if err != nil {
			return err
		}
		if i > 0 {
			doc = append([]byte("---\n"), doc...)
		}
		if _, err := io.Copy(w, bytes.NewReader(doc)); err != nil {
			return err
		}
	}
	return nil
}
