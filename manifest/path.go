package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// maxSegment is the longest folder or file name, without ".yaml", that Path gives. With an environment and an application
// before it, a path stays below what Windows and archive tools accept.
const maxSegment = 120

// Path is where a rendered object lives below its application's folder: "<namespace>/<kind>[.<group>]-<name>.yaml", or
// without a folder when it has no namespace. The path depends on this object alone, never on its siblings or its API version,
// and it is the same file on every file system: it is lower case, and a character that is not a lower-case letter, a digit,
// "-" or "." is written as "_" and its two-digit hexadecimal code (system:basic-user is system_3abasic-user).
//
// Objects with different identities have different paths (kinds that differ only in case, which no API server has, do not).
// For that, the "-" that begins the name must be told from those of the group, by escaping the group where the two could
// be confused; see groupPart. A segment that is too long is cut and ends in "-" and 16 digits of its SHA-256.
func (o *Object) Path() string {
	id := o.ID()
	stem := kindPart(id.Kind)
	if id.Group != "" {
		stem += "." + groupPart(id.Group)
	}
	stem += "-"
	if id.Name != "" {
		stem += escape(id.Name)
	} else {
		// generateName: the server makes the name up, so the content stands in for it.
		y, _ := o.YAML()
		stem += escape(o.GenerateName()) + digest(string(y))
	}
	file := capped(stem) + ".yaml"
	if id.Namespace == "" {
		return file
	}
	return capped(escape(id.Namespace)) + "/" + file
}

// kindPart is a kind without "." and "-", which end it, and "_" for an object without one, which no Set takes.
func kindPart(kind string) string {
	if kind == "" {
		return "_"
	}
	s := escape(strings.ToLower(kind))
	return strings.NewReplacer(".", "_2e", "-", "_2d").Replace(s)
}

// groupPart is a group such that its end can be found: at the first "-" before which stands something complete, which is a
// domain, or one of Kubernetes' own groups without a dot. A "-" inside a group that would be taken for that end is escaped:
// cert-manager.io and cluster.x-k8s.io stay as they are, as "cert" and "cluster.x" are no domains; acme.cert-manager.io
// becomes acme.cert_2dmanager.io. A group that is not complete itself, which only tests make up, ends in a bare "_".
func groupPart(group string) string {
	var b strings.Builder
	for i := range len(group) {
		if group[i] == '-' && completeGroup(group[:i]) {
			b.WriteString("_2d")
		} else {
			b.WriteString(escapeByte(group[i], i))
		}
	}
	if !completeGroup(group) {
		b.WriteByte('_')
	}
	return b.String()
}

// completeGroup tells whether s ends in a top-level domain, all letters and at least two, or is a group of Kubernetes from
// the days before groups were domains. The answer must never change: paths depend on it.
func completeGroup(s string) bool {
	switch s {
	case "apps", "autoscaling", "batch", "extensions", "policy":
		return true
	}
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || len(s)-dot-1 < 2 {
		return false
	}
	return strings.Trim(s[dot+1:], "abcdefghijklmnopqrstuvwxyz") == ""
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(escapeByte(s[i], i))
	}
	return b.String()
}

// escapeByte is the escape of a character at an index: a "." that comes first is escaped too, as it would hide the file.
func escapeByte(c byte, i int) string {
	switch {
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.' && i > 0:
		return string(rune(c))
	}
	return fmt.Sprintf("_%02x", c)
}

func capped(s string) string {
	if len(s) <= maxSegment {
		return s
	}
	return s[:maxSegment-17] + "-" + digest(s)
}

// digest is the start of the SHA-256 of s, in hexadecimal.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}
