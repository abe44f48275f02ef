package publish

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

var (
	scpAddress = regexp.MustCompile(`^(?:[^@/:\s]+@)?([A-Za-z0-9._-]+):([^\s]+)$`)
	anyScheme  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

// RepositoryName is the one name of a repository among the addresses that lead to it: without credentials, ".git" and a final
// slash, and as https for the ssh forms, so that runs which reach a repository in different ways know it for the same and links
// work. A local path stays as it is.
func RepositoryName(address string) string {
	address = strings.Join(strings.FieldsFunc(address, isControl), "")
	if scheme := anyScheme.FindString(address); scheme != "" {
		return urlName(scheme, address)
	}
	name := trimName(address)
	if m := scpAddress.FindStringSubmatch(name); m != nil {
		return urlName("https://", "https://"+path.Join(m[1], m[2]))
	}
	return name
}

func urlName(scheme, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" {
		// Whatever it is, what stands before an @ may be a password.
		rest := address[len(scheme):]
		name := trimName(strings.ToLower(scheme) + rest[strings.LastIndexByte(rest, '@')+1:])
		if name == address {
			return name
		}
		return RepositoryName(name)
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	u.Host = strings.ToLower(u.Host)
	if u.Scheme == "ssh" && u.Host != "" {
		u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	u.Path, u.RawPath = trimName(u.Path), trimName(u.RawPath)
	return u.String()
}

func trimName(s string) string {
	for {
		short := strings.TrimSuffix(strings.TrimRight(s, "/"), ".git")
		if short == s {
			return s
		}
		s = short
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
