package publish

import (
	"strings"
	"testing"
)

func TestRepositoryName(t *testing.T) {
	t.Parallel()
	const hub = "https://github.com/acme/apps"
	for address, want := range map[string]string{
		"https://github.com/acme/apps":                       hub,
		"https://github.com/acme/apps.git":                   hub,
		"https://github.com/acme/apps.git/":                  hub,
		"https://GitHub.com/acme/apps.git?token=s3cret#frag": hub,
		"https://rosa:s3cret@github.com/acme/apps.git":       hub,
		"https://s3cret@github.com/acme/apps":                hub,
		"git@github.com:acme/apps.git":                       hub,
		"github.com:/acme/apps.git":                          hub,
		"ssh://git@github.com/acme/apps.git":                 hub,
		"ssh://git@github.com:2222/acme/apps":                hub,
		"https://rosa:s3/cret@github.com/acme/apps.git":      hub, // no URL by the rules, and still no password in a commit
		"https://rosa:s3%zzcret@github.com/acme/apps":        hub,
		"https://example.com:8443/a b.git":                   "https://example.com:8443/a%20b",
		"http://127.0.0.1:80/x.git":                          "http://127.0.0.1:80/x",
		"file:///srv/git/apps.git":                           "file:///srv/git/apps",
		"/srv/git/apps.git":                                  "/srv/git/apps",
		"../apps":                                            "../apps",
		"apps":                                               "apps",
		"":                                                   "",
	} {
		if got := RepositoryName(address); got != want {
			t.Errorf("RepositoryName(%q) = %q, want %q", address, got, want)
		}
	}
}

func FuzzRepositoryName(f *testing.F) {
	for _, s := range []string{"https://u:p@h/p.git", "git@h:p.git", "ssh://git@h:22/p", "/a/b.git/", "https://u:p@h/.git.git", "a:b", "x://%zz@h", "https://h/%2fx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		once := RepositoryName(address)
		if strings.ContainsAny(once, "\n\r\x00") {
			t.Fatalf("RepositoryName(%q) = %q: more than a line", address, once)
		}
		if authority, _, _ := strings.Cut(strings.TrimPrefix(once, "https://"), "/"); strings.HasPrefix(once, "https://") && strings.Contains(authority, "@") {
			t.Fatalf("RepositoryName(%q) = %q: with credentials", address, once)
		}
		if twice := RepositoryName(once); twice != once {
			t.Fatalf("RepositoryName(%q) = %q, and of that %q", address, once, twice)
		}
	})
}
