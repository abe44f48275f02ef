package surfaces

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/testtools"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestConsumers checks the documented workflows, and the one that act runs,
// against action.yml: inputs and outputs that do not exist are found.
func TestConsumers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds actionlint the first time; not in -short")
	}
	t.Parallel()
	lint := testtools.Build(t, "actionlint")
	dir := action(t)
	write(t, filepath.Join(dir, ".git", "HEAD"), "", 0o644) // actionlint looks for the top of a repository
	check := func(text string) result {
		t.Helper()
		path := filepath.Join(dir, ".github", "workflows", "x.yml")
		local := regexp.MustCompile(`uses: plainsail/plainsail@\S+`).ReplaceAllString(text, "uses: ./")
		if local == text {
			t.Errorf("this workflow does not use the action:\n%s", text)
		}
		write(t, path, local, 0o644)
		return run(t, dir, os.Environ(), lint, "-no-color", "-shellcheck=", "-pyflakes=", path)
	}
	texts := []string{read(t, "testdata", "consumer.yml")}
	for _, m := range yamlBlock.FindAllStringSubmatch(read(t, root(t), "docs", "github-action.md"), -1) {
		texts = append(texts, m[1])
	}
	if len(texts) < 4 {
		t.Errorf("only %d workflows found", len(texts))
	}
	for _, text := range texts {
		if got := check(text); got.code != 0 {
			t.Errorf("actionlint: %s\nin\n%s", got.all(), text)
		}
	}
	wrong := strings.Replace(texts[0], "binary:", "binari:", 1)
	if got := check(wrong); got.code == 0 || !strings.Contains(got.all(), `"binari" is not defined`) {
		t.Errorf("actionlint let a wrong input pass: %s", got.all())
	}
	wrong = strings.Replace(texts[0], "outputs.changed", "outputs.changes", 1)
	if got := check(wrong); got.code == 0 || !strings.Contains(got.all(), `"changes" is not defined`) {
		t.Errorf("actionlint let a wrong output pass: %s", got.all())
	}
}

// TestActionMetadata holds action.yml to its own rules.
func TestActionMetadata(t *testing.T) {
	t.Parallel()
	text := read(t, root(t), "action.yml")
	var action struct {
		Inputs, Outputs map[string]struct {
			Description, Default, Value string
		}
		Runs struct {
			Steps []struct {
				ID, Shell, Run, Uses string
				Env                  map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text), &action); err != nil {
		t.Fatal(err)
	}
	docs := read(t, root(t), "docs", "github-action.md")
	for name := range action.Inputs {
		contains(t, "docs/github-action.md", docs, "\n| `"+name+"` | ")
	}
	for name := range action.Outputs {
		contains(t, "docs/github-action.md", docs, "\n| `"+name+"` | ")
	}
	var used []string
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("an expression in shell text runs whatever its value holds: %s", step.Run)
		}
		if step.Uses != "" {
			t.Errorf("%s: the action uses no others", step.Uses)
		}
		for name, value := range step.Env {
			input := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "INPUT_")), "_", "-")
			if strings.HasPrefix(name, "INPUT_") && value != "${{ inputs."+input+" }}" {
				t.Errorf("variable %s is %q", name, value)
			}
			used = append(used, input)
		}
	}
	for name := range action.Inputs {
		if !slices.Contains(used, name) {
			t.Errorf("input %s does not reach the script", name)
		}
	}
}

// TestActionSchema asks action-validator, which knows the schema of action.yml
// in full: actionlint stops at its first error and does not know branding.
// It is a program for Node, pinned in testdata/action-validator.
func TestActionSchema(t *testing.T) {
	if testing.Short() {
		t.Skip("installs a program for Node; not in -short")
	}
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skipf("action-validator: skipped, npm is not installed: %v", err)
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		write(t, filepath.Join(dir, name), read(t, "testdata", "action-validator", name), 0o644)
	}
	if got := run(t, dir, os.Environ(), npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund",
		"--fetch-retries=0", "--fetch-timeout=20000"); got.code != 0 {
		t.Skipf("action-validator: skipped, npm cannot install it here: %s", got.stderr)
	}
	validator := filepath.Join(dir, "node_modules", ".bin", "action-validator")
	path := filepath.Join(dir, "action.yml")
	text := read(t, root(t), "action.yml")
	write(t, path, text, 0o644)
	if got := run(t, dir, os.Environ(), validator, path); got.code != 0 {
		t.Errorf("action-validator: %s", got.all())
	}
	write(t, path, strings.Replace(text, "color: blue", "color: plaid", 1), 0o644)
	if got := run(t, dir, os.Environ(), validator, path); got.code == 0 {
		t.Error("action-validator let a wrong color pass")
	}
}

// TestShellcheck runs where shellcheck is installed. Nothing needs it, so its
// absence is no failure anywhere.
func TestShellcheck(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skipf("shellcheck is not installed: %v", err)
	}
	for _, name := range []string{".github/action/run.sh", ".ci/run"} {
		if got := run(t, root(t), gitrepotest.Env(t), path, "--norc", name); got.code != 0 {
			t.Errorf("shellcheck %s:\n%s", name, got.all())
		}
	}
}
