package surfaces

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

// echo is a plainsail that tells its arguments, one a line, and its token.
const echo = "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\nprintf 'token <%s>\\n' \"$GITHUB_TOKEN\"\n"

// script runs .github/action/run.sh with the inputs' defaults and these
// variables instead of them.
func script(t *testing.T, dir string, variables ...string) result {
	t.Helper()
	env := gitrepotest.Env(t,
		"GITHUB_ACTIONS=true", "RUNNER_TEMP="+t.TempDir(),
		"INPUT_COMMAND=render", "INPUT_DIRECTORY=.", "INPUT_ENV=", "INPUT_APP=", "INPUT_PUSH=true", "INPUT_ALLOW_DIRTY=false",
		"INPUT_ARGS=", "INPUT_TOKEN=", "INPUT_VERSION=", "INPUT_BINARY=", "ACTION_REF=")
	return run(t, dir, append(env, variables...), "bash", filepath.Join(root(t), ".github", "action", "run.sh"))
}

func needBash(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("no bash, which every runner has: %v", err)
	}
}

func TestActionArguments(t *testing.T) {
	needBash(t)
	t.Parallel()
	tests := map[string]struct {
		variables []string
		want      string
	}{
		"defaults": {nil, "<render>\n<--directory=.>\n<--push>\ntoken <>\n"},
		"everything": {
			[]string{
				"INPUT_DIRECTORY=a folder", "INPUT_ENV=dev, prod\nqa", "INPUT_APP=web", "INPUT_PUSH=false", "INPUT_ALLOW_DIRTY=true",
				"INPUT_ARGS=--atomic\n--workers 2\n", "INPUT_TOKEN=t0ken",
			},
			"<render>\n<--directory=a folder>\n<--push>\n<--dry-run>\n<--allow-dirty>\n<--env=dev>\n<--env=prod>\n<--env=qa>\n<--app=web>\n" +
				"<--atomic>\n<--workers>\n<2>\ntoken <t0ken>\n",
		},
		"text that a shell would run": {
			[]string{
				"INPUT_DIRECTORY=$(touch ran)", "INPUT_ENV=`touch ran` *", "INPUT_APP=;touch${IFS}ran", "INPUT_ARGS=\"'$HOME' && touch ran",
				"INPUT_TOKEN=$(touch ran)",
			},
			"<render>\n<--directory=$(touch ran)>\n<--push>\n<--env=`touch>\n<--env=ran`>\n<--env=*>\n<--app=;touch${IFS}ran>\n" +
				"<\"'$HOME'>\n<&&>\n<touch>\n<ran>\ntoken <$(touch ran)>\n",
		},
		"no directory": {[]string{"INPUT_DIRECTORY="}, "<render>\n<--directory=.>\n<--push>\ntoken <>\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "tool"), echo, 0o755)
			got := script(t, dir, append(tt.variables, "INPUT_BINARY=tool")...)
			if got.code != 0 || got.stdout != tt.want || got.stderr != "" {
				t.Errorf("exit code %d, stderr %q, stdout\n%s\nwant\n%s", got.code, got.stderr, got.stdout, tt.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Error("the script ran an input")
			}
		})
	}
}

func TestActionRefuses(t *testing.T) {
	needBash(t)
	t.Parallel()
	tests := map[string]struct{ variable, want string }{
		"a command":      {"INPUT_COMMAND=promote", `input command: "promote" is not known`},
		"a boolean":      {"INPUT_PUSH=yes", `input push: "yes" is neither true nor false`},
		"another":        {"INPUT_ALLOW_DIRTY=", `input allow-dirty: "" is neither`},
		"a version":      {"INPUT_VERSION=latest", `input version: "latest" is no release`},
		"a path":         {"INPUT_VERSION=v1.2.3/../..", `is no release`},
		"a binary":       {"INPUT_BINARY=ls", `input binary: ls is no program`},
		"a folder":       {"INPUT_BINARY=/", `input binary: / is no program`},
		"a line of ours": {"INPUT_COMMAND=x\n::add-path::/evil%0A", `"x%0A::add-path::/evil%250A" is not known`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := script(t, t.TempDir(), tt.variable)
			if got.code != 3 || got.stdout != "" {
				t.Errorf("exit code %d, stdout %q", got.code, got.stdout)
			}
			if !strings.HasPrefix(got.stderr, "::error title=plainsail action::") || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("want one annotation, got %q", got.stderr)
			}
			contains(t, "stderr", got.stderr, tt.want)
		})
	}
}

