package surfaces

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/testtools"
)

// timeout bounds each program that a test runs. The slowest compiles
// plainsail and all that it links.
const timeout = 15 * time.Minute

var shared struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// binary returns a static plainsail, built once for all tests as a release is.
func binary(t *testing.T) string {
	t.Helper()
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "plainsail-surfaces-"); shared.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(shared.dir, "plainsail"), "./cmd/plainsail")
		cmd.Dir = root(t)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			shared.err = errors.New(string(out))
		}
	})
	if shared.err != nil {
		t.Fatalf("building plainsail: %v", shared.err)
	}
	return filepath.Join(shared.dir, "plainsail")
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := testtools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// result is what a program said.
type result struct {
	stdout, stderr string
	code           int
}

func (r result) all() string { return r.stdout + r.stderr }

// run runs a program with exactly this environment, to any end but a crash.
func run(t *testing.T, dir string, env []string, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// Children that outlive a killed program would keep the pipes open.
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || r.code < 0) {
		t.Fatalf("%s: %v\n%s", cmd, err, r.all())
	}
	return r
}

// must is run for a program that has to succeed.
func must(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	r := run(t, dir, env, name, args...)
	if r.code != 0 {
		t.Fatalf("%s %s ended with %d\n%s", name, strings.Join(args, " "), r.code, r.all())
	}
	return r.stdout
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, data string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), mode); err != nil {
		t.Fatal(err)
	}
}

func contains(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, text)
		}
	}
}

func lacks(t *testing.T, what, text string, unwanted ...string) {
	t.Helper()
	for _, s := range unwanted {
		if strings.Contains(text, s) {
			t.Errorf("%s has %q:\n%s", what, s, text)
		}
	}
}

// config is a ConfigMap of plain YAML.
func config(level string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  level: " + level + "\n"
}

// source are the files of a small source repository: one app in two
// environments, one of kustomize in one.
func source() map[string]string {
	return map[string]string{
		"environments/dev/web/config.yaml":           config("debug"),
		"environments/prod/web/config.yaml":          config("info"),
		"apps/shop/overlays/prod/kustomization.yaml": "namespace: shop\nresources:\n- service.yaml\n",
		"apps/shop/overlays/prod/service.yaml":       "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  ports:\n  - port: 80\n",
	}
}

// checkout is a source repository whose origin is on the server.
func checkout(t *testing.T, srv *gitrepotest.Server, files map[string]string) (src, origin *gitrepotest.Repo) {
	t.Helper()
	origin = srv.Init("acme/shop")
	src = gitrepotest.Init(t)
	src.Commit("first", files)
	src.Git("remote", "add", "origin", srv.URL("acme/shop"))
	publish(src, origin)
	return src, origin
}

// publish pushes main past the server, which wants a token.
func publish(src, origin *gitrepotest.Repo) {
	src.Git("push", "--quiet", origin.Dir, "HEAD:refs/heads/main")
}

// environment returns env without the named variables, and with more.
func environment(env []string, drop []string, more ...string) []string {
	var out []string
next:
	for _, kv := range env {
		for _, name := range drop {
			if strings.HasPrefix(kv, name+"=") {
				continue next
			}
		}
		out = append(out, kv)
	}
	return append(out, more...)
}
