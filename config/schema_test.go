package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Update asks the tests, also those of package config_test, to rewrite the
// files that they compare with.
var Update = flag.Bool("update", false, "rewrite the generated files")

// schema is the part of JSON Schema that our types need.
type schema struct {
	Schema               string             `json:"$schema,omitempty"`
	ID                   string             `json:"$id,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 string             `json:"type,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	Not                  *schema            `json:"not,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	PropertyNames        *schema            `json:"propertyNames,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"`
}

// TestSchemaIsFresh generates the schema from the Go types and compares it with
// the file that is shipped, so that every field, format, enum and required key
// is in both. Rewrite it with go generate ./config.
func TestSchemaIsFresh(t *testing.T) {
	g := generator{t, comments(t)}
	s := g.schema(reflect.TypeFor[Config](), field{})
	s.Schema = "http://json-schema.org/draft-07/schema#"
	s.ID = "https://raw.githubusercontent.com/plainsail/plainsail/main/config/plainsail.schema.json"
	s.Title = "plainsail.yaml"
	s.Description = "How plainsail finds the apps and environments of a source repository, and what each is set to."

	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		t.Fatal(err)
	}
	if *Update {
		if err := os.WriteFile("plainsail.schema.json", want.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), string(Schema)); diff != "" {
		t.Errorf("plainsail.schema.json is stale, run go generate ./config (-types +file):\n%s", diff)
	}
}

// generator turns Go types into schemas. Nothing is shared by $ref: in draft-07
// a $ref hides the description beside it.
type generator struct {
	t    *testing.T
	docs map[string]string // by Type.Field
}

func (g generator) schema(t reflect.Type, f field) *schema {
	switch t.Kind() {
	case reflect.Struct:
		s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
		for _, f := range fieldsOf(t) {
			p := g.schema(t.FieldByIndex(f.index).Type, f)
			p.Description = g.doc(t, f)
			s.Properties[f.key] = p
			if f.required {
				s.Required = append(s.Required, f.key)
			}
		}
		return s
	case reflect.Map:
		return &schema{Type: "object", PropertyNames: g.text(f.format), AdditionalProperties: g.schema(t.Elem(), field{})}
	case reflect.Slice:
		s := &schema{Type: "array", Items: g.schema(t.Elem(), field{format: f.format})}
		if f.nonempty {
			s.MinItems = 1
		}
		return s
	case reflect.Pointer:
		return g.schema(t.Elem(), f)
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.String:
		return g.text(f.format)
	}
	g.t.Fatalf("no schema for a %s", t)
	return nil
}

func (g generator) text(name string) *schema {
	f, ok := formats[name]
	if !ok {
		g.t.Fatalf("no format %q", name)
	}
	s := &schema{Type: "string", Enum: f.enum, Pattern: source(f.pattern), MaxLength: f.max}
	if f.not != nil {
		s.Not = &schema{Pattern: source(f.not)}
	}
	return s
}

func source(r *regexp.Regexp) string {
	if r == nil {
		return ""
	}
	return r.String()
}

// doc returns the comment of a field, which is what an editor shows.
func (g generator) doc(t reflect.Type, f field) string {
	owner := t
	if len(f.index) > 1 {
		owner = t.FieldByIndex(f.index[:len(f.index)-1]).Type
	}
	name := owner.Name() + "." + t.FieldByIndex(f.index).Name
	if g.docs[name] == "" {
		g.t.Errorf("%s has no comment", name)
	}
	return g.docs[name]
}

// comments reads the comments of all struct fields of this package.
func comments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						docs[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
					}
				}
			}
			return true
		})
	}
	return docs
}
