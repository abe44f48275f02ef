package gitrepotest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Author is the author and committer of all test commits.
const Author = "Test Author <author@example.com>"

// epoch is the date of the first commit of a Repo; each further one is a minute later.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Env returns the environment for git in tests: nothing of the user's own
// configuration, an empty home directory, extra variables last.
func Env(t testing.TB, extra ...string) []string {
	t.Helper()
	home := t.TempDir()
	global := filepath.Join(home, ".gitconfig")
	config := "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[core]\n\tfsync = none\n"
	if err := os.WriteFile(global, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"XDG_CONFIG_HOME=" + home,
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + global,
		"GIT_TERMINAL_PROMPT=0",
		"LC_ALL=C",
	}
	return append(env, extra...)
}

// Repo is a git repository in a temporary directory.
type Repo struct {
	Dir string   // the work tree, or the bare repository itself
	Env []string // for git commands on it

	t       testing.TB
	commits int
}

// Init makes a repository with a work tree and no commit. Arguments are those
// of git init, such as "--object-format=sha256".
func Init(t testing.TB, args ...string) *Repo {
	t.Helper()
	return initRepo(t, t.TempDir(), Env(t), args)
}

// InitBare makes an empty bare repository.
func InitBare(t testing.TB, args ...string) *Repo {
	t.Helper()
	return Init(t, append([]string{"--bare"}, args...)...)
}

func initRepo(t testing.TB, dir string, env, args []string) *Repo {
	t.Helper()
	r := &Repo{Dir: dir, Env: env, t: t}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.Git(append([]string{"init", "--quiet", "--template="}, args...)...)
	return r
}

// Open returns the repository in a directory that something else made.
func Open(t testing.TB, dir string) *Repo {
	t.Helper()
	return &Repo{Dir: dir, Env: Env(t), t: t}
}

// Clone clones this repository through its file URL, as a network clone would
// be ("--depth=1" works). Arguments are those of git clone.
func (r *Repo) Clone(args ...string) *Repo {
	r.t.Helper()
	return Clone(r.t, "file://"+filepath.ToSlash(r.Dir), args...)
}

// Clone clones a URL. Arguments are those of git clone.
func Clone(t testing.TB, url string, args ...string) *Repo {
	t.Helper()
	c := &Repo{Dir: t.TempDir(), Env: Env(t), t: t}
	c.Git(append(append([]string{"clone", "--quiet", "--template="}, args...), "--", url, ".")...)
	return c
}

// Git runs git in the repository and returns its output without the last line
// break. A failure ends the test.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	out, err := r.TryGit(args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// TryGit is Git for commands that may fail.
func (r *Repo) TryGit(args ...string) (string, error) {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.Dir
	date := epoch.Add(time.Duration(r.commits) * time.Minute).Format(time.RFC3339)
	name, email, _ := strings.Cut(strings.TrimSuffix(Author, ">"), " <")
	cmd.Env = append(slices.Clone(r.Env),
		"GIT_AUTHOR_NAME="+name, "GIT_AUTHOR_EMAIL="+email, "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME="+name, "GIT_COMMITTER_EMAIL="+email, "GIT_COMMITTER_DATE="+date)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return strings.TrimSuffix(stdout.String(), "\n"), nil
}

// Write writes a file of the work tree.
func (r *Repo) Write(path, data string) {
	r.t.Helper()
	full := filepath.Join(r.Dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// Commit writes the files, commits the whole work tree (also if nothing
// changed) and returns the commit's hash.
func (r *Repo) Commit(message string, files map[string]string) string {
	r.t.Helper()
	for path, data := range files {
		r.Write(path, data)
	}
	r.Git("add", "--all")
	r.Git("commit", "--quiet", "--allow-empty", "--message", message)
	r.commits++
	return r.Hash("HEAD")
}

// Hash resolves a revision.
func (r *Repo) Hash(rev string) string {
	r.t.Helper()
	return r.Git("rev-parse", "--verify", rev)
}

// Files returns the paths and contents of a revision, in a bare repository too.
func (r *Repo) Files(rev string) map[string]string {
	r.t.Helper()
	files := map[string]string{}
	for path := range strings.SplitSeq(r.Git("ls-tree", "-r", "-z", "--name-only", "--full-tree", rev), "\x00") {
		if path != "" {
			files[path] = r.raw("cat-file", "blob", rev+":"+path)
		}
	}
	return files
}

func (r *Repo) raw(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// Hook installs a shell script as a server-side hook such as "pre-receive".
// The "#!/bin/sh" line is added.
func (r *Repo) Hook(name, script string) {
	r.t.Helper()
	dir := r.Git("rev-parse", "--path-format=absolute", "--git-path", "hooks")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

// MoveInHook is a hook script that moves a ref before the push that runs the
// hook can, as another push would: the race is lost for certain.
func MoveInHook(ref, to string) string {
	return "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n" +
		"git update-ref " + ref + " " + to
}

// Snapshot lists every file below the repository, .git included, with mode,
// size and modification time: equal snapshots mean that nothing was written.
func (r *Repo) Snapshot() string {
	r.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(r.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(r.Dir, path)
		fmt.Fprintf(&b, "%s %s %d %d\n", rel, info.Mode(), info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return b.String()
}
