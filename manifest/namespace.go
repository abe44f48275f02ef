package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// WithNamespace is the object with metadata.namespace set. A SOPS document keeps its key order. Its message
// authentication code covers every value unless it was made with mac_only_encrypted, so for other SOPS documents the
// result is an error: a namespace added here would make the document unverifiable.
func (o *Object) WithNamespace(ns string) (*Object, error) {
	content := with(o.content, "metadata", with(o.metadata(), "namespace", ns))
	if !o.Encrypted() {
		return New(content, o.Source), nil
	}
	sops, _ := o.content["sops"].(map[string]any)
	if only, _ := sops["mac_only_encrypted"].(bool); !only {
		return nil, &SyntaxError{o.Source, fmt.Sprintf("%s is encrypted by SOPS and its MAC covers metadata.namespace, so the namespace %s "+
			"cannot be set here: write it into the document and encrypt again, or encrypt with mac_only_encrypted", o.ID(), ns)}
	}
	doc, err := setNamespace(o.ordered, ns)
	if err == nil {
		err = decodesTo(doc, content)
	}
	if err != nil {
		return nil, &SyntaxError{o.Source, fmt.Sprintf("%s is encrypted by SOPS and cannot be given the namespace %s: %v; "+
			"write it into the document", o.ID(), ns, err)}
	}
	return NewOrdered(content, doc, o.Source), nil
}

// setNamespace sets metadata.namespace in a document and keeps the order of its keys.
func setNamespace(doc []byte, ns string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(doc, &root); err != nil {
		return nil, err
	}
	var metadata *yaml.Node
	if len(root.Content) > 0 {
		metadata = valueOf(root.Content[0], "metadata")
	}
	if metadata == nil || metadata.Kind != yaml.MappingNode {
		return nil, errors.New("it has no metadata mapping of its own")
	}
	value := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: ns}
	if ambiguous(ns) {
		value.Style = yaml.DoubleQuotedStyle
	}
	if v := valueOf(metadata, "namespace"); v != nil {
		*v = value
	} else {
		metadata.Content = append(metadata.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "namespace"}, &value)
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// decodesTo proves that an edit changed nothing else.
func decodesTo(doc []byte, content map[string]any) error {
	objects, err := Decode(doc, "", true)
	if err != nil {
		return err
	}
	if len(objects) != 1 || !reflect.DeepEqual(objects[0].content, content) {
		return errors.New("the edited document reads differently")
	}
	return nil
}

// FillNamespace gives ns to every object that lives in a namespace and names none. Objects of cluster-scoped kinds are
// left alone, and so are those whose scope is not known: these are returned as unknown, one of each kind.
// The error joins the refusals of all objects.
func FillNamespace(objects []*Object, ns string, scopes Scopes) (filled []*Object, unknown []GroupKind, err error) {
	seen := map[GroupKind]bool{}
	var errs []error
	for _, o := range objects {
		gk := GroupKind{o.Group(), o.Kind()}
		switch {
		case o.Namespace() != "" || o.Kind() == "":
		case scopes.Of(gk) == ScopeNamespaced:
			moved, err := o.WithNamespace(ns)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			o = moved
		case scopes.Of(gk) == ScopeUnknown && !seen[gk]:
			seen[gk] = true
			unknown = append(unknown, gk)
		}
		filled = append(filled, o)
	}
	if len(errs) > 0 {
		return nil, nil, errors.Join(errs...)
	}
	return filled, unknown, nil
}
