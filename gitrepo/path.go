package gitrepo

import (
	"fmt"
	"strings"
)

// PathError reports a path that must not enter a git tree.
type PathError struct {
	Path   string
	Reason string
}

// Error names the path and the rule it breaks.
func (e *PathError) Error() string {
	return fmt.Sprintf("unsafe path %q: %s", e.Path, e.Reason)
}

// CheckPath reports whether a slash-separated path may be written to a tree
// that any machine can check out: relative, clean, and with no segment that
// some file system takes for ".git". The error is a *PathError.
func CheckPath(path string) error {
	if reason := unsafePath(path); reason != "" {
		return &PathError{Path: path, Reason: reason}
	}
	return nil
}

func unsafePath(path string) string {
	switch {
	case path == "":
		return "it is empty"
	case strings.IndexByte(path, 0) >= 0:
		return "it contains a NUL byte"
	case path[0] == '/':
		return "it is absolute"
	case strings.Contains(path, `\`):
		return "it contains a backslash, which separates directories on Windows"
	}
	for seg := range strings.SplitSeq(path, "/") {
		switch {
		case seg == "":
			return "it has an empty segment"
		case seg == "." || seg == "..":
			return fmt.Sprintf("it has a %q segment", seg)
		case isDotGit(seg):
			return fmt.Sprintf("a file system may take %q for .git", seg)
		}
	}
	return ""
}

// isDotGit reports whether some file system takes the segment for ".git":
// case-insensitive ones, HFS+ (which ignores some code points) and NTFS (which
// drops trailing dots and spaces, has short names and alternate streams).
func isDotGit(seg string) bool {
	name := strings.ToLower(strings.Map(dropHFSIgnored, seg))
	if name == ".git" {
		return true
	}
	name = strings.ToLower(seg)
	name, _, _ = strings.Cut(name, ":")
	name = strings.TrimRight(name, ". ")
	return name == ".git" || name == "git~1"
}

func dropHFSIgnored(r rune) rune {
	switch {
	case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
		return -1
	}
	return r
}
