package render

import (
	"regexp"
	"strings"
)

var scpUser = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@`)

// isRemote tells whether kustomize would take a path for something to download: a URL, or one of the forms of git
// repository that it knows (api/internal/git and api/internal/loader of v0.21.2; these need no scheme: "git@host:org/repo",
// "github.com/org/repo"). It errs on the side of remote, whatever follows the host.
func isRemote(path string) bool {
	p := strings.ToLower(path)
	p = strings.TrimPrefix(p, "git::")
	for _, prefix := range []string{"http:", "https:", "ssh://", "file://", "git://", "oci://", "github.com/", "github.com:"} {
		if strings.HasPrefix(p, prefix) {
			return true
		}
	}
	return scpUser.MatchString(p)
}
