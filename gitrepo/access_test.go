package gitrepo

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

const token = "ghs_0123456789secret"

func basic(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}

// noSecret fails if an error gives a credential away in any form.
func noSecret(t *testing.T, err error) {
	t.Helper()
	text := fmt.Sprintf("%v\n%+v\n%#v", err, err, err)
	if ce, ok := asCommand(err); ok {
		text += fmt.Sprintf("%q %s %s", ce.Args, ce.Stdout, ce.Stderr)
	}
	for _, secret := range []string{token, basic("x-access-token", token), basic("me", token), "s3cr3t-pw", "s3cr3t%2Dpw"} {
		if strings.Contains(text, secret) {
			t.Errorf("error holds %q: %s", secret, text)
		}
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	srv.Init("r")
	withUser := strings.Replace(srv.URL("r"), "http://", "http://me:s3cr3t-pw@", 1)
	for name, test := range map[string]struct {
		url   string
		opts  RemoteOptions
		tried string
	}{
		"nothing":     {srv.URL("r"), RemoteOptions{}, "no credentials (none are configured)"},
		"wrong token": {srv.URL("r"), RemoteOptions{Token: "s3cr3t-pw"}, "the given token as user x-access-token"},
		"wrong user":  {srv.URL("r"), RemoteOptions{Token: "s3cr3t-pw", Username: "me"}, "the given token as user me"},
		"in the URL":  {withUser, RemoteOptions{}, "the credentials in the address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, test.url, test.opts)
			_, err := r.Fetch(t.Context(), prod)
			var denied *AuthError
			if !errors.As(err, &denied) {
				t.Fatalf("error = %v", err)
			}
			if denied.Tried != test.tried || !strings.Contains(denied.Hint(), "token") {
				t.Errorf("error = %v, hint %q", err, denied.Hint())
			}
			noSecret(t, err)
		})
	}
}

func TestTokenStaysWithItsHost(t *testing.T) {
	t.Parallel()
	evil := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	evil.Init("r")
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, evil.Base()+req.URL.String(), http.StatusMovedPermanently)
	}))
	defer redirect.Close()

	// A server that redirects.
	r := open(t, redirect.URL+"/r.git", RemoteOptions{Token: token})
	_, err := r.Refs(t.Context())
	if err == nil || !strings.Contains(err.Error(), "redirects to another address") {
		t.Errorf("redirected: %v", err)
	}
	noSecret(t, err)

	// A push address elsewhere.
	src := gitrepotest.Init(t)
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	srv.Init("r")
	src.Git("config", "url."+evil.Base()+"/.pushInsteadOf", srv.Base()+"/")
	r = open(t, srv.URL("r"), RemoteOptions{Token: token, Source: openSource(t, src, SourceOptions{})})
	mustPublish(t, r, prod, map[string]string{"a": "1"})
	asked := evil.Requests()
	if len(asked) == 0 {
		t.Error("nothing was pushed to the other address")
	}
	for _, req := range asked {
		if len(req.Authorization) > 0 {
			t.Errorf("another host got %+v", req)
		}
	}

	// Plain http beyond this machine.
	for url, sent := range map[string]bool{
		"https://git.example.com/r": true, "http://git.example.com/r": false, "http://localhost:1/r": true, "http://[::1]/r": true,
		"ssh://git.example.com/r": false, "git.example.com:r": false, "/srv/r": false,
	} {
		r := open(t, url, RemoteOptions{Token: token})
		if got := strings.Contains(strings.Join(r.scratch.git.env, "\n"), basic("x-access-token", token)); got != sent {
			t.Errorf("%s: token sent = %t, want %t", url, got, sent)
		}
	}
}

