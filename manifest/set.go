package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Set is the objects of one unit, each valid, each with an identity and a path of its own, in the order of their paths.
type Set []*Object

// DuplicateError is two objects of one identity.
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
			errs = append(errs, duplicate(first, o))
			continue
		}
		byPath[path], paths[o] = o, path
		set = append(set, o)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(set, func(a, b *Object) int { return strings.Compare(paths[a], paths[b]) })
	return set, nil
}

func duplicate(first, second *Object) error {
	if first.ID() != second.ID() {
		return &SyntaxError{second.Source, fmt.Sprintf("%s and %s (%s) would be the same file", second.ID(), first.ID(), orUnknown(first.Source))}
	}
	return &DuplicateError{second.ID(), first.Source, second.Source}
}
