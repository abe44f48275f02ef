package gitrepo

import (
	"fmt"
	"strings"
	"time"
)

// Signature is who did something, and when.
type Signature struct {
	Name  string
	Email string
	When  time.Time
}

// Fallback is the committer where git knows of none, as on most CI runners.
var Fallback = Signature{Name: "plainsail", Email: "plainsail@noreply.invalid"}

// committer returns the identity that git is configured with. git would make
// one up from the host's name; a rendered commit must not depend on the host.
func committer(env []string, config settings) Signature {
	first := func(values ...string) string {
		for _, v := range values {
			if v = clean(v); v != "" {
				return v
			}
		}
		return ""
	}
	name := first(lookupEnv(env, "GIT_COMMITTER_NAME"), config.get("committer.name"), config.get("user.name"))
	email := first(lookupEnv(env, "GIT_COMMITTER_EMAIL"), config.get("committer.email"), config.get("user.email"), lookupEnv(env, "EMAIL"))
	if name == "" || email == "" {
		return Fallback
	}
	return Signature{Name: name, Email: email}
}

// clean removes what cannot stand in the header of a commit.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == '<' || r == '>' || r == 0x7f {
			return -1
		}
		return r
	}, s))
}

// env passes the identity to git. role is AUTHOR or COMMITTER.
func (s Signature) env(role string) []string {
	out := []string{
		"GIT_" + role + "_NAME=" + clean(s.Name),
		"GIT_" + role + "_EMAIL=" + clean(s.Email),
	}
	if !s.When.IsZero() {
		out = append(out, "GIT_"+role+"_DATE="+rawDate(s.When))
	}
	return out
}

// rawDate is git's own form of a date, which it never has to guess.
func rawDate(t time.Time) string {
	return fmt.Sprintf("@%d %s", t.Unix(), t.Format("-0700"))
}
