package publish

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

var scpAddress = regexp.MustCompile(`^(?:[^@/:\s]+@)?([A-Za-z0-9._-]+):([^\s]+)$`)

// RepositoryName is the one name of a repository among the addresses that lead to it: without credentials, ".git" and a final
// slash, and as https for the ssh forms, so that runs which reach a repository in different ways know it for the same and links
// work. A local path stays as it is.
func RepositoryName(address string) string {
	name := strings.TrimSuffix(strings.TrimRight(address, "/"), ".git")
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		if u.Scheme == "ssh" {
			u.Scheme, u.Host = "https", u.Hostname()
		}
		return u.String()
	}
	if m := scpAddress.FindStringSubmatch(name); m != nil && !strings.Contains(name, "://") {
		return "https://" + path.Join(m[1], m[2])
	}
	return name
}
