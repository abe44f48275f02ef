package manifest

import (
	"fmt"
	"strings"
)

// Validate tells why an object cannot be applied as it stands: no apiVersion, kind or name, or one that Kubernetes refuses
// for every kind. nil means it can be told apart from others and has a Path.
func (o *Object) Validate() error {
	if why := o.invalid(); why != "" {
		return &SyntaxError{o.Source, why}
	}
	return nil
}

func (o *Object) invalid() string {
	kind, ok := o.content["kind"].(string)
	if !ok || kind == "" {
		return "the document has no kind"
	}
	if field := o.encryptedField(); field != "" {
		return field + " is encrypted by SOPS, so nobody can tell what the document is; " +
			"encrypt again with encrypted_regex: ^(data|stringData)$"
	}
	if !isKind(kind) {
		return fmt.Sprintf("the kind %q is not one that Kubernetes takes: it takes letters, digits and -", kind)
	}
	version, ok := o.content["apiVersion"].(string)
	if !ok || version == "" {
		return fmt.Sprintf("%s has no apiVersion", kind)
	}
	group, v, grouped := strings.Cut(version, "/")
	if grouped && !isSubdomain(group) || !grouped && !isLabel(group) || grouped && !isLabel(v) {
		return fmt.Sprintf("%s has the apiVersion %q, which is neither a version nor group/version", kind, version)
	}
	if m, ok := o.content["metadata"]; ok && m != nil {
		if _, isMap := m.(map[string]any); !isMap {
			return fmt.Sprintf("%s has metadata that is not a mapping", kind)
		}
	}
	for _, field := range []string{"name", "generateName", "namespace"} {
		v := o.metadata()[field]
		if _, isString := v.(string); !isString && v != nil {
			return fmt.Sprintf("%s has a metadata.%s that is not a string; put it in quotes", kind, field)
		}
	}
	if o.Name() == "" && o.GenerateName() == "" {
		return fmt.Sprintf("%s has no metadata.name", kind)
	}
	for _, field := range []string{"name", "generateName"} {
		name := str(o.metadata()[field])
		if why := badSegment(name); why != "" {
			return fmt.Sprintf("%s has the metadata.%s %q, which Kubernetes refuses: %s", kind, field, name, why)
		}
	}
	if ns := o.Namespace(); ns != "" && !isLabel(ns) {
		return fmt.Sprintf("%s %s has the metadata.namespace %q, which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -", kind, o.Name(), ns)
	}
	return ""
}

// encryptedField is the first field of an object's identity that holds a ciphertext, "" when all can be read.
func (o *Object) encryptedField() string {
	if !o.Encrypted() {
		return ""
	}
	for _, f := range []struct{ name, value string }{
		{"apiVersion", o.APIVersion()}, {"kind", o.Kind()}, {"metadata.name", o.Name()}, {"metadata.namespace", o.Namespace()},
	} {
		if strings.HasPrefix(f.value, "ENC[") {
			return f.name
		}
	}
	return ""
}

// badSegment is why a name cannot be a path segment of the Kubernetes API (the rule of IsValidPathSegmentName in
// k8s.io/apimachinery, which holds for the names of all kinds), or "".
func badSegment(name string) string {
	switch {
	case name == "." || name == "..":
		return "it would be a folder"
	case strings.ContainsAny(name, "/%"):
		return "it contains / or %"
	case len(name) > 253:
		return "it is longer than 253 characters"
	}
	return ""
}

// isKind is the rule that API servers have for the kinds of custom resources, and that all of their own kinds follow.
func isKind(s string) bool {
	return s[0] != '-' && (s[0] < '0' || s[0] > '9') && isLabel(strings.ToLower(s)) && isASCII(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func isSubdomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return len(s) <= 253
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
