package config

import (
	"reflect"
	"strings"
)

// field is a key of the file, read from the tags of a struct's field.
type field struct {
	key      string
	format   string // what its text, or the texts in it, must look like
	required bool   // must be there
	nonempty bool   // if there, must hold something
	index    []int  // as in reflect.StructField
}

// fieldsOf returns the keys of a struct of the file, in the order of its fields.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		fields = append(fields, field{
			key:      key,
			format:   f.Tag.Get("format"),
			required: f.Tag.Get("required") == "true",
			nonempty: f.Tag.Get("required") == "nonempty",
			index:    f.Index,
		})
	}
	return fields
}

func keys(fields []field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.key)
	}
	return names
}
