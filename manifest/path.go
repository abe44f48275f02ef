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
// be confused; see appendGroup. A segment that is too long is cut and ends in "-" and 16 digits of its SHA-256.
func (o *Object) Path() string {
	id := o.ID()
	stem := appendKind(make([]byte, 0, 2*maxSegment), id.Kind)
	if id.Group != "" {
		stem = appendGroup(append(stem, '.'), id.Group)
	}
	stem = append(stem, '-')
	if id.Name != "" {
		stem = appendEscaped(stem, id.Name)
	} else {
		// generateName: the server makes the name up, so the content stands in for it.
		y, _ := o.YAML()
		stem = append(appendEscaped(stem, o.GenerateName()), digest(y)...)
	}
	file := string(capped(stem)) + ".yaml"
	if id.Namespace == "" {
		return file
	}
	return string(capped(appendEscaped(nil, id.Namespace))) + "/" + file
}

// appendKind writes a kind without "." and "-", which end it, or "_" for an object without one, which no Set takes.
func appendKind(b []byte, kind string) []byte {
	if kind == "" {
		return append(b, '_')
	}
	for _, c := range []byte(strings.ToLower(kind)) {
		if c == '-' || c == '.' {
			b = appendHex(b, c)
		} else {
			b = appendChar(b, c)
		}
	}
	return b
}

// appendGroup writes a group such that its end can be found: at the first "-" before which stands something complete, which
// is a domain, or one of Kubernetes' own groups without a dot. A "-" inside a group that would be taken for that end is
// escaped: cert-manager.io and cluster.x-k8s.io stay as they are, as "cert" and "cluster.x" are no domains;
// acme.cert-manager.io becomes acme.cert_2dmanager.io. A group that is not complete itself, which only tests make up, ends
// in a bare "_".
func appendGroup(b []byte, group string) []byte {
	for i, c := range []byte(group) {
		if c == '.' && i == 0 || c == '-' && completeGroup(group[:i]) {
			b = appendHex(b, c)
		} else {
			b = appendChar(b, c)
		}
	}
	if !completeGroup(group) {
		b = append(b, '_')
	}
	return b
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

// appendEscaped writes s with a "." that comes first escaped too, as it would hide the file or climb.
func appendEscaped(b []byte, s string) []byte {
	for i, c := range []byte(s) {
		if c == '.' && i == 0 {
			b = appendHex(b, c)
		} else {
			b = appendChar(b, c)
		}
	}
	return b
}

func appendChar(b []byte, c byte) []byte {
	if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' {
		return append(b, c)
	}
	return appendHex(b, c)
}

func appendHex(b []byte, c byte) []byte { return fmt.Appendf(b, "_%02x", c) }

func capped(segment []byte) []byte {
	if len(segment) <= maxSegment {
		return segment
	}
	sum := digest(segment)
	return append(append(segment[:maxSegment-len(sum)-1], '-'), sum...)
}

// digest is the start of the SHA-256 of b, in hexadecimal.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