// A release is an archive and a list of checksums beside it.
func TestActionDownloads(t *testing.T) {
	needBash(t)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skipf("no curl, which every runner has: %v", err)
	}
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("there are no releases for " + runtime.GOOS)
	}
	t.Parallel()
	archive := fmt.Sprintf("plainsail_1.2.3-rc.1_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	packed := pack(t, "plainsail", echo)
	other := fmt.Sprintf("%x  other.tar.gz\n", sha256.Sum256(nil))
	line := fmt.Sprintf("%x  %s\n", sha256.Sum256(packed), archive)
	tests := map[string]struct {
		files     map[string]string
		variables []string
		want      string // on stderr, "" for a run
	}{
		"by input":  {map[string]string{archive: string(packed), "checksums.txt": other + line}, []string{"INPUT_VERSION=v1.2.3-rc.1"}, ""},
		"without v": {map[string]string{archive: string(packed), "checksums.txt": line}, []string{"INPUT_VERSION=1.2.3-rc.1"}, ""},
		"by the action's own name": {
			map[string]string{archive: string(packed), "checksums.txt": line}, []string{"ACTION_REF=v1.2.3-rc.1"}, "",
		},
		"another archive": {
			map[string]string{archive: string(pack(t, "plainsail", echo+"#")), "checksums.txt": line}, []string{"INPUT_VERSION=v1.2.3-rc.1"},
			"but checksums.txt says",
		},
		"no checksum": {
			map[string]string{archive: string(packed), "checksums.txt": other}, []string{"INPUT_VERSION=v1.2.3-rc.1"},
			"checksums.txt of v1.2.3-rc.1 has no line for " + archive,
		},
		"no checksums": {map[string]string{archive: string(packed)}, []string{"INPUT_VERSION=v1.2.3-rc.1"}, "cannot download"},
		"no archive":   {map[string]string{"checksums.txt": line}, []string{"INPUT_VERSION=v1.2.3-rc.1"}, "cannot download"},
		"no release":   {nil, []string{"INPUT_VERSION=v9.9.9"}, "cannot download"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				data, ok := tt.files[strings.TrimPrefix(req.URL.Path, "/v1.2.3-rc.1/")]
				if !ok {
					http.NotFound(w, req)
					return
				}
				_, _ = w.Write([]byte(data))
			}))
			defer srv.Close()
			got := script(t, t.TempDir(), append(tt.variables, "PLAINSAIL_RELEASES="+srv.URL)...)
			if tt.want == "" {
				if got.code != 0 || !strings.HasPrefix(got.stdout, "<render>\n") {
					t.Errorf("exit code %d\n%s", got.code, got.all())
				}
				return
			}
			if got.code != 3 || got.stdout != "" {
				t.Errorf("exit code %d, stdout %q: it must not run", got.code, got.stdout)
			}
			contains(t, "stderr", got.stderr, "::error title=plainsail action::", tt.want)
		})
	}
}

// pack makes a .tar.gz of one program.
func pack(t *testing.T, name, data string) []byte {
	t.Helper()
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	w := tar.NewWriter(gz)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(data))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// With no release and no binary, plainsail is built from the action's files.
func TestActionBuilds(t *testing.T) {
	needBash(t)
	if testing.Short() {
		t.Skip("builds plainsail; not in -short")
	}
	t.Parallel()
	binary(t) // so that both do not compile the same at once
	src := gitrepotest.Init(t)
	src.Commit("first", source())
	output := filepath.Join(t.TempDir(), "output")
	commit := strings.Repeat("0123abcd", 5)
	got := script(t, src.Dir, append(goEnv(t),
		"ACTION_REF="+commit, "GITHUB_OUTPUT="+output, "INPUT_ARGS=--output=json", "INPUT_PUSH=false", "GOPROXY=off")...)
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.all())
	}
	contains(t, "stdout", got.stdout, `"units": [`, `"branch": "env/prod"`)
	if got, want := read(t, output), "changed=true\ncommits={}\n"; got != want {
		t.Errorf("outputs %q, want %q", got, want)
	}
	if _, err := os.Stat(src.Dir + "-rendered.git"); err == nil {
		t.Error("push: false made a rendered repository")
	}
	if status := src.Git("status", "--porcelain"); status != "" {
		t.Errorf("the checkout is not clean any more: %s", status)
	}
	got = script(t, src.Dir, append(goEnv(t), "ACTION_REF="+commit, "GOPROXY=off")...)
	contains(t, "the commit", must(t, src.Dir+"-rendered.git", src.Env, "git", "log", "-1", "--format=%B", "env/prod"),
		"Plainsail-Version: devel-"+commit)

	// A machine without Go.
	bin := t.TempDir()
	for _, name := range []string{"bash", "dirname", "mktemp"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	got = script(t, src.Dir, "PATH="+bin)
	if got.code != 3 {
		t.Errorf("without Go: exit code %d", got.code)
	}
	contains(t, "stderr", got.stderr, "::error title=plainsail action::there is no Go to build plainsail with")
}

// goEnv are the folders that keep what this machine has compiled and
// downloaded: with others a build takes minutes, and needs a network.
func goEnv(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOFLAGS").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	v := strings.Split(string(out), "\n")
	return []string{"GOCACHE=" + v[0], "GOMODCACHE=" + v[1], "GOFLAGS=" + v[2]}
}
