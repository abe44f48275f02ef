package gitrepo

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// remoteURL is an address that git may be given.
type remoteURL struct {
	raw    string   // as git gets it; may hold credentials
	parsed *url.URL // nil for scp-like addresses and local paths
	local  string   // absolute path of a repository on this machine, "" if it is elsewhere
}

var (
	scheme  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	scpLike = regexp.MustCompile(`^(?:[^/@:\s]+@)?(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):[^\s].*$`)
	helper  = regexp.MustCompile(`^[A-Za-z0-9_+.-]+::`)
)

// parseURL accepts https, http, ssh, git and file URLs, scp-like addresses and
// local paths; relative paths are taken from base. Remote helpers ("ext::") can
// run any command and are refused.
func parseURL(raw, base string) (remoteURL, error) {
	u := remoteURL{raw: raw}
	bad := func(why string) (remoteURL, error) {
		return remoteURL{}, fmt.Errorf("repository address %q: %s", newMasker().mask(raw), why)
	}
	switch {
	case raw == "":
		return remoteURL{}, errors.New("the repository address is empty")
	case strings.HasPrefix(raw, "-"):
		return bad("it starts with a dash")
	case strings.ContainsAny(raw, "\x00\n\r"):
		return bad("it contains a line break or NUL byte")
	case helper.MatchString(raw):
		return bad("remote helpers are not allowed; use https, ssh or a path")
	case scheme.MatchString(raw):
		parsed, err := url.Parse(raw)
		if err != nil {
			return bad("it is not a valid URL")
		}
		switch strings.ToLower(parsed.Scheme) {
		case "https", "http", "ssh", "git":
			host := parsed.Hostname()
			if host == "" || strings.HasPrefix(host, "-") || strings.HasPrefix(parsed.User.Username(), "-") {
				return bad("it has no usable host")
			}
		case "file":
			u.local = filepath.FromSlash(parsed.Path)
		default:
			return bad(fmt.Sprintf("scheme %q is not one of https, http, ssh, git, file", parsed.Scheme))
		}
		u.parsed = parsed
		return u, nil
	case !filepath.IsAbs(raw) && !strings.HasPrefix(raw, ".") && scpLike.MatchString(raw):
		return u, nil
	}
	path := raw
	if !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	u.raw, u.local = filepath.Clean(path), filepath.Clean(path)
	return u, nil
}

// unsafeForSecrets says why a token must not travel to this address, "" if it may.
func (u remoteURL) unsafeForSecrets() string {
	const notHTTPS = "the address is not an https URL"
	if u.parsed == nil {
		return notHTTPS
	}
	switch strings.ToLower(u.parsed.Scheme) {
	case "https":
		return ""
	case "http":
		if isLoopback(u.parsed.Hostname()) {
			return ""
		}
		return "http does not encrypt it"
	}
	return notHTTPS
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// configKey returns the subsection under which git looks for http settings of
// exactly this address.
func (u remoteURL) configKey() string {
	plain := *u.parsed
	plain.User, plain.RawQuery, plain.Fragment = nil, "", ""
	return plain.String()
}
