package testtools

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestBuild builds every tool and asks it for its version. `make tools` runs
// it by name to fill the cache before tests with a deadline begin.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("builds large programs the first time; not in -short")
	}
	tests := map[string]struct {
		args []string
		want string
	}{
		"act":        {[]string{"--version"}, "act version"},
		"actionlint": {[]string{"-version"}, pinned(t, "actionlint", "github.com/rhysd/actionlint")},
		"kustomize":  {[]string{"version"}, pinned(t, "kustomize", "sigs.k8s.io/kustomize/kustomize/v5")},
		"helm":       {[]string{"version", "--short"}, pinned(t, "helm", "helm.sh/helm/v3")},
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			tt, ok := tests[name]
			if !ok {
				t.Fatalf("no version check for %s: add one", name)
			}
			path := Build(t, name)
			if again := Build(t, name); again != path {
				t.Errorf("second Build gave %s, first %s", again, path)
			}
			if got := output(t, path, tt.args...); !strings.Contains(got, tt.want) {
				t.Errorf("%s %s printed %q, want it to contain %q", name, strings.Join(tt.args, " "), got, tt.want)
			}
		})
	}
}

// A referee that answers differently from the released binary would make us
// copy its mistakes.
func TestHelmAnswersAsReleased(t *testing.T) {
	if testing.Short() {
		t.Skip("builds helm the first time; not in -short")
	}
	clientGo := pinned(t, "helm", "k8s.io/client-go")
	minor := strings.Split(clientGo, ".")[1]
	want := "v1." + minor + ".0"

	chart := t.TempDir()
	write(t, filepath.Join(chart, "Chart.yaml"), "apiVersion: v2\nname: probe\nversion: 0.1.0\n")
	write(t, filepath.Join(chart, "templates", "out.yaml"),
		"kube: {{ .Capabilities.KubeVersion }}\nminor: {{ .Capabilities.KubeVersion.Minor | quote }}\nhelm: {{ .Capabilities.HelmVersion.Version }}\n")
	got := output(t, Build(t, "helm"), "template", "probe", chart)
	for _, line := range []string{
		"kube: " + want,
		fmt.Sprintf("minor: %q", minor),
		"helm: " + pinned(t, "helm", "helm.sh/helm/v3"),
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("helm template printed\n%s\nwant the line %q (client-go %s)", got, line, clientGo)
		}
	}
}

// The manager label of a rendered object holds the version, so the referee
// has to say the same one as the library in the main module.
func TestKustomizeMatchesMainModule(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, mod := range []string{"sigs.k8s.io/kustomize/api", "sigs.k8s.io/kustomize/kyaml"} {
		if got, want := pinned(t, "kustomize", mod), versionIn(t, filepath.Join(root, "go.mod"), mod); got != want {
			t.Errorf("testdata/tools/kustomize has %s %s, the main module %s: bump them together", mod, got, want)
		}
	}
	if got, want := pinned(t, "helm", "helm.sh/helm/v3"), versionIn(t, filepath.Join(root, "go.mod"), "helm.sh/helm/v3"); got != want {
		t.Errorf("testdata/tools/helm has %s, the main module %s: bump them together", got, want)
	}
}

func TestBuildOnceForManyCallers(t *testing.T) {
	cache, dir := t.TempDir(), tinyModule(t, "package main\n\nfunc main() { println(\"hi\") }\n")
	tl := tool{pkg: "example.test/tiny"}
	paths := make([]string, 8)
	errs := make([]error, len(paths))
	var wg sync.WaitGroup
	for i := range paths {
		wg.Go(func() { paths[i], errs[i] = build(t.Context(), cache, dir, "tiny", tl) })
	}
	wg.Wait()
	for i := range paths {
		if errs[i] != nil {
			t.Fatalf("caller %d: %v", i, errs[i])
		}
		if paths[i] != paths[0] {
			t.Errorf("caller %d got %s, caller 0 %s", i, paths[i], paths[0])
		}
	}
	if got := output(t, paths[0]); got != "hi\n" {
		t.Errorf("program printed %q", got)
	}

	// Nothing but the program and the lock is left.
	left, err := filepath.Glob(filepath.Join(filepath.Dir(paths[0]), ".build-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("scratch folders left: %v, %v", left, err)
	}

	// The cached program is used as it is: breaking the build shows that
	// nothing is built again.
	if err := os.Remove(filepath.Join(dir, "main.go")); err != nil {
		t.Fatal(err)
	}
	if _, err := build(t.Context(), cache, dir, "tiny", tl); err != nil {
		t.Errorf("cached program was not used: %v", err)
	}
}

// Separate processes race as separate packages' tests do.
func TestBuildInManyProcesses(t *testing.T) {
	if os.Getenv("TESTTOOLS_CHILD") != "" {
		path, err := build(t.Context(), os.Getenv("TESTTOOLS_CACHE"), os.Getenv("TESTTOOLS_CHILD"), "tiny", tool{pkg: "example.test/tiny"})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("built", path)
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cache, dir := t.TempDir(), tinyModule(t, "package main\n\nfunc main() {}\n")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			cmd := exec.Command(exe, "-test.run=^TestBuildInManyProcesses$")
			cmd.Env = append(os.Environ(), "TESTTOOLS_CHILD="+dir, "TESTTOOLS_CACHE="+cache)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "built "+cache) {
				t.Errorf("process %d: %v\n%s", i, err, out)
			}
		})
	}
	wg.Wait()
	if got, err := filepath.Glob(filepath.Join(cache, "*", "tiny*")); err != nil || len(got) != 1 {
		t.Errorf("programs in the cache: %v, %v; want one", got, err)
	}
}