func TestConfigurationOfTheSource(t *testing.T) {
	t.Parallel()
	header := "AUTHORIZATION: basic " + basic("x-access-token", token)
	for name, prepare := range map[string]func(*gitrepotest.Server, *gitrepotest.Repo) SourceOptions{
		"extraheader as actions/checkout sets it": func(srv *gitrepotest.Server, src *gitrepotest.Repo) SourceOptions {
			src.Git("config", "--local", "http."+srv.Base()+"/.extraheader", header)
			return SourceOptions{}
		},
		"extraheader in an included file": func(srv *gitrepotest.Server, src *gitrepotest.Repo) SourceOptions {
			file := filepath.Join(src.Dir, ".git", "credentials.config")
			src.Git("config", "--file", file, "http."+srv.Base()+"/.extraheader", header)
			src.Git("config", "--local", "includeIf.gitdir:"+src.Git("rev-parse", "--absolute-git-dir")+".path", file)
			return SourceOptions{}
		},
		"global extraheader": func(srv *gitrepotest.Server, src *gitrepotest.Repo) SourceOptions {
			src.Git("config", "--global", "http."+srv.Base()+"/.extraheader", header)
			return SourceOptions{}
		},
		"variables": func(srv *gitrepotest.Server, src *gitrepotest.Repo) SourceOptions {
			return SourceOptions{Env: append(src.Env, configEnv(settings{{"http." + srv.Base() + "/.extraheader", header}})...)}
		},
		"helper": func(srv *gitrepotest.Server, src *gitrepotest.Repo) SourceOptions {
			src.Git("config", "credential.helper", "!f() { echo username=me; echo password="+token+"; }; f")
			return SourceOptions{}
		},
		"insteadOf with userinfo": func(srv *gitrepotest.Server, src *gitrepotest.Repo) SourceOptions {
			src.Git("config", "url."+strings.Replace(srv.Base(), "//", "//me:"+token+"@", 1)+"/.insteadOf", srv.Base()+"/")
			return SourceOptions{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
			bare := srv.Init("r")
			src := gitrepotest.Init(t)
			src.Commit("one", map[string]string{"f": "1"})
			source := openSource(t, src, prepare(srv, src))
			before := src.Snapshot()
			r := open(t, srv.URL("r"), RemoteOptions{Source: source})
			mustPublish(t, r, prod, map[string]string{"a": "1"})
			sameFiles(t, bare.Files(prod), map[string]string{"a": "1"})
			if after := src.Snapshot(); after != before {
				t.Error("the checkout changed")
			}

			// A token given besides replaces it: two headers are refused.
			r = open(t, srv.URL("r"), RemoteOptions{Source: source, Token: token})
			mustPublish(t, r, prod, map[string]string{"b": "1"})

			// What is wrong with it is said without saying it.
			bare.Hook("pre-receive", "echo Authorization: Basic "+basic("x-access-token", token)+" "+token+" >&2; exit 1")
			_, err := publish(t.Context(), r, prod, map[string]string{"c": "1"})
			noSecret(t, err)
			r = open(t, srv.URL("gone"), RemoteOptions{Source: source})
			_, err = r.Refs(t.Context())
			if err == nil {
				t.Error("a repository that does not exist has refs")
			}
			noSecret(t, err)
		})
	}
}

func TestPublishFromShallowCloneOverHTTP(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	bare := srv.Init("app")
	author := gitrepotest.Init(t)
	history := history(t, author)
	author.Git("-c", "http.extraheader=Authorization: Basic "+basic("x", token), "push", "--quiet", srv.URL("app"), "main")

	clone := gitrepotest.Clone(t, srv.URL("app"), "--depth=1", "--config", "http."+srv.Base()+"/.extraheader=Authorization: Basic "+basic("x", token))
	before := clone.Snapshot()
	source := openSource(t, clone, SourceOptions{})
	url, ok, err := source.RemoteURL(t.Context(), "origin")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	r := open(t, url, RemoteOptions{Source: source})
	mustPublish(t, r, prod, map[string]string{"a": "1"})
	if rel, err := source.Relation(t.Context(), history["root"], history["c"]); err != nil || rel != Ancestor {
		t.Errorf("Relation = %s, %v", rel, err)
	}
	if after := clone.Snapshot(); after != before {
		t.Errorf("the checkout changed:\n%s\n%s", before, after)
	}
	sameFiles(t, bare.Files(prod), map[string]string{"a": "1"})
	bare.Git("fsck", "--strict")
}

