package render

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// isRemoteFile tells whether kustomize would download a file: its loader (api/internal/loader of v0.21.2) takes every URL with
// one of these schemes for a remote file, in upper case too.
func isRemoteFile(path string) bool {
	u, err := url.Parse(path)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// isRemoteValues tells whether Helm would ask a getter for a values file. Its plugins bring schemes of their own.
func isRemoteValues(path string) bool {
	u, err := url.Parse(path)
	return err == nil && u.Scheme == "oci" || isRemoteFile(path) || strings.Contains(path, "://")
}

var gitUser = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@`)

// isRemoteBase tells whether kustomize would clone a git repository for what should be a folder (api/internal/git of v0.21.2).
// It knows URLs, and, without any scheme, "git@host:org/repo" and "github.com/org/repo". Where kustomize still looks whether
// the rest makes sense, this errs on the side of remote; but "icons@2x/logo.png" is a path to both.
func isRemoteBase(path string) bool {
	if filepath.IsAbs(path) {
		return false
	}
	if isRemoteFile(path) {
		return true
	}
	p, _, _ := strings.Cut(strings.ToLower(path), "?")
	p = strings.TrimPrefix(p, "git::")
	for _, scheme := range []string{"ssh://", "https://", "http://", "file://", "git://", "oci://"} {
		if strings.HasPrefix(p, scheme) {
			return true
		}
	}
	user := gitUser.FindString(p)
	p = p[len(user):]
	if user == "" && !strings.HasPrefix(p, "github.com/") && !strings.HasPrefix(p, "github.com:") {
		return false
	}
	host := strings.IndexAny(p, ":/")
	if host < 0 {
		return false
	}
	repo := p[host+1:]
	return strings.Contains(repo, "/") || strings.Contains(repo, ".git")
}
