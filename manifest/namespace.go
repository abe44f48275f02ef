package manifest

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// WithNamespace is the object with metadata.namespace set. A SOPS document keeps its key order. Its message
// authentication code covers every value unless it was made with mac_only_encrypted, so for other SOPS documents the
// result is an error: a namespace added here would make the document unverifiable.
func (o *Object) WithNamespace(ns string) (*Object, error) {
	content := with(o.content, "metadata", with(o.metadata(), "namespace", ns))
	if o.ordered == nil {
		return New(content, o.Source), nil
	}
	sops, _ := o.content["sops"].(map[string]any)
	if only, _ := sops["mac_only_encrypted"].(bool); !only {
		return nil, &SyntaxError{o.Source, fmt.Sprintf("%s is encrypted by SOPS and has no metadata.namespace; "+
			"its MAC covers the namespace, so it cannot be added here: write namespace %s into the document and encrypt it again, "+
			"or encrypt with mac_only_encrypted", o.ID(), ns)}
	}
	doc, err := insertNamespace(o.ordered, ns)
	if err != nil {
		return nil, &SyntaxError{o.Source, err.Error()}
	}
	return NewOrdered(content, doc, o.Source), nil
}

func insertNamespace(doc []byte, ns string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(doc, &root); err != nil {
		return nil, err
	}
	top := root.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		meta := top.Content[i+1]
		if top.Content[i].Value != "metadata" || meta.Kind != yaml.MappingNode {
			continue
		}
		meta.Content = append(meta.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "namespace"},
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: ns})
		var buf bytes.Buffer
		enc := yaml.NewEncoder(&buf)
		enc.SetIndent(2)
		if err := enc.Encode(&root); err != nil {
			return nil, err
		}
		return buf.Bytes(), nil
	}
	return nil, fmt.Errorf("the document has no metadata mapping")
}

// FillNamespace gives ns to every object that lives in a namespace and names none. Objects of cluster-scoped kinds are
// left alone, and so are those whose scope is not known: these are returned as unknown, one of each kind.
func FillNamespace(objects []*Object, ns string, scopes Scopes) (filled []*Object, unknown []GroupKind, err error) {
	seen := map[GroupKind]bool{}
	for _, o := range objects {
		gk := GroupKind{o.Group(), o.Kind()}
		switch {
		case o.Namespace() != "" || o.Kind() == "":
		case scopes.Of(gk) == ScopeNamespaced:
			if o, err = o.WithNamespace(ns); err != nil {
				return nil, nil, err
			}
		case scopes.Of(gk) == ScopeUnknown && !seen[gk]:
			seen[gk] = true
			unknown = append(unknown, gk)
		}
		filled = append(filled, o)
	}
	return filled, unknown, nil
}
