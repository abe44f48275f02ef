package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// format is what the text of a key must look like. Everything in it can be
// said in JSON Schema too, so that an editor and Parse agree.
type format struct {
	enum    []string       // the only values, if any
	pattern *regexp.Regexp // what the text must match
	not     *regexp.Regexp // and must not match
	max     int            // its length in characters; 0: any
	what    string         // completes `"x" is not ...`
	hint    string
	private bool // the text may hold a password: never print it
	oneLine bool // white space is folded, so that the text fits into a message
}

// Parts of the patterns below. They are valid both in Go and in ECMAScript,
// which JSON Schema uses, and mean the same there.
const (
	label        = `[a-z0-9](?:[-a-z0-9]*[a-z0-9])?`
	placeholders = `\{app\}|\{env\}`
	refAtom      = `(?:[A-Za-z0-9_+-]|\{env\})+`
	pathAtom     = `(?:[^/\\{}*?\[\]\x00-\x1f]|` + placeholders + `)+`
	globAtom     = `(?:[^/\\{}?\[\]\x00-\x1f]|` + placeholders + `)+`
	dotParts     = `(?:^|/)\.\.(?:/|$)|^\./|/\.(?:/|$)` // "." and ".." within a path
)

// formats are the values of the struct tag `format`.
var formats = map[string]format{
	"apiVersion": {
		enum: []string{APIVersion},
		hint: "this version of plainsail reads apiVersion: " + APIVersion,
	},
	"kind": {
		enum: []string{Kind},
		hint: "write kind: " + Kind,
	},
	"type":           {enum: []string{string(Auto), string(Kustomize), string(Helm), string(Plain)}},
	"hooks":          {enum: []string{string(HooksKeep), string(HooksDrop)}},
	"loadRestrictor": {enum: []string{string(LoadRootOnly), string(LoadNone)}},

	// Safe as a folder, as a part of a git ref and as a part of an object's name.
	"name": {
		pattern: regexp.MustCompile(`^` + label + `(?:\.` + label + `)*$`),
		not:     regexp.MustCompile(`\.lock$`),
		max:     63,
		what:    "a name",
		hint:    `use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end`,
	},
	"namespace": {
		pattern: regexp.MustCompile(`^(?:[a-z0-9-]|` + placeholders + `)+$`),
		not:     regexp.MustCompile(`^-|-$`),
		what:    "a namespace",
		hint:    `use lower-case letters, digits and "-", with {app} and {env} where they are to be filled in`,
	},
	// What namespace becomes when it is filled in.
	"namespaceName": {
		pattern: regexp.MustCompile(`^` + label + `$`),
		max:     63,
		what:    "a namespace",
		hint:    `use lower-case letters, digits and "-"; at most 63 characters`,
	},
	"objectName": {
		pattern: regexp.MustCompile(`^` + label + `(?:\.` + label + `)*$`),
		max:     253,
		what:    "an object's name",
		hint:    `use lower-case letters, digits, "-" and "."; at most 253 characters`,
	},
	"release": {
		pattern: regexp.MustCompile(`^(?:[a-z0-9.-]|` + placeholders + `)+$`),
		not:     regexp.MustCompile(`^[.-]|[.-]$`),
		what:    "a release name",
		hint:    `use lower-case letters, digits, "-" and ".", with {app} and {env} where they are to be filled in`,
	},
	// What release becomes when it is filled in.
	"releaseName": {
		pattern: regexp.MustCompile(`^` + label + `(?:\.` + label + `)*$`),
		max:     53, // Helm's own limit
		what:    "a release name",
		hint:    `use lower-case letters, digits, "-" and "."; at most 53 characters`,
	},
	"kubeVersion": {
		pattern: regexp.MustCompile(`^v?1\.[0-9]+(?:\.[0-9]+)?$`),
		max:     20,
		what:    "a Kubernetes version",
		hint:    `write it as "1.34" or "1.34.2"`,
	},
	"apiVersionName": {
		pattern: regexp.MustCompile(`^(?:` + label + `(?:\.` + label + `)*/)?v[0-9]+[a-z0-9]*(?:/[A-Z][A-Za-z0-9]*)?$`),
		what:    "an API version",
		hint:    `write it as "monitoring.coreos.com/v1" or "monitoring.coreos.com/v1/ServiceMonitor"`,
	},
	"kindName": {
		pattern: regexp.MustCompile(`^[A-Z][A-Za-z0-9]*(?:\.` + label + `)+$`),
		what:    "a kind with its group",
		hint:    `write it as "Certificate.cert-manager.io"`,
	},
	"pathPattern": {
		pattern: regexp.MustCompile(`^` + globAtom + `(?:/` + globAtom + `)*$`),
		not:     regexp.MustCompile(dotParts + `|\*\*`),
		what:    "a path pattern",
		hint:    `write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something`,
	},
	"valuesPath": {
		pattern: regexp.MustCompile(`^` + pathAtom + `(?:/` + pathAtom + `)*$`),
		not:     regexp.MustCompile(dotParts + `|^\.$`),
		what:    "a path below the unit's folder",
		hint:    `write a path from the unit's folder with "/" and without "..", such as values-{env}.yaml; only {app} and {env} stand for something`,
	},
	"branch": {
		pattern: regexp.MustCompile(`^` + refAtom + `(?:\.` + refAtom + `)*(?:/` + refAtom + `(?:\.` + refAtom + `)*)*$`),
		not:     regexp.MustCompile(`^-|^refs/|^HEAD$|\.lock(?:/|$)`),
		max:     150,
		what:    "a branch",
		hint:    `write a branch name such as "env/{env}", without refs/heads/; only {env} stands for something`,
	},
	// No option of git, no transport helper (they run commands), no password.
	"repository": {
		pattern: regexp.MustCompile(`^[^-\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?$`),
		not:     regexp.MustCompile(`^[A-Za-z0-9+.-]+::|://[^/@]*:[^/]*@`),
		max:     2048,
		what:    "a repository that can be used",
		hint:    "write a URL without a password, or a path; git finds the credentials itself",
		private: true,
	},
	"reason": {
		pattern: regexp.MustCompile(`\S`),
		what:    "a reason",
		hint:    "say in a few words why this is fine here; reviewers will read it",
		oneLine: true,
	},
}

// check says what is wrong with text, and what to do; "" and "" if nothing is.
func (f format) check(text string) (message, hint string) {
	if f.enum != nil {
		if slices.Contains(f.enum, text) {
			return "", ""
		}
		if f.hint != "" {
			return fmt.Sprintf("%s is not supported", quote(text)), f.hint
		}
		return fmt.Sprintf("%s is not one of %s", quote(text), strings.Join(f.enum, ", ")), suggest(text, f.enum)
	}
	if f.ok(text) {
		return "", ""
	}
	if f.private {
		return "not " + f.what, f.hint
	}
	return fmt.Sprintf("%s is not %s", quote(text), f.what), f.hint
}

func (f format) ok(text string) bool {
	return (f.max == 0 || utf8.RuneCountInString(text) <= f.max) &&
		(f.pattern == nil || f.pattern.MatchString(text)) &&
		(f.not == nil || !f.not.MatchString(text))
}

// clean returns the text as it is kept.
func (f format) clean(text string) string {
	if f.oneLine {
		return strings.Join(strings.Fields(text), " ")
	}
	return text
}

// quote is %q for a message: long text is cut.
func quote(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
