package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestReference keeps docs/cli.md what the commands' own help says; -update writes it.
func TestReference(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "cli.md")
	want := reference(newApp(Streams{}))
	if *update {
		if err := os.WriteFile(file, want, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/cli.md is not what the commands' help says; go test ./cmd/plainsail -run TestReference -update writes it")
	}
}

// reference is the help of all commands as one page of markdown.
func reference(app *cli.App) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Command line\n\n<!-- go test ./cmd/plainsail -run TestReference -update writes this page from the commands' help. -->\n\n")
	fmt.Fprintf(&b, "```\nplainsail COMMAND [FLAGS] [ARGUMENTS]\n```\n\n%s\n", prose(app.Description))
	fmt.Fprintf(&b, "The JSON output and the exit codes are described in [json.md](json.md), the configuration in [configuration.md](configuration.md).\n")
	for _, cmd := range app.Commands {
		if cmd.Hidden {
			continue
		}
		usage := strings.TrimSpace("plainsail " + cmd.Name + " [FLAGS] " + cmd.ArgsUsage)
		fmt.Fprintf(&b, "\n## plainsail %s\n\n%s\n\n```\n%s\n```\n\n%s", cmd.Name, sentence(cmd.Usage), usage, prose(cmd.Description))
		for _, category := range categories(cmd.Flags) {
			fmt.Fprintf(&b, "\n%s\n\n| flag | meaning |\n| --- | --- |\n", flagsTitle(category))
			for _, f := range cmd.Flags {
				if categoryOf(f) == category {
					spec, usage := describe(f)
					fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimSpace(spec), inline(usage))
				}
			}
		}
	}
	return b.Bytes()
}

func categoryOf(f cli.Flag) string { return f.(cli.CategorizableFlag).GetCategory() }

func categories(flags []cli.Flag) []string {
	var found []string
	for _, f := range flags {
		if c := categoryOf(f); !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	return found
}

func flagsTitle(category string) string {
	if category == "" {
		return "Flags:"
	}
	return category + " flags:"
}

// prose is help text as markdown: what is indented is code.
func prose(text string) string {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			fmt.Fprintf(&b, "```sh\n%s\n```\n\n", strings.TrimPrefix(strings.ReplaceAll(paragraph, "\n  ", "\n"), "  "))
		} else {
			fmt.Fprintf(&b, "%s\n\n", inline(paragraph))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func inline(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "|", `\|`, "*", `\*`).Replace(text)
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// TestFlagsDescribed wants every flag to say what it does and what its value is.
func TestFlagsDescribed(t *testing.T) {
	for _, cmd := range newApp(Streams{}).Commands {
		for _, f := range cmd.Flags {
			spec, usage := describe(f)
			if usage == "" {
				t.Errorf("%s: %s says nothing", cmd.Name, spec)
			}
			if takes := f.(cli.DocGenerationFlag).TakesValue(); takes != regexp.MustCompile(` [A-Z][A-Z=]*$`).MatchString(spec) {
				t.Errorf("%s: %s does not name its value", cmd.Name, spec)
			}
		}
	}
}

// TestJSONDocumented wants every field of the JSON output in docs/json.md.
func TestJSONDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	var fields func(prefix string, typ reflect.Type)
	fields = func(prefix string, typ reflect.Type) {
		for typ.Kind() == reflect.Slice {
			typ, prefix = typ.Elem(), strings.TrimSuffix(prefix, ".")+"[]."
		}
		if typ.Kind() != reflect.Struct {
			return
		}
		for i := range typ.NumField() {
			name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			row := fmt.Sprintf("| `%s` | %s |", prefix+name, jsonType(typ.Field(i).Type, options != ""))
			if !strings.Contains(string(page), row) {
				t.Errorf("docs/json.md lacks %s", row)
			}
			fields(prefix+name+".", typ.Field(i).Type)
		}
	}
	fields("", reflect.TypeFor[renderOutput]())
	fields("", reflect.TypeFor[errorOutput]())
	for _, code := range []int{exitOK, exitFailed, exitUsage, exitDiffers, exitRefused, exitInterrupted} {
		if !strings.Contains(string(page), fmt.Sprintf("| %d | ", code)) {
			t.Errorf("docs/json.md lacks exit code %d", code)
		}
	}
}

// jsonType is a Go type in JSON's words.
func jsonType(typ reflect.Type, optional bool) string {
	name := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "number", reflect.Struct: "object"}[typ.Kind()]
	if typ.Kind() == reflect.Slice {
		name = jsonType(typ.Elem(), false) + " list"
	}
	if optional {
		name += ", optional"
	}
	return name
}