func TestBuildSaysWhyItFailed(t *testing.T) {
	cache, dir := t.TempDir(), tinyModule(t, "package main\n\nfunc main() { missing() }\n")
	_, err := build(t.Context(), cache, dir, "tiny", tool{pkg: "example.test/tiny"})
	if err == nil || !strings.Contains(err.Error(), "undefined: missing") {
		t.Errorf("got %v, want the compiler's message", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*", "tiny*")); len(left) != 0 {
		t.Errorf("a failed build left %v", left)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := build(ctx, cache, dir, "tiny", tool{pkg: "example.test/tiny"}); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v, want a cancellation", err)
	}
}

func TestCacheKeyFollowsItsInputs(t *testing.T) {
	dir := tinyModule(t, "package main\n")
	tl := tool{pkg: "example.test/tiny"}
	first := key(t, dir, tl)
	if again := key(t, dir, tl); again != first {
		t.Errorf("same inputs gave %s and %s", first, again)
	}
	if got := key(t, dir, tool{pkg: tl.pkg, ldflags: []string{"-X main.v=1"}}); got == first {
		t.Error("other linker flags gave the same key")
	}
	write(t, filepath.Join(dir, "go.sum"), "example.test/dep v1.0.0 h1:AAAA=\n")
	if got := key(t, dir, tl); got == first {
		t.Error("another go.sum gave the same key")
	}
}

func TestRoot(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := filepath.Join(root, "internal", "testtools"), startDir; got != want {
		t.Errorf("Root gives %s, this package is in %s", root, want)
	}
	// A module below ours must not be taken for it.
	if isMainModule([]byte("module " + modulePath + "/testdata/tools/helm\n")) {
		t.Error("nested module taken for the main one")
	}
}

func TestLookPath(t *testing.T) {
	const missing = "plainsail-no-such-program"
	t.Setenv(requireEnv, "")
	if r := record(func(tb testing.TB) { LookPath(tb, missing) }); !r.skipped || r.failed {
		t.Errorf("missing program: %+v, want a skip", r)
	}
	t.Setenv(requireEnv, "1")
	if r := record(func(tb testing.TB) { LookPath(tb, missing) }); r.skipped || !r.failed {
		t.Errorf("missing program that is required: %+v, want a failure", r)
	}
	if r := record(func(tb testing.TB) { LookPath(tb, "go") }); r.skipped || r.failed {
		t.Errorf("present program: %+v", r)
	}
}

func TestBuildRefusesUnknownNames(t *testing.T) {
	r := record(func(tb testing.TB) { Build(tb, "kustomise") })
	if !r.failed || !strings.Contains(r.message, "kustomize") {
		t.Errorf("got %+v, want a failure that lists the known names", r)
	}
}

// A recorder is a testing.TB that notes how a test ended.
type recorder struct {
	testing.TB
	failed, skipped bool
	message         string
}

func (r *recorder) Helper() {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.failed, r.message = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}
func (r *recorder) Skipf(format string, args ...any) {
	r.skipped, r.message = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func record(f func(testing.TB)) *recorder {
	r := new(recorder)
	var wg sync.WaitGroup
	wg.Go(func() { f(r) })
	wg.Wait()
	return r
}

func key(t *testing.T, dir string, tl tool) string {
	t.Helper()
	k, err := cacheKey(dir, tl)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func tinyModule(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.test/tiny\n\ngo 1.26.0\n")
	write(t, filepath.Join(dir, "go.sum"), "")
	write(t, filepath.Join(dir, "main.go"), source)
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, path string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// pinned returns the version of a module in a tool's go.mod.
func pinned(t *testing.T, name, module string) string {
	t.Helper()
	dir, err := ToolDir(name)
	if err != nil {
		t.Fatal(err)
	}
	return versionIn(t, filepath.Join(dir, "go.mod"), module)
}

func versionIn(t *testing.T, gomod, module string) string {
	t.Helper()
	data, err := os.ReadFile(gomod)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^(?:require )?\s*` + regexp.QuoteMeta(module) + ` (v\S+)`).FindSubmatch(data)
	if m == nil {
		t.Fatalf("%s does not require %s", gomod, module)
	}
	return string(m[1])
}
