package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

func TestBlobHash(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{SHA1, SHA256} {
		repo := gitrepotest.InitBare(t, "--object-format="+string(format))
		repo.Write("f", "some\x00data\r\n")
		want := repo.Git("hash-object", "--no-filters", "f")
		if got := BlobHash(format, []byte("some\x00data\r\n")); string(got) != want || got.Format() != format {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "a/b.yaml", ".gitignore", "git", "a/.github/x", "...", "-rf", "a b", "ä/\n", "x.git", ".git-", "git~2", "*"} {
		if err := CheckPath(good); err != nil {
			t.Errorf("CheckPath(%q): %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\x00b", `a\b`, `..\x`,
		".git", "a/.git/config", ".GIT", ".gIt/x", ".git.", ".git ", ".git. . ", "git~1", "GIT~1/x", ".git::$INDEX_ALLOCATION/x", ".git:x",
		".g\u200cit", "\ufeff.git", ".git\u206f/hooks/x",
	} {
		err := CheckPath(bad)
		var pathErr *PathError
		if !errors.As(err, &pathErr) || pathErr.Path != bad {
			t.Errorf("CheckPath(%q) = %v", bad, err)
		}
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b", "../a", ".git/x", "a//b", ".g\u200cit"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if CheckPath(p) != nil {
			return
		}
		if path.Clean(p) != p || path.IsAbs(p) || strings.HasPrefix(p, "../") || p == ".." {
			t.Errorf("%q is not clean", p)
		}
		for seg := range strings.SplitSeq(strings.ToLower(p), "/") {
			if strings.TrimRight(seg, " .") == ".git" {
				t.Errorf("%q holds .git", p)
			}
		}
		if strings.ContainsRune(p, 0) {
			t.Errorf("%q holds NUL", p)
		}
	})
}

// CheckRef and git agree.
func TestCheckRef(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"refs/heads/main", "refs/heads/env/prod-eu", "refs/notes/hydrator.metadata", "refs/heads/ä", "refs/x", "refs/heads/a.b", "refs/heads/@", "refs/heads/-x",
		"refs/heads/a..b", "refs/heads/.a", "refs/heads/a/.b", "refs/heads/a.lock", "refs/heads/a.lock/b", "refs/heads/a b", "refs/heads/a~1", "refs/heads/a^",
		"refs/heads/a:b", "refs/heads/a?", "refs/heads/a*", "refs/heads/[a", `refs/heads/a\b`, "refs/heads/", "refs//a", "refs/heads/a.", "refs/heads/a@{b", "refs/heads/a\x7f", "refs/heads/a\nb",
	} {
		want := exec.Command("git", "check-ref-format", name).Run() == nil
		if got := CheckRef(name) == nil; got != want {
			t.Errorf("CheckRef(%q) = %t, git says %t", name, got, want)
		}
	}
	for _, name := range []string{"", "main", "HEAD", "-x", "--all", "heads/main"} {
		if CheckRef(name) == nil {
			t.Errorf("CheckRef(%q) is not full, and passed", name)
		}
	}
}

