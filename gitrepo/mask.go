package gitrepo

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const masked = "***"

var (
	userinfo = regexp.MustCompile(`(://)[^/@\s'"]+@`)
	authLine = regexp.MustCompile(`(?i)((?:proxy-)?authorization:)[^\r\n'"]*`)
)

// masker removes credentials from text: what looks like one (userinfo in URLs,
// Authorization headers) and the secrets it was told.
type masker struct {
	secrets []string
}

func newMasker(secrets ...string) *masker {
	m := &masker{}
	m.add(secrets...)
	return m
}

// add makes the masker remove these values in the forms they may be printed in.
// Values too short to be a secret are ignored: masking them would only spoil
// the text.
func (m *masker) add(secrets ...string) {
	for _, s := range secrets {
		if len(s) < 4 {
			continue
		}
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
			if !slices.Contains(m.secrets, form) {
				m.secrets = append(m.secrets, form)
			}
		}
	}
	// The longest first, so that no part of one is left beside the mask of another.
	slices.SortFunc(m.secrets, func(a, b string) int { return len(b) - len(a) })
}

// addURL remembers the password of an address.
func (m *masker) addURL(u remoteURL) {
	if u.parsed == nil || u.parsed.User == nil {
		return
	}
	if p, ok := u.parsed.User.Password(); ok {
		m.add(p, u.parsed.User.Username()+":"+p)
		return
	}
	if u.parsed.Scheme != "ssh" { // https://TOKEN@host is a common form
		m.add(u.parsed.User.Username())
	}
}

// addHeader remembers the credential of an "Authorization: scheme credential" line.
func (m *masker) addHeader(line string) {
	if !isAuthHeader(line) {
		return
	}
	_, value, _ := strings.Cut(line, ":")
	for _, f := range strings.Fields(value) {
		if len(f) > len("bearer ") {
			m.add(f)
			if plain, err := base64.StdEncoding.DecodeString(f); err == nil {
				_, password, _ := strings.Cut(string(plain), ":")
				m.add(string(plain), password)
			}
		}
	}
}

func (m *masker) mask(text string) string {
	for _, s := range m.secrets {
		text = strings.ReplaceAll(text, s, masked)
	}
	text = userinfo.ReplaceAllString(text, "${1}"+masked+"@")
	return authLine.ReplaceAllString(text, "${1} "+masked)
}

func (m *masker) maskAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = m.mask(s)
	}
	return out
}

func isAuthHeader(line string) bool {
	name, _, ok := strings.Cut(line, ":")
	return ok && strings.EqualFold(strings.TrimSpace(name), "authorization")
}
