package surfaces

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/testtools"
)

// token is what the action gets as github.token.
const token = "ghs_16charsOfASecretToken"

// workflow runs a consumer's workflow as GitHub would, with act on this
// machine instead of a container.
type workflow struct {
	t      *testing.T
	src    *gitrepotest.Repo
	env    []string
	args   []string
	report string
}

func newWorkflow(t *testing.T, srv *gitrepotest.Server, src *gitrepotest.Repo) *workflow {
	t.Helper()
	home := t.TempDir()
	w := &workflow{t: t, src: src, report: t.TempDir()}
	w.env = environment(gitrepotest.Env(t), []string{"XDG_CONFIG_HOME"},
		"XDG_CACHE_HOME="+filepath.Join(home, "cache"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"))
	w.args = []string{
		"push", "-P", "ubuntu-latest=-self-hosted",
		"--local-repository", "plainsail/plainsail@main=" + action(t),
		// It would listen on all interfaces.
		"--no-cache-server",
		"--env", "GITHUB_SERVER_URL=" + srv.Base(), "--env", "GITHUB_REPOSITORY=acme/shop",
		"--var", "BINARY=" + binary(t), "--var", "REPORT=" + w.report,
		// Hidden secrets in the log would hide that plainsail prints them.
		"-s", "GITHUB_TOKEN=" + token, "--insecure-secrets",
	}
	return w
}

// action is a folder with what the runner downloads of the action.
func action(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"action.yml", ".github/action/run.sh"} {
		write(t, filepath.Join(dir, name), read(t, root(t), name), 0o755)
	}
	return dir
}

// outcome is what the workflow's last step saw.
type outcome struct {
	result
	changed, step string
	commits       map[string]string
}

func (w *workflow) run() outcome {
	w.t.Helper()
	o := outcome{result: run(w.t, w.src.Dir, w.env, testtools.Build(w.t, "act"), w.args...)}
	if _, err := os.Stat(filepath.Join(w.report, "outcome")); err != nil {
		w.t.Fatalf("the workflow did not get to its last step:\n%s", o.all())
	}
	o.changed, o.step = read(w.t, w.report, "changed"), read(w.t, w.report, "outcome")
	if commits := read(w.t, w.report, "commits"); commits != "" {
		if err := json.Unmarshal([]byte(commits), &o.commits); err != nil {
			w.t.Errorf("output commits is %q: %v", commits, err)
		}
	}
	lacks(w.t, "the log", o.all(), token)
	return o
}

func TestActionInWorkflow(t *testing.T) {
	if testing.Short() {
		t.Skip("builds act and plainsail the first time; not in -short")
	}
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	files := source()
	files[".github/workflows/render.yml"] = read(t, "testdata", "consumer.yml")
	src, origin := checkout(t, srv, files)
	w := newWorkflow(t, srv, src)

	// The first run publishes everything.
	got := w.run()
	if got.code != 0 || got.step != "success" || got.changed != "true" {
		t.Fatalf("exit code %d, step %s, changed %q\n%s", got.code, got.step, got.changed, got.all())
	}
	want := map[string]string{"env/dev": origin.Hash("env/dev"), "env/prod": origin.Hash("env/prod")}
	if !maps.Equal(got.commits, want) {
		t.Errorf("output commits %v, the branches are at %v", got.commits, want)
	}
	// act prints the summary of a step into its log.
	contains(t, "the summary", got.all(), "### plainsail render", "| `env/prod` | ", want["env/prod"][:10])
	tree := slices.Sorted(maps.Keys(origin.Files("env/prod")))
	for _, name := range []string{"shop/shop/service-shop.yaml", "web/configmap-web.yaml"} {
		if !slices.Contains(tree, name) {
			t.Errorf("env/prod has no %s: %q", name, tree)
		}
	}
	contains(t, "the commit", origin.Git("log", "-1", "--format=%B", "env/prod"), "Source-Commit: "+src.Hash("HEAD"))

	// The second has nothing to do. actions/checkout left its own credentials
	// in the checkout, as it does unless told otherwise: a request with both
	// would be refused.
	credentials := base64.StdEncoding.EncodeToString([]byte("x-access-token:" + token))
	src.Git("config", "http."+srv.Base()+"/.extraheader", "AUTHORIZATION: basic "+credentials)
	got = w.run()
	if got.code != 0 || got.changed != "false" || len(got.commits) != 0 || got.commits == nil {
		t.Errorf("second run: exit code %d, changed %q, commits %v\n%s", got.code, got.changed, got.commits, got.all())
	}
	if now := origin.Hash("env/prod"); now != want["env/prod"] {
		t.Errorf("the second run moved env/prod from %s to %s", want["env/prod"], now)
	}

	lacks(t, "the log", got.all(), credentials)

	// An app that does not render fails the step beside its file; the others
	// go on.
	src.Commit("break", map[string]string{
		"apps/shop/overlays/prod/kustomization.yaml": "namespace: shop\nresources:\n- missing.yaml\n",
		"environments/dev/web/config.yaml":           config("trace"),
	})
	publish(src, origin)
	got = w.run()
	if got.code == 0 || got.step != "failure" || got.changed != "true" {
		t.Errorf("with a broken app: exit code %d, step %s, changed %q\n%s", got.code, got.step, got.changed, got.all())
	}
	contains(t, "the log", got.all(), "::error file=apps/shop/overlays/prod/kustomization.yaml,line=3")
	contains(t, "the summary", got.all(), "**failed**: shop in prod")
	if !maps.Equal(got.commits, map[string]string{"env/dev": origin.Hash("env/dev")}) {
		t.Errorf("with a broken app: commits %v", got.commits)
	}
	contains(t, "env/dev", origin.Files("env/dev")["web/configmap-web.yaml"], "trace")
	contains(t, "env/prod, the last good output", strings.Join(slices.Collect(maps.Keys(origin.Files("env/prod"))), " "), "service-shop.yaml")

	// A wrong token is an error and no question, and is not printed.
	wrong := *w
	wrong.args = slices.Clone(w.args)
	wrong.args[slices.Index(wrong.args, "GITHUB_TOKEN="+token)] = "GITHUB_TOKEN=ghs_wrongButSecretToken"
	before := origin.Git("for-each-ref")
	got = wrong.run()
	if got.code == 0 || got.step != "failure" || got.changed == "true" {
		t.Errorf("with a wrong token: exit code %d, step %s, changed %q\n%s", got.code, got.step, got.changed, got.all())
	}
	contains(t, "the log", got.all(), "::error")
	lacks(t, "the log", got.all(), "ghs_wrongButSecretToken")
	if after := origin.Git("for-each-ref"); after != before {
		t.Errorf("a wrong token changed refs:\n%s\nwas\n%s", after, before)
	}
}