func TestMatchPattern(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, ref string
		want         bool
	}{
		{"refs/heads/a", "refs/heads/a", true},
		{"refs/heads/a", "refs/x/refs/heads/a", false},
		{"refs/heads/env/*", "refs/heads/env/a/b", true},
		{"refs/heads/env/*", "refs/heads/environment", false},
		{"refs/*/a", "refs/heads/a", true},
		{"refs/*/a", "refs/a", false},
		{"refs/a*b*c", "refs/axbxc", true},
		{"refs/a*b*c", "refs/axc", false},
	} {
		if got := matchPattern(test.pattern, test.ref); got != test.want {
			t.Errorf("matchPattern(%q, %q) = %t", test.pattern, test.ref, got)
		}
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for raw, local := range map[string]string{
		"https://github.com/a/b":      "",
		"https://user:pw@host:8443/x": "",
		"http://[::1]:80/x":           "",
		"ssh://git@host/x.git":        "",
		"git://host/x":                "",
		"git@github.com:a/b.git":      "",
		"host:path":                   "",
		"file:///srv/r.git":           "/srv/r.git",
		"/srv/r.git/":                 "/srv/r.git",
		"../r.git":                    "/base/r.git",
		"r.git":                       "/base/here/r.git",
		"./a:b":                       "/base/here/a:b",
		"sub/a:b":                     "/base/here/sub/a:b",
	} {
		u, err := parseURL(raw, "/base/here")
		if err != nil || u.local != local {
			t.Errorf("parseURL(%q) = %+v, %v, want local %q", raw, u, err, local)
		}
	}
	for _, raw := range []string{
		"", "-x", "--upload-pack=evil", "ext::sh -c id", "ext::x", "fd::3", "transport::https://x", "https://", "https:///x", "ftp://host/x", "javascript://x",
		"ssh://-oProxyCommand=id/x", "ssh://-oX@host/x", "https://host/\nx", "https://ho st/", "a\x00b",
	} {
		if u, err := parseURL(raw, "/base"); err == nil {
			t.Errorf("parseURL(%q) = %+v", raw, u)
		}
	}
	_, err := parseURL("ftp://me:s3cr3t-pw@host/x", "/")
	if err == nil || strings.Contains(err.Error(), "s3cr3t-pw") {
		t.Errorf("error = %v", err)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	m := newMasker("to/ken+1")
	m.addHeader("AUTHORIZATION: basic " + basic("user", "pass word"))
	m.addHeader("X-Trace: harmless")
	u, err := parseURL("https://bob:hunter22@host/x", "/")
	if err != nil {
		t.Fatal(err)
	}
	m.addURL(u)
	for in, want := range map[string]string{
		"fatal: unable to access 'https://a:b@host/x'":    "fatal: unable to access 'https://***@host/x'",
		"to/ken+1 to%2Fken%2B1":                           "*** ***",
		"> Authorization: Bearer abcdef\nnext":            "> Authorization: ***\nnext",
		"basic " + basic("user", "pass word") + " failed": "basic *** failed",
		"pass word": "***",
		"hunter22":  "***",
		"harmless, git@host:x and https://host/a@b.example": "harmless, git@host:x and https://host/a@b.example",
	} {
		if got := m.mask(in); got != want {
			t.Errorf("mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	env := gitEnv([]string{
		"HOME=/h", "GIT_DIR=/x", "GIT_INDEX_FILE=/x/index", "GIT_QUARANTINE_PATH=q", "GIT_TRACE_CURL=1", "GIT_TRACE_REDACT=0",
		"GIT_TERMINAL_PROMPT=1", "LC_ALL=de_DE", "GIT_SSH_COMMAND=ssh -i key", "GIT_CONFIG_COUNT=0",
	})
	got := strings.Join(env, "\n")
	for _, gone := range []string{"GIT_DIR=", "GIT_INDEX_FILE=", "GIT_QUARANTINE_PATH=", "GIT_TRACE", "PROMPT=1", "de_DE"} {
		if strings.Contains(got, gone) {
			t.Errorf("%s is still there", gone)
		}
	}
	for _, kept := range []string{"HOME=/h", "GIT_SSH_COMMAND=ssh -i key", "GIT_CONFIG_COUNT=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"} {
		if !slices.Contains(env, kept) {
			t.Errorf("%s is not there", kept)
		}
	}
	if strings.Contains(strings.Join(withoutConfig(env), "\n"), "GIT_CONFIG_COUNT") {
		t.Error("configuration is still there")
	}
}

func TestForwardedFamilies(t *testing.T) {
	t.Parallel()
	base := settings{{"http.proxy", "p"}, {"user.name", "global"}}
	all := append(slices.Clone(base), settings{
		{"user.name", "local"}, {"http.https://x/.extraheader", "h"}, {"core.sshcommand", "ssh"}, {"credential.helper", ""},
		{"core.hookspath", "/evil"}, {"alias.fetch", "!x"}, {"remote.origin.url", "u"}, {"safe.directory", "*"}, {"httpx.y", "z"},
	}...)
	want := settings{{"user.name", "local"}, {"http.https://x/.extraheader", "h"}, {"core.sshcommand", "ssh"}, {"credential.helper", ""}}
	if got := all.beyond(base); !slices.Equal(got, want) {
		t.Errorf("beyond = %v, want %v", got, want)
	}
}

func TestCommandError(t *testing.T) {
	t.Parallel()
	git := runner{dir: t.TempDir(), env: gitEnv(gitrepotest.Env(t)), mask: newMasker("s3cr3t-pw")}
	_, err := git.run(t.Context(), "rev-parse", "--verify", "a s3cr3t-pw")
	ce, ok := asCommand(err)
	if !ok || ce.ExitCode != 128 || !strings.Contains(ce.Stderr, "not a git repository") || !strings.HasPrefix(err.Error(), `git rev-parse --verify "a ***": exit status 128: fatal: `) {
		t.Errorf("error = %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := git.run(ctx, "version"); !errors.Is(err, cause) {
		t.Errorf("error = %v", err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for out, good := range map[string]bool{
		"git version 2.39.5": true, "git version 2.51.0.windows.1": true, "git version 3.0.0": true, "git version 2.40": true,
		"git version 2.25.1": false, "git version 1.99.0": false, "git version built-from-source": true,
	} {
		if err := newEnough(out); (err == nil) != good {
			t.Errorf("newEnough(%q) = %v", out, err)
		}
	}
}

func TestParseCommit(t *testing.T) {
	t.Parallel()
	h := strings.Repeat("ab", 20)
	raw := "tree " + h + "\nparent " + h + "\nparent " + h + "\nauthor J\xf6rg <j@x> 1700000000 +0130\ncommitter <> nonsense\nencoding ISO-8859-1\ngpgsig -----BEGIN\n tree evil\n\n gr\xfc\xdfe\n\nbody\n"
	c, err := parseCommit("x", []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2023, 11, 14, 23, 43, 20, 0, time.FixedZone("", 90*60))
	if c.Author.Name != "Jörg" || !c.Author.When.Equal(when) || c.Author.When.Format("-0700") != "+0130" || len(c.Parents) != 2 || c.Message != " grüße\n\nbody\n" || c.Subject() != "grüße" || c.Body() != "body" {
		t.Errorf("commit = %+v", c)
	}
	if !c.Committer.When.IsZero() {
		t.Errorf("committer = %+v", c.Committer)
	}
	if _, err := parseCommit("x", []byte("tree x\n\n")); err == nil {
		t.Error("a damaged commit was read")
	}
}

func FuzzParseTree(f *testing.F) {
	h := strings.Repeat("0a", 20)
	f.Add([]byte("100644 blob " + h + "\ta/b\x00120000 blob " + h + "\tx\ty\n\x00"))
	f.Add([]byte("100644 blob x\ta"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseTree(data)
		if err != nil {
			if entries != nil {
				t.Error("entries and an error")
			}
			return
		}
		var b bytes.Buffer
		for _, e := range entries {
			kind := "blob"
			fmt.Fprintf(&b, "%s %s %s\t%s\x00", e.Mode, kind, e.Hash, e.Path)
		}
		again, err := parseTree(b.Bytes())
		if err != nil || !slices.Equal(again, entries) {
			t.Errorf("%q does not come back: %v, %v", data, again, err)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(" M a\x00?? b c\x00R  new\x00old\x00"))
	f.Add([]byte("R  x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		paths, err := parseStatus(data)
		if err != nil && paths != nil {
			t.Error("paths and an error")
		}
		if !slices.IsSorted(paths) {
			t.Errorf("not sorted: %q", paths)
		}
		for _, p := range paths {
			if !bytes.Contains(data, []byte(p)) {
				t.Errorf("%q is not in %q", p, data)
			}
		}
	})
}

func FuzzParseBatch(f *testing.F) {
	f.Add([]byte("0a blob 3\nabc\nx missing\n"))
	f.Add([]byte("0a blob 3\nab"))
	f.Fuzz(func(t *testing.T, data []byte) {
		objects, err := parseBatch([]string{"a", "x"}, data)
		if err == nil && len(objects) != 2 {
			t.Errorf("%d objects", len(objects))
		}
		for _, o := range objects {
			if !bytes.Contains(data, o.data) {
				t.Errorf("%q is not in %q", o.data, data)
			}
		}
	})
}
