package manifest

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Set is the objects of one unit, each valid, each with an identity and a path of its own, in the order of their paths.
type Set []*Object

// DuplicateError is two objects that want to be the same object, or the same file.
type DuplicateError struct {
	ID            ID
	First, Second Source
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s is there twice: in %s and in %s", e.ID, orUnknown(e.First), orUnknown(e.Second))
}

func orUnknown(s Source) string {
	if s == (Source{}) {
		return "an unnamed source"
	}
	return s.String()
}

// NewSet checks every object and puts them in order. The error joins everything that is wrong, one error an object.
func NewSet(objects []*Object) (Set, error) {
	var errs []error
	set := make(Set, 0, len(objects))
	paths := make(map[*Object]string, len(objects))
	byPath := make(map[string]*Object, len(objects))
	for _, o := range objects {
		if err := o.Validate(); err != nil {
			errs = append(errs, err)
			continue
		}
		path := o.Path()
		if first, taken := byPath[path]; taken {
			errs = append(errs, &DuplicateError{o.ID(), first.Source, o.Source})
			continue
		}
		byPath[path], paths[o] = o, path
		set = append(set, o)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	sort.Slice(set, func(i, j int) bool { return paths[set[i]] < paths[set[j]] })
	return set, nil
}

// Expand opens List kinds: a v1 List, or a mapping of a kind that ends in List with items. Lists inside lists are
// opened too. An item that names no kind or apiVersion of its own takes them from a list that says what it lists
// (a ConfigMapList holds ConfigMaps), as the API server's own lists leave them out.
func Expand(objects []*Object) ([]*Object, error) {
	var out []*Object
	for _, o := range objects {
		items, ok := o.content["items"].([]any)
		itemKind, isList := strings.CutSuffix(o.Kind(), "List")
		if !ok || !isList {
			if isList && itemKind == "" && o.APIVersion() == "v1" && o.content["items"] == nil {
				continue // a v1 List of nothing
			}
			out = append(out, o)
			continue
		}
		for i, item := range items {
			if item == nil {
				continue
			}
			m, ok := item.(map[string]any)
			if !ok {
				return nil, &SyntaxError{o.Source, fmt.Sprintf("item %d of the %s is not a mapping", i, o.Kind())}
			}
			if itemKind != "" {
				if m["kind"] == nil {
					m = with(m, "kind", itemKind)
				}
				if m["apiVersion"] == nil {
					m = with(m, "apiVersion", o.APIVersion())
				}
			}
			opened, err := Expand([]*Object{New(m, o.Source)})
			if err != nil {
				return nil, err
			}
			out = append(out, opened...)
		}
	}
	return out, nil
}