// A token of the options also reaches the origin for Relation.
func TestRelationWithToken(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	srv.Init("app")
	full := gitrepotest.Init(t)
	h := history(t, full)
	auth := "http.extraheader=Authorization: Basic " + basic("x", token)
	full.Git("-c", auth, "push", "--quiet", srv.URL("app"), "main")
	clone := gitrepotest.Init(t)
	clone.Git("-c", auth, "fetch", "--quiet", "--depth=1", srv.URL("app"), "main")
	clone.Git("checkout", "--quiet", "FETCH_HEAD")
	clone.Git("remote", "add", "origin", srv.URL("app"))

	if rel, err := openSource(t, clone, SourceOptions{Token: token}).Relation(t.Context(), h["a"], h["c"]); err != nil || rel != Ancestor {
		t.Errorf("Relation = %s, %v", rel, err)
	}
	var denied *AuthError
	if _, err := openSource(t, clone, SourceOptions{}).Relation(t.Context(), h["a"], h["c"]); !errors.As(err, &denied) {
		t.Errorf("without a token: %v", err)
	}
}

func TestSigning(t *testing.T) {
	t.Parallel()
	src := gitrepotest.Init(t)
	src.Commit("one", map[string]string{"f": "1"})
	// A program in the place of gpg: it shows that git was told to sign, and how.
	gpg := filepath.Join(t.TempDir(), "gpg")
	script := "#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n" +
		"echo '-----BEGIN PGP SIGNATURE-----'; echo; echo \"$@\"; echo '-----END PGP SIGNATURE-----'\n"
	if err := os.WriteFile(gpg, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	src.Git("config", "commit.gpgSign", "true")
	src.Git("config", "gpg.program", gpg)
	src.Git("config", "user.signingKey", "KEY1")
	bare := gitrepotest.InitBare(t)
	r := open(t, bare.Dir, RemoteOptions{Source: openSource(t, src, SourceOptions{})})
	h := mustPublish(t, r, prod, map[string]string{"a": "1"})
	if raw := bare.Git("cat-file", "commit", string(h)); !strings.Contains(raw, "gpgsig -----BEGIN PGP SIGNATURE-----") || !strings.Contains(raw, "KEY1") {
		t.Errorf("commit is not signed:\n%s", raw)
	}
	if c, err := r.Commit(t.Context(), h); err != nil || c.Message != "render\n" {
		t.Errorf("Commit = %+v, %v", c, err)
	}
	src.Git("config", "gpg.program", "/bin/false")
	r = open(t, bare.Dir, RemoteOptions{Source: openSource(t, src, SourceOptions{})})
	if _, err := publish(t.Context(), r, prod, map[string]string{"a": "2"}); err == nil {
		t.Error("an unsigned commit was written")
	}
}

func TestCancelEndsEverythingThatGitStarted(t *testing.T) {
	t.Parallel()
	src := gitrepotest.Init(t)
	dir := t.TempDir()
	started, ended := filepath.Join(dir, "started"), filepath.Join(dir, "ended")
	// Stands for an ssh that hangs; it leaves a trace when it is told to end.
	script := fmt.Sprintf("#!/bin/sh\ntrap 'touch %s; exit 1' TERM\ntouch %s\nwhile :; do sleep 0.02; done\n", ended, started)
	ssh := filepath.Join(dir, "ssh")
	if err := os.WriteFile(ssh, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	src.Git("config", "core.sshCommand", ssh)
	r := open(t, "ssh://git@git.example.com/r.git", RemoteOptions{Source: openSource(t, src, SourceOptions{})})

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := r.Refs(ctx)
		done <- err
	}()
	waitFor(t, started)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	waitFor(t, ended)
}

// waitFor waits for a file that another process makes.
func waitFor(t *testing.T, path string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for range time.Tick(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not appear", path)
		}
	}
}
