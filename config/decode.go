package config

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxExpanded is how many values the aliases of a file may stand for in all.
// It is far above what anyone writes and far below what hurts.
const maxExpanded = 10_000

// decoder fills a Go value from YAML nodes and notes every problem on the way.
// A value with a problem is left zero, so that later checks can skip it.
type decoder struct {
	file      string
	problems  problems
	positions map[string]position // of every key and list item, by its path
	inAlias   int                 // how many aliases we are inside of
	expanded  int                 // values seen inside aliases
}

// decode fills v from n. The path at (apps.web.values[0]) names the value in
// messages; the texts in it must have the format named.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, at, format string) {
	if n.Kind == yaml.AliasNode {
		d.inAlias++
		defer func() { d.inAlias-- }()
		n = n.Alias
	}
	if d.inAlias > 0 {
		d.expanded++
		if d.expanded == maxExpanded {
			d.add(n, "write the values out instead of repeating aliases", "%s: the aliases stand for more than %d values", name(at), maxExpanded)
		}
		if d.expanded >= maxExpanded {
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		d.object(n, v, at)
	case reflect.Map:
		d.table(n, v, at, format)
	case reflect.Slice:
		d.list(n, v, at, format)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if d.boolean(n, p.Elem(), at) {
			v.Set(p)
		}
	case reflect.String:
		d.text(n, v, at, format)
	default:
		panic("config: no way to decode a " + v.Type().String())
	}
}

// object fills a struct: its keys are known.
func (d *decoder) object(n *yaml.Node, v reflect.Value, at string) {
	if !d.is(n, yaml.MappingNode, "a mapping", at) {
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	d.pairs(n, at, func(key, value *yaml.Node) {
		seen[key.Value] = true
		for _, f := range fields {
			if f.key == key.Value {
				before := len(d.problems)
				field := v.FieldByIndex(f.index)
				d.decode(value, field, child(at, f.key), f.format)
				if f.nonempty && field.Len() == 0 && len(d.problems) == before {
					d.add(key, "leave the key out, or list at least one", "%s is empty", child(at, f.key))
				}
				return
			}
		}
		d.add(key, suggest(key.Value, keys(fields)), "unknown key %s%s", quote(key.Value), in(at))
	})
	for _, f := range fields {
		if f.required && !seen[f.key] {
			d.add(n, formats[f.format].hint, "missing key %q%s", f.key, in(at))
		}
	}
}

// table fills a map: its keys are names that the user chose.
func (d *decoder) table(n *yaml.Node, v reflect.Value, at, format string) {
	if !d.is(n, yaml.MappingNode, "a mapping", at) || len(n.Content) == 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, at, func(key, value *yaml.Node) {
		if message, hint := formats[format].check(key.Value); message != "" {
			d.add(key, hint, "%s: %s", at, message)
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.decode(value, element, child(at, key.Value), "")
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	})
}

// list fills a slice. An empty list is the same as none: every list adds to
// what weaker settings say, so there is nothing that it could mean.
func (d *decoder) list(n *yaml.Node, v reflect.Value, at, format string) {
	if !d.is(n, yaml.SequenceNode, "a list", at) || len(n.Content) == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, element := range n.Content {
		at := item(at, i)
		d.positions[at] = position{element.Line, element.Column}
		d.decode(element, v.Index(i), at, format)
	}
}

func (d *decoder) boolean(n *yaml.Node, v reflect.Value, at string) bool {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		d.wrongType(n, "true or false", "write it without quotes", at)
		return false
	}
	v.SetBool(strings.EqualFold(n.Value, "true"))
	return true
}

func (d *decoder) text(n *yaml.Node, v reflect.Value, at, format string) {
	// YAML 1.2 has no timestamps: what looks like one is text.
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" && n.ShortTag() != "!!timestamp" {
		d.wrongType(n, "a string", quotesNeeded(n, format), at)
		return
	}
	text := formats[format].clean(n.Value)
	if message, hint := formats[format].check(text); message != "" {
		d.add(n, hint, "%s: %s", at, message)
		return
	}
	v.SetString(text)
}

// quotesNeeded is the hint for a value that was meant to be text.
func quotesNeeded(n *yaml.Node, format string) string {
	text := n.Value // 1.30 is a number to YAML, and the same as 1.3
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[1].ShortTag() == "!!null" {
		text = "{" + n.Content[0].Value + "}" // {app} is a mapping
	}
	if wrong, hint := formats[format].check(text); wrong != "" {
		return hint
	}
	return "put it in quotes: " + quote(text)
}

// pairs calls f for each key of a mapping, once.
func (d *decoder) pairs(n *yaml.Node, at string, f func(key, value *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch line, twice := first[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			d.add(key, "", "a key must be a string%s", in(at))
		case key.ShortTag() == "!!merge":
			d.add(key, "use defaults for what several apps share, or write the keys out", "merge keys (<<) are not supported%s", in(at))
		case twice:
			d.add(key, "", "%s is there twice, first in line %d", child(at, key.Value), line)
		default:
			first[key.Value] = key.Line
			d.positions[child(at, key.Value)] = position{key.Line, key.Column}
			f(key, value)
		}
	}
}

// is checks the kind of n and notes a problem if it is another one.
func (d *decoder) is(n *yaml.Node, kind yaml.Kind, what, at string) bool {
	if tag := n.ShortTag(); n.Kind == kind && (tag == "!!map" || tag == "!!seq") {
		return true
	}
	d.wrongType(n, what, "", at)
	return false
}

func (d *decoder) wrongType(n *yaml.Node, want, hint, at string) {
	var got string
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		d.add(n, "give it a value, or remove the key", "%s has no value", name(at))
		return
	case n.Kind == yaml.MappingNode && tag == "!!map":
		got = "a mapping"
	case n.Kind == yaml.SequenceNode && tag == "!!seq":
		got = "a list"
	case tag == "!!int" || tag == "!!float":
		got = "a number"
	case tag == "!!bool":
		got = "true or false"
	case tag == "!!str":
		got = "a string"
	default:
		got = "a value tagged " + quote(tag)
	}
	d.add(n, hint, "%s must be %s, not %s", name(at), want, got)
}

func (d *decoder) add(n *yaml.Node, hint, format string, args ...any) {
	d.problems.add(d.file, position{n.Line, n.Column}, hint, format, args...)
}

// child is the path of a key. Names with dots are set apart, so that no two
// keys share a path.
func child(at, key string) string {
	switch {
	case strings.Contains(key, "."):
		return at + "[" + quote(key) + "]"
	case at == "":
		return key
	}
	return at + "." + key
}

// name is how a message calls the value at a path.
func name(at string) string {
	if at == "" {
		return "the file"
	}
	return at
}

// in names the place of a key, if it is not the top of the file.
func in(at string) string {
	if at == "" {
		return ""
	}
	return " in " + at
}
