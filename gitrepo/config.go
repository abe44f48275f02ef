package gitrepo

import (
	"context"
	"strings"
)

// setting is one value of git's configuration. Keys are as git prints them:
// section and name in lower case, the subsection between them untouched.
type setting struct {
	key, value string
}

// settings keep git's order: of several values of a key the last one counts,
// unless the key is a list.
type settings []setting

// readConfig returns the configuration that is in effect where the runner runs.
func readConfig(ctx context.Context, git runner) (settings, error) {
	out, err := git.run(ctx, "config", "--list", "--includes", "-z")
	if err != nil {
		return nil, err
	}
	return parseConfig(out), nil
}

func parseConfig(out []byte) settings {
	var list settings
	for _, record := range splitNUL(out) {
		key, value, ok := strings.Cut(record, "\n")
		if !ok {
			value = "true" // "key" without "=" in a file
		}
		list = append(list, setting{key, value})
	}
	return list
}

// get returns the last value of a key.
func (s settings) get(key string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].key == key {
			return s[i].value
		}
	}
	return ""
}

// section returns the settings of a section.
func (s settings) section(name string) settings {
	var out settings
	for _, v := range s {
		if strings.HasPrefix(v.key, name+".") {
			out = append(out, v)
		}
	}
	return out
}

func (s settings) isTrue(key string) bool {
	switch strings.ToLower(s.get(key)) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// families are the settings a scratch repository takes over from the source
// checkout: how to reach a server, who we are, how to sign.
var families = []string{"http", "credential", "url", "user", "author", "committer", "gpg", "ssh", "protocol"}

var singles = []string{"core.sshcommand", "core.askpass", "core.gitproxy", "commit.gpgsign"}

func forwarded(key string) bool {
	section, _, _ := strings.Cut(key, ".")
	for _, f := range families {
		if section == f {
			return true
		}
	}
	for _, k := range singles {
		if key == k {
			return true
		}
	}
	return false
}

// beyond returns the forwarded settings that are in s and not in base: what a
// checkout adds to the configuration every repository of the user sees.
func (s settings) beyond(base settings) settings {
	seen := make(map[setting]int, len(base))
	for _, b := range base {
		seen[b]++
	}
	var out settings
	for _, v := range s {
		switch {
		case !forwarded(v.key):
		case seen[v] > 0:
			seen[v]--
		default:
			out = append(out, v)
		}
	}
	return out
}

// isAuthSetting reports whether a setting sends an Authorization header.
func (v setting) isAuthSetting() bool {
	return strings.HasPrefix(v.key, "http.") && strings.HasSuffix(v.key, ".extraheader") && isAuthHeader(v.value)
}

// scratchSettings keep what a user may have configured globally from changing
// what commands in a scratch repository do.
var scratchSettings = settings{
	{"core.hookspath", "/dev/null"},
	{"core.logallrefupdates", "false"},
	{"core.commitgraph", "false"},
	{"core.fsync", "none"}, // a scratch repository does not outlive its process
	// Deltas between the files of one publication take longer to find than they
	// save: a quarter of the pack for a quarter of the time, to push included.
	{"pack.depth", "0"},
	{"core.compression", "1"},
	{"gc.auto", "0"},
	{"maintenance.auto", "false"},
	{"fastimport.unpacklimit", "0"},
	{"fetch.unpacklimit", "1"},
	{"fetch.prune", "false"},
	{"fetch.prunetags", "false"},
	{"fetch.writecommitgraph", "false"},
	{"fetch.recursesubmodules", "no"},
	{"pack.usesparse", "false"}, // a blob moved between directories must be found in the parent's tree
	{"push.followtags", "false"},
	{"push.gpgsign", "false"},
	{"push.negotiate", "false"},
	{"push.recursesubmodules", "no"},
	{"push.pushoption", ""},
	{"protocol.version", "2"},
	{"protocol.ext.allow", "never"},
}

func splitNUL(out []byte) []string {
	text := strings.TrimSuffix(string(out), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}
