package depcheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/internal/testtools"
)

// unwanted lists what no committed file may contain. The strings are put
// together here so that this file does not contain them either.
func unwanted() map[string]string {
	const machine = "names a folder of one machine; use a path relative to the file, t.TempDir or a made-up one such as /srv/x"
	const registry = "names a package registry's host, which differs from network to network; name the package only"
	return map[string]string{
		"/" + "work/":              machine,
		"/" + "root/":              machine,
		"proxy." + "golang.org":    registry,
		"sum." + "golang.org":      registry,
		"registry." + "npmjs.org":  registry,
		"deb." + "debian.org":      registry,
		"security." + "debian.org": registry,
	}
}

// TestRepositoryFiles looks for traces of the machine that a file was made on.
func TestRepositoryFiles(t *testing.T) {
	dir := root(t)
	files, err := tracked(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("not a git checkout, so nothing says which files are committed")
	}
	for _, name := range files {
		path := filepath.Join(dir, name)
		if fi, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) || err == nil && !fi.Mode().IsRegular() {
			continue // deleted and not committed yet, or a link: test data has circular ones
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, found := range search(data, unwanted()) {
			t.Errorf("%s:%s", name, found)
		}
	}
}

func TestSearch(t *testing.T) {
	needles := map[string]string{"/" + "work/": "machine", "proxy." + "golang.org": "host"}
	tests := []struct {
		data string
		want []string
	}{
		{"cd /" + "work/main", []string{"1: machine: /" + "work/"}},
		{"a\nb\nfile:///" + "work/x\n", []string{"3: machine: /" + "work/"}},
		{"\"/" + "work/x\" /" + "work/y", []string{"1: machine: /" + "work/"}},
		{"GOPROXY=https://Proxy." + "golang.org,direct", []string{"1: host: proxy." + "golang.org"}},
		{"apps/work/overlays ../work/x $HOME/work/x {app}/work/y frame/work/z", nil},
		{"/works/ /workspace/", nil},
		{"", nil},
	}
	for _, tt := range tests {
		if got := search([]byte(tt.data), needles); !slices.Equal(got, tt.want) {
			t.Errorf("search(%q) = %q, want %q", tt.data, got, tt.want)
		}
	}
}

// TestTracked shows the list a repository in which one file is committed.
func TestTracked(t *testing.T) {
	dir := t.TempDir()
	if files, err := tracked(t.Context(), dir); err != nil || files != nil {
		t.Errorf("outside a checkout: %q, %v", files, err)
	}
	git(t, dir, "init", "-q")
	for _, name := range []string{"in ä.txt", "out.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "in ä.txt")
	if files, err := tracked(t.Context(), dir); err != nil || !slices.Equal(files, []string{"in ä.txt"}) {
		t.Errorf("got %q, %v", files, err)
	}
}

// TestWorkflows checks the GitHub workflows, shell text and all actions'
// inputs included, with actionlint.
func TestWorkflows(t *testing.T) {
	dir := root(t)
	if testing.Short() {
		t.Skip("builds actionlint the first time; not in -short")
	}
	files, err := filepath.Glob(filepath.Join(dir, ".github", "workflows", "*.y*ml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	// shellcheck and pyflakes are used where a machine has them; without
	// them the result is the same everywhere.
	lint := testtools.Build(t, "actionlint")
	if out, err := exec.CommandContext(t.Context(), lint, append([]string{"-no-color", "-shellcheck=", "-pyflakes="}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range pins(string(data)) {
			t.Errorf("%s:%s", filepath.Base(name), problem)
		}
	}

	bad := filepath.Join(t.TempDir(), "bad.yml")
	if err := os.WriteFile(bad, []byte("on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with: {no-such-input: 1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), lint, "-no-color", bad).CombinedOutput(); err == nil || !strings.Contains(string(out), "no-such-input") {
		t.Errorf("actionlint let a wrong input pass: %v\n%s", err, out)
	}
}

func TestPins(t *testing.T) {
	hash := strings.Repeat("0123abcd", 5)
	tests := []struct {
		line string
		ok   bool
	}{
		{"- uses: a/b@" + hash + " # v1.2.3", true},
		{"- uses: ./", true},
		{"run: echo", true},
		{"- uses: a/b@v1", false},
		{"uses: a/b@" + hash, false},
		{"uses: a/b@" + hash[1:] + " # v1", false},
		{"uses: a/b", false},
	}
	for _, tt := range tests {
		if got := pins(tt.line); (len(got) == 0) != tt.ok {
			t.Errorf("pins(%q) = %q", tt.line, got)
		}
	}
}

// pins reports the actions of a workflow that are not pinned to a commit with
// the version beside it: a tag can be moved to other code.
func pins(workflow string) []string {
	var problems []string
	for i, line := range strings.Split(workflow, "\n") {
		_, ref, ok := strings.Cut(line, "uses: ")
		if !ok || strings.HasPrefix(ref, "./") {
			continue
		}
		action, comment, _ := strings.Cut(ref, " # ")
		_, hash, _ := strings.Cut(action, "@")
		if len(hash) != 40 || strings.Trim(hash, "0123456789abcdef") != "" || !strings.HasPrefix(comment, "v") {
			problems = append(problems, fmt.Sprintf("%d: %s: write it as owner/name@<full commit hash> # v<version>", i+1, ref))
		}
	}
	return problems
}

// search returns "line: message: needle" for each needle in each line. A
// needle that starts with a slash counts at the start of an absolute path
// only: apps/work/ is somebody's application.
func search(data []byte, needles map[string]string) []string {
	var found []string
	lower := bytes.ToLower(data)
	for needle, message := range needles {
		if !bytes.Contains(lower, []byte(needle)) {
			continue
		}
		for i, line := range bytes.Split(lower, []byte("\n")) {
			for at := 0; ; at++ {
				n := bytes.Index(line[at:], []byte(needle))
				if n < 0 {
					break
				}
				at += n
				if needle[0] == '/' && at > 0 && !startsPath(line[at-1]) {
					continue
				}
				found = append(found, fmt.Sprintf("%d: %s: %s", i+1, message, needle))
				break
			}
		}
	}
	slices.Sort(found)
	return found
}

// startsPath reports whether a slash after b can begin an absolute path.
func startsPath(b byte) bool {
	switch {
	case 'a' <= b && b <= 'z', '0' <= b && b <= '9':
		return false
	}
	return !strings.ContainsRune("._-~*})]>$%@+", rune(b))
}

// tracked returns the files that git knows in dir, or none if dir is not the
// top of a checkout.
func tracked(ctx context.Context, dir string) ([]string, error) {
	// Looking at .git/index makes go test run this again after an add.
	if _, err := os.Stat(filepath.Join(dir, ".git")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	_, _ = os.Stat(filepath.Join(dir, ".git", "index"))
	cmd := exec.CommandContext(ctx, "git", "ls-files", "-z")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	var files []string
	for name := range strings.SplitSeq(string(out), "\x00") {
		if name != "" {
			files = append(files, name)
		}
	}
	return files, nil
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}
