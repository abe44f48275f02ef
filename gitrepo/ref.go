package gitrepo

import (
	"fmt"
	"strings"
)

// CheckRef reports whether name is a full reference name ("refs/heads/main")
// by the rules of git check-ref-format.
func CheckRef(name string) error {
	if reason := badRef(name); reason != "" {
		return fmt.Errorf("invalid ref name %q: %s", name, reason)
	}
	return nil
}

func badRef(name string) string {
	if !strings.HasPrefix(name, "refs/") {
		return `it does not start with "refs/"`
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c == 0x7f || strings.IndexByte(`~^:?*[\`, c) >= 0 {
			return fmt.Sprintf("it contains %q", c)
		}
	}
	switch {
	case strings.Contains(name, ".."):
		return `it contains ".."`
	case strings.Contains(name, "@{"):
		return `it contains "@{"`
	case strings.HasSuffix(name, "."):
		return "it ends with a dot"
	}
	for seg := range strings.SplitSeq(name, "/") {
		switch {
		case seg == "":
			return "it has an empty segment"
		case seg[0] == '.':
			return "a segment starts with a dot"
		case strings.HasSuffix(seg, ".lock"):
			return `a segment ends with ".lock"`
		}
	}
	return ""
}

// checkPattern accepts what Refs takes: a full ref name in which "*" may stand
// for any run of characters.
func checkPattern(pattern string) error {
	if err := CheckRef(strings.ReplaceAll(pattern, "*", "x")); err != nil {
		return fmt.Errorf("ref pattern %q: %w", pattern, err)
	}
	return nil
}

// matchPattern reports whether the whole ref matches. ls-remote itself matches
// the tails of names too.
func matchPattern(pattern, ref string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == ref
	}
	rest, ok := strings.CutPrefix(ref, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, p := range parts[1:last] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return strings.HasSuffix(rest, parts[last])
}
