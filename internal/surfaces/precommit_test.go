package surfaces

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/testtools"
)

// hookRepository is this checkout as a repository that pre-commit can clone:
// what git knows of it or would add, committed elsewhere, so that the hook
// under test is the one in the working tree.
func hookRepository(t *testing.T) (dir, rev string) {
	t.Helper()
	hooks := gitrepotest.InitBare(t)
	hooks.Env = append(hooks.Env, "GIT_WORK_TREE="+root(t), "GIT_DIR="+hooks.Dir, "GIT_OPTIONAL_LOCKS=0")
	hooks.Git("-c", "core.bare=false", "add", "--all", "--", root(t))
	hooks.Git("-c", "core.bare=false", "commit", "--quiet", "--message", "working tree")
	return hooks.Dir, hooks.Hash("HEAD")
}

func TestPreCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("builds plainsail twice; not in -short")
	}
	t.Parallel()
	preCommit := testtools.LookPath(t, "pre-commit")
	tool := binary(t) // its packages are compiled once this returns
	hooks, rev := hookRepository(t)

	home := t.TempDir()
	repo := gitrepotest.Init(t)
	repo.Env = append(environment(repo.Env, []string{"XDG_CONFIG_HOME"},
		"PRE_COMMIT_HOME="+filepath.Join(home, "pre-commit"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"), "PRE_COMMIT_COLOR=never",
		// The modules are those of the build above.
		"GOPROXY=off", "GOTOOLCHAIN=local"), goEnv(t)...)
	files := source()
	files[".pre-commit-config.yaml"] = "repos:\n- repo: " + hooks + "\n  rev: " + rev + "\n  hooks:\n  - id: plainsail-render\n"
	repo.Commit("first", files)
	render := func() {
		t.Helper()
		must(t, repo.Dir, repo.Env, tool, "render", "--out", "rendered")
		repo.Git("add", "--all")
	}

	must(t, repo.Dir, repo.Env, preCommit, "validate-manifest", filepath.Join(root(t), ".pre-commit-hooks.yaml"))
	for _, m := range yamlBlock.FindAllStringSubmatch(read(t, root(t), "docs", "pre-commit.md"), -1) {
		documented := filepath.Join(home, "documented.yaml")
		write(t, documented, m[1], 0o644)
		must(t, repo.Dir, repo.Env, preCommit, "validate-config", documented)
	}
	must(t, repo.Dir, repo.Env, preCommit, "install", "--install-hooks")

	// Nothing was ever rendered.
	got := run(t, repo.Dir, repo.Env, preCommit, "run", "--all-files")
	if got.code != 1 {
		t.Errorf("without rendered files: exit code %d", got.code)
	}
	contains(t, "the hook's output", got.all(), "plainsail render --check", "Failed", "exit code: 4", "prod/shop/shop/service-shop.yaml")
	if _, err := os.Stat(filepath.Join(repo.Dir, "rendered")); err == nil {
		t.Error("the hook wrote files")
	}

	// Rendered files are fresh.
	render()
	contains(t, "the hook's output", must(t, repo.Dir, repo.Env, preCommit, "run", "--all-files"), "Passed")
	repo.Git("commit", "--quiet", "--message", "render")

	// They are not: git commit itself fails.
	repo.Write("environments/prod/web/config.yaml", config("warn"))
	repo.Git("add", "--all")
	head := repo.Hash("HEAD")
	got = run(t, repo.Dir, gitIdentity(repo.Env), "git", "commit", "--message", "log less")
	if got.code == 0 || repo.Hash("HEAD") != head {
		t.Errorf("git commit ended with %d and made a commit: %t", got.code, repo.Hash("HEAD") != head)
	}
	contains(t, "git commit", got.all(), "changed  prod/web/configmap-web.yaml", "plainsail render --out rendered brings the folder up to date")
	lacks(t, "git commit", got.all(), "service-shop.yaml")
	render()
	must(t, repo.Dir, gitIdentity(repo.Env), "git", "commit", "--message", "log less")

	// A commit that only deletes a file gives pre-commit no file to look at.
	repo.Git("rm", "--quiet", "-r", "environments/dev/web")
	got = run(t, repo.Dir, gitIdentity(repo.Env), "git", "commit", "--message", "remove")
	if got.code == 0 {
		t.Error("a commit that deletes a source passed")
	}
	contains(t, "git commit", got.all(), "dev/web/configmap-web.yaml")
	repo.Git("reset", "--quiet", "--hard")

	// Users choose the folder and what is compared.
	files[".pre-commit-config.yaml"] += "    args: [--out, manifests, --env, prod]\n"
	repo.Write(".pre-commit-config.yaml", files[".pre-commit-config.yaml"])
	must(t, repo.Dir, repo.Env, tool, "render", "--out", "manifests", "--env", "prod")
	repo.Git("add", "--all")
	contains(t, "the hook's output", must(t, repo.Dir, repo.Env, preCommit, "run"), "Passed")
	repo.Git("rm", "--quiet", "-rf", "manifests/prod/web")
	got = run(t, repo.Dir, repo.Env, preCommit, "run")
	if got.code != 1 {
		t.Errorf("with a rendered file removed: exit code %d\n%s", got.code, got.all())
	}
	contains(t, "the hook's output", got.all(), "manifests/prod: 1 file differs", "prod/web/configmap-web.yaml")
}

// gitIdentity is env for a git that a person would run.
func gitIdentity(env []string) []string {
	return environment(env, nil, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
}
