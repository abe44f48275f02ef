package testtools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const modulePath = "github.com/plainsail/plainsail"

// buildTimeout bounds one build, downloads included. Helm, the largest, takes
// less than a minute on two cores once its modules are there.
const buildTimeout = 15 * time.Minute

// A tool is a program that Build knows how to build from the module
// testdata/tools/<name>.
type tool struct {
	pkg     string   // import path of the main package
	ldflags []string // what the released binary is linked with
}

// tools lists what Build can build. The linker flags make a program answer as
// its released binary does, not as a development build.
var tools = map[string]tool{
	"act":        {pkg: "github.com/nektos/act"},
	"actionlint": {pkg: "github.com/rhysd/actionlint/cmd/actionlint"},
	"kustomize":  {pkg: "sigs.k8s.io/kustomize/kustomize/v5"},
	"helm": {
		pkg: "helm.sh/helm/v3/cmd/helm",
		// Unless linked so, Helm takes Kubernetes 1.20 for granted. Its
		// releases use the minor version of the k8s.io/client-go they were
		// built with; a test compares these lines with the tool's go.mod.
		ldflags: []string{
			"-X helm.sh/helm/v3/internal/version.version=v3.22.0",
			"-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
			"-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37",
			"-X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1",
			"-X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=37",
		},
	},
}

// Names returns the names that Build accepts, sorted.
func Names() []string {
	names := make([]string, 0, len(tools))
	for name := range tools {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Build returns the path of the named program, building it first if this
// machine does not have it yet. It ends the test when it cannot.
func Build(t testing.TB, name string) string {
	t.Helper()
	tl, ok := tools[name]
	if !ok {
		t.Fatalf("testtools: no tool is called %q; known are %s", name, strings.Join(Names(), ", "))
	}
	dir, err := ToolDir(name)
	if err != nil {
		t.Fatalf("testtools: %v", err)
	}
	cache, err := cacheDir()
	if err != nil {
		t.Fatalf("testtools: no folder to keep %s in: %v; set XDG_CACHE_HOME or HOME", name, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
	defer cancel()
	path, err := build(ctx, cache, dir, name, tl)
	if err != nil {
		t.Fatalf("testtools: cannot build %s, which this test needs: %v\n"+
			"Its version is pinned in testdata/tools/%s/go.mod; the first build on a machine downloads modules.", name, err, name)
	}
	return path
}

// ToolDir returns the folder of the module that pins the named tool.
func ToolDir(name string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "testdata", "tools", name), nil
}

// startDir is where the test process started: its package's folder. It is
// read before any test can change the working directory.
var startDir, startDirErr = os.Getwd()

// Root returns the folder of the main module, found upwards from where the
// test process started.
func Root() (string, error) {
	if startDirErr != nil {
		return "", startDirErr
	}
	for dir := startDir; ; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && isMainModule(data) {
			return dir, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod of module %s in %s or above", modulePath, startDir)
		}
	}
}

func isMainModule(gomod []byte) bool {
	for line := range strings.Lines(string(gomod)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return f[1] == modulePath
		}
	}
	return false
}

// cacheDir is read from the environment on each call: a test that sets
// XDG_CACHE_HOME for the program it runs gets, at worst, a second build.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "plainsail-test-tools"), nil
}

// build returns the cached program, or builds it into the cache.
func build(ctx context.Context, cache, dir, name string, tl tool) (string, error) {
	key, err := cacheKey(dir, tl)
	if err != nil {
		return "", err
	}
	exe := name
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	// A folder for each key, so that the program keeps its own name: both
	// kustomize and act show theirs to the user.
	keyDir := filepath.Join(cache, name+"-"+key)
	path := filepath.Join(keyDir, exe)
	if isFile(path) {
		return path, nil
	}
	if err := os.MkdirAll(keyDir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(keyDir, ".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if isFile(path) { // another process built it while this one waited
		return path, nil
	}

	scratch, err := os.MkdirTemp(keyDir, ".build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	out := filepath.Join(scratch, exe)
	if err := goBuild(ctx, dir, out, tl); err != nil {
		return "", err
	}
	if err := os.Rename(out, path); err != nil {
		return "", err
	}
	return path, nil
}

func goBuild(ctx context.Context, dir, out string, tl tool) error {
	args := []string{
		"build",
		// Said here because GOFLAGS of the caller could say otherwise.
		"-mod=readonly", "-buildvcs=false", "-trimpath",
		"-ldflags=" + linkerFlags(tl),
		"-o", out, tl.pkg,
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// Pure Go, so that no C compiler is needed; no workspace and no target
	// platform of the caller. A repeated variable's last value counts.
	cmd.Env = append(os.Environ(),
		"CGO_ENABLED=0", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stderr, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("go build %s: %w\n%s", tl.pkg, err, tail(stderr.String(), 20))
	}
	return nil
}

func linkerFlags(tl tool) string {
	return strings.Join(append([]string{"-s", "-w"}, tl.ldflags...), " ")
}

// cacheKey hashes everything that decides the bytes of the program.
func cacheKey(dir string, tl tool) (string, error) {
	h := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
	}
	fmt.Fprintf(h, "%s\n%s\n%s %s/%s\n", tl.pkg, linkerFlags(tl), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

func isFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

// tail returns the last n lines of s: a failed build may list hundreds of
// downloads before it says why.
func tail(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{fmt.Sprintf("(%d lines left out)", len(lines)-n)}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}

// requireEnv names the variable that turns a missing program from a reason to
// skip into a failure. CI sets it once it has installed them all, so that a
// test cannot be skipped for months unseen.
const requireEnv = "PLAINSAIL_REQUIRE_TOOLS"

// LookPath returns the path of a program that the machine must bring along.
// The test is skipped where it is missing, or fails if PLAINSAIL_REQUIRE_TOOLS
// is 1.
func LookPath(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv(requireEnv) == "1" {
		t.Fatalf("%s is not installed and %s=1 asks for it: %v", name, requireEnv, err)
	}
	t.Skipf("%s is not installed (%v); .ci/run says which packages have it", name, err)
	return ""
}
