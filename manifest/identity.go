package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// ID is an object's identity: two objects with one ID are the same object to a cluster. The API version is not part of
// it, as one object can be read and written at several.
type ID struct {
	Group     string // "" is the core group
	Kind      string
	Namespace string // "" for cluster-scoped objects
	Name      string
}

// String is "Kind.group namespace/name", without the parts that are empty.
func (id ID) String() string {
	kind := id.Kind
	if id.Group != "" {
		kind += "." + id.Group
	}
	if id.Namespace != "" {
		return fmt.Sprintf("%s %s/%s", kind, id.Namespace, id.Name)
	}
	return fmt.Sprintf("%s %s", kind, id.Name)
}

// maxStem is the longest file name, without ".yaml", that Path gives. With an environment, an application and a namespace
// before it, a path stays below what Windows and archive tools accept.
const maxStem = 120

// Path is where a rendered object lives below its application's folder: "<namespace>/<kind>[.<group>]-<name>.yaml", or
// without a folder when it has no namespace. The path depends on this object alone, never on its siblings or its API version.
// It is lower case, so that it is the same file on every file system: a character that is not a lower-case letter, a digit,
// "-" or "." is written as "_" and its two-digit hexadecimal code (system:basic-user is system_3abasic-user). A name that
// is too long is cut and ends in "-" and 16 digits of its SHA-256.
func (o *Object) Path() string {
	id := o.ID()
	kind := strings.ToLower(id.Kind)
	if id.Group != "" {
		kind += "." + id.Group
	}
	stem := escape(kind) + "-" + escape(id.Name)
	if id.Name == "" {
		// generateName: the server makes the name up, so the content stands in for it.
		y, _ := o.YAML()
		stem = escape(kind) + "-" + escape(o.GenerateName()) + digest(string(y))[:16]
	}
	if len(stem) > maxStem {
		stem = stem[:maxStem-17] + "-" + digest(stem)[:16]
	}
	if id.Namespace == "" {
		return stem + ".yaml"
	}
	return escape(id.Namespace) + "/" + stem + ".yaml"
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Validate tells why an object cannot be applied as it stands: no apiVersion, kind or name, or a name or namespace that
// Kubernetes refuses for every kind. nil means it can be told apart from others and has a Path.
func (o *Object) Validate() error {
	fail := func(format string, args ...any) error {
		return &SyntaxError{o.Source, fmt.Sprintf(format, args...)}
	}
	kind, ok := o.content["kind"].(string)
	if !ok || kind == "" {
		return fail("the document has no kind")
	}
	if v, ok := o.content["apiVersion"].(string); !ok || v == "" {
		return fail("%s has no apiVersion", kind)
	}
	if m, ok := o.content["metadata"]; ok {
		if _, isMap := m.(map[string]any); !isMap {
			return fail("%s has metadata that is not a mapping", kind)
		}
	}
	for _, field := range []string{"name", "generateName", "namespace"} {
		v, ok := o.metadata()[field]
		if !ok || v == nil {
			continue
		}
		if _, isString := v.(string); !isString {
			return fail("%s has a metadata.%s that is not a string; put it in quotes", kind, field)
		}
	}
	if o.Name() == "" && o.GenerateName() == "" {
		return fail("%s has no metadata.name", kind)
	}
	if why := badSegment(o.Name()); why != "" {
		return fail("%s has the metadata.name %q, which Kubernetes refuses: %s", kind, o.Name(), why)
	}
	if ns := o.Namespace(); ns != "" && !isLabel(ns) {
		return fail("%s %s has the metadata.namespace %q, which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -", kind, o.Name(), ns)
	}
	if strings.ContainsAny(kind, "/\\ \t\n") || strings.Count(o.APIVersion(), "/") > 1 {
		return fail("%s with apiVersion %q is not a Kubernetes kind", kind, o.APIVersion())
	}
	return nil
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

func isLabel(s string) bool {
	if len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
