package manifest

import (
	"fmt"
	"strings"
)

// Source says where an object came from, for messages to people.
type Source struct {
	File string // path relative to the source root, or a chart's template as Helm names it; "" when unknown
	Line int    // line of the document's first key in File, counted from 1; 0 when unknown
}

// String is "file:line", "file" or "".
func (s Source) String() string {
	if s.Line == 0 {
		return s.File
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// Object is one Kubernetes object, or one YAML mapping that claims to be one: Validate tells which. Treat it as
// immutable; the With methods return changed copies.
type Object struct {
	Source  Source
	content map[string]any
	ordered []byte // the document in its own key order; set for SOPS documents only
}

// New makes an object of content, whose values must be those of decoded JSON with numbers as int64, uint64 or float64.
func New(content map[string]any, src Source) *Object {
	return &Object{Source: src, content: content}
}

// NewOrdered makes an object of content whose encoding is doc, byte for byte. It is meant for SOPS documents, which
// must keep their key order; doc must decode to content.
func NewOrdered(content map[string]any, doc []byte, src Source) *Object {
	return &Object{Source: src, content: content, ordered: doc}
}

// Content is the decoded object. Callers must not change it.
func (o *Object) Content() map[string]any { return o.content }

// APIVersion is the object's apiVersion, "" when it has none.
func (o *Object) APIVersion() string { return str(o.content["apiVersion"]) }

// Kind is the object's kind, "" when it has none.
func (o *Object) Kind() string { return str(o.content["kind"]) }

// Name is metadata.name, "" when there is none.
func (o *Object) Name() string { return str(o.metadata()["name"]) }

// GenerateName is metadata.generateName, "" when there is none.
func (o *Object) GenerateName() string { return str(o.metadata()["generateName"]) }

// Namespace is metadata.namespace, "" when there is none.
func (o *Object) Namespace() string { return str(o.metadata()["namespace"]) }

// Annotation is the value of a metadata annotation, "" when it is absent or not a string.
func (o *Object) Annotation(key string) string {
	m, _ := o.metadata()["annotations"].(map[string]any)
	return str(m[key])
}

// Group is the API group: what stands before the slash of apiVersion, "" for the core group.
func (o *Object) Group() string {
	group, _, ok := strings.Cut(o.APIVersion(), "/")
	if !ok {
		return ""
	}
	return group
}

// ID is what makes the object itself and no other.
func (o *Object) ID() ID {
	return ID{Group: o.Group(), Kind: o.Kind(), Namespace: o.Namespace(), Name: o.Name()}
}

// Encrypted tells whether the object is a SOPS document: a mapping with SOPS's own metadata at its top level.
func (o *Object) Encrypted() bool {
	_, ok := o.content["sops"].(map[string]any)
	return ok
}

// WithoutAnnotation is the object without one annotation; without any annotations at all if it was the only one. A SOPS
// document is left as it is, as its message authentication code may cover the annotation.
func (o *Object) WithoutAnnotation(key string) *Object {
	annotations, _ := o.metadata()["annotations"].(map[string]any)
	if _, ok := annotations[key]; !ok || o.Encrypted() {
		return o
	}
	kept := without(annotations, key)
	meta := with(o.metadata(), "annotations", kept)
	if len(kept) == 0 {
		meta = without(o.metadata(), "annotations")
	}
	return New(with(o.content, "metadata", meta), o.Source)
}

func (o *Object) metadata() map[string]any {
	m, _ := o.content["metadata"].(map[string]any)
	return m
}

// with is a shallow copy of m in which key has value.
func with(m map[string]any, key string, value any) map[string]any {
	c := make(map[string]any, len(m)+1)
	for k, v := range m {
		c[k] = v
	}
	c[key] = value
	return c
}

// without is a shallow copy of m that lacks key.
func without(m map[string]any, key string) map[string]any {
	c := make(map[string]any, len(m))
	for k, v := range m {
		if k != key {
			c[k] = v
		}
	}
	return c
}

func str(v any) string {
	s, _ := v.(string)
	return s
}
