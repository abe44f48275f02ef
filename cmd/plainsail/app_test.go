package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

// TestPushWithToken publishes over HTTP with a token, and again without one; the token is in no output.
func TestPushWithToken(t *testing.T) {
	const token = "s3cret-token"
	source := sourceRepo(t)
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	rendered := srv.Init("acme/rendered")
	source.Commit("publish", map[string]string{
		"plainsail.yaml": "apiVersion: plainsail.dev/v1alpha1\nkind: Config\nrendered:\n  repository: " + srv.URL("acme/rendered") + "\n",
	})

	args := []string{"plainsail", "render", "-C", source.Dir, "--push"}
	for _, c := range []struct {
		token string
		code  int
		want  string
	}{
		{"", exitFailed, "access denied"},
		{"wrong-" + token, exitFailed, "access denied"},
		{token, exitOK, "pushed to " + srv.URL("acme/rendered")},
	} {
		code, stdout, stderr := runMain(t.Context(), args, map[string]string{"PLAINSAIL_TOKEN": c.token})
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("with token %q: exit code %d\n%s%s\nwant code %d and %q", c.token, code, stdout, stderr, c.code, c.want)
		}
		if strings.Contains(stdout+stderr, token) {
			t.Errorf("the output has the token:\n%s%s", stdout, stderr)
		}
	}
	if _, ok := rendered.Files("env/prod")["web/configmap-web.yaml"]; !ok {
		t.Error("env/prod lacks web/configmap-web.yaml")
	}
}

// TestInterrupted ends before it has begun: 130, and nothing on stdout.
func TestInterrupted(t *testing.T) {
	source := sourceRepo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"plainsail", "render", "-C", source.Dir},
		{"plainsail", "render", "-C", source.Dir, "--push"},
	} {
		code, stdout, stderr := runMain(ctx, args, nil)
		if code != exitInterrupted || stdout != "" || stderr != "plainsail: error: interrupted\n" {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

// sourceRepo is a source repository with one plain app, and the test's environment made free of the user's git.
func sourceRepo(t *testing.T) *gitrepotest.Repo {
	t.Helper()
	r := gitrepotest.Init(t)
	for _, kv := range r.Env {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	r.Commit("first", map[string]string{
		"environments/prod/web/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n",
	})
	return r
}

func runMain(ctx context.Context, args []string, env map[string]string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = Main(ctx, args, Streams{In: strings.NewReader(""), Out: &out, Err: &err, Env: func(name string) string { return env[name] }})
	return code, out.String(), err.String()
}
