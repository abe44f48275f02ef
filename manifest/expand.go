package manifest

import (
	"fmt"
	"strings"
)

// Expand opens List kinds: a v1 List, or a mapping of a kind that ends in List with items. Lists inside lists are
// opened too. An item that names no kind or apiVersion of its own takes them from a list that says what it lists
// (a ConfigMapList holds ConfigMaps), as the API server's own lists leave them out. A list of nothing, or null, gives nothing.
//
// Lists with anything encrypted by SOPS are refused: what was encrypted as one document has one message authentication code.
func Expand(objects []*Object) ([]*Object, error) {
	out := make([]*Object, 0, len(objects))
	for _, o := range objects {
		if !o.isList() {
			out = append(out, o)
			continue
		}
		items, err := o.items()
		if err != nil {
			return nil, err
		}
		if items, err = Expand(items); err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

func (o *Object) isList() bool {
	if !strings.HasSuffix(o.Kind(), "List") {
		return false
	}
	switch items, there := o.content["items"]; items.(type) {
	case []any:
		return true
	case nil:
		return o.Name() == "" && (there || o.Kind() == "List" && o.APIVersion() == "v1")
	}
	return false
}

// items is what a list holds, in order.
func (o *Object) items() ([]*Object, error) {
	fail := func(format string, args ...any) error {
		return &SyntaxError{o.Source, fmt.Sprintf(format, args...)}
	}
	if o.Encrypted() {
		return nil, fail("the %s is encrypted by SOPS as a whole; encrypt each of its items as a document of its own", o.Kind())
	}
	items, _ := o.content["items"].([]any)
	itemKind := strings.TrimSuffix(o.Kind(), "List")
	var out []*Object
	for i, item := range items {
		if item == nil {
			continue
		}
		m, ok := item.(map[string]any)
		if !ok {
			return nil, fail("item %d of the %s is not a mapping", i, o.Kind())
		}
		if itemKind != "" && m["kind"] == nil {
			m = with(m, "kind", itemKind)
		}
		if itemKind != "" && m["apiVersion"] == nil {
			m = with(m, "apiVersion", o.APIVersion())
		}
		inner := New(m, o.Source)
		if inner.Encrypted() {
			return nil, fail("item %d of the %s is encrypted by SOPS; make it a document of its own, so that it keeps the order of its keys", i, o.Kind())
		}
		out = append(out, inner)
	}
	return out, nil
}
