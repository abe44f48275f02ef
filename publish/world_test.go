package publish_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
)

const sourceName = "https://example.com/acme/apps"

// onBranches is what config does with "env/{env}", inFolders with "rendered".
func onBranches(env string) (string, string) { return "env/" + env, "" }
func inFolders(env string) (string, string)  { return "rendered", env }

// world is a source repository with some commits, and a rendered repository.
type world struct {
	t       testing.TB
	src     *gitrepotest.Repo
	source  *gitrepo.Source
	commits []gitrepo.Commit // one after the other
	bare    *gitrepotest.Repo

	mu sync.Mutex // for cleanup of what goroutines open
}

func newWorld(t testing.TB, commits int) *world {
	t.Helper()
	w := &world{t: t, src: gitrepotest.Init(t), bare: gitrepotest.InitBare(t)}
	for i := range commits {
		w.commit(fmt.Sprintf("commit %d", i))
	}
	var err error
	if w.source, err = gitrepo.OpenSource(t.Context(), w.src.Dir, gitrepo.SourceOptions{Env: gitrepotest.Env(t)}); err != nil {
		t.Fatal(err)
	}
	return w
}

// fresh is a world with the same source and an empty rendered repository. The source must not change any more.
func (w *world) fresh(t testing.TB) *world {
	t.Helper()
	return &world{t: t, src: w.src, source: w.source, commits: w.commits, bare: gitrepotest.InitBare(t)}
}

// commit adds a source commit on top of what is checked out.
func (w *world) commit(message string) gitrepo.Commit {
	w.t.Helper()
	c := gitrepo.Commit{
		Hash:    gitrepo.Hash(w.src.Commit(message, nil)),
		Author:  gitrepo.Signature{Name: "Rosa", Email: "rosa@example.com", When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))},
		Message: message + "\n",
	}
	w.commits = append(w.commits, c)
	return c
}

// at is a full run for a source commit, in a process of its own as far as the rendered repository can tell.
func (w *world) at(commit int) *publish.Remote {
	w.t.Helper()
	return w.to(w.bare.Dir, w.commits[commit], gitrepo.RemoteOptions{CreateBare: true})
}

func (w *world) to(address string, commit gitrepo.Commit, opts gitrepo.RemoteOptions) *publish.Remote {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	opts.Env, opts.TempDir = gitrepotest.Env(w.t), w.t.TempDir()
	repo, err := gitrepo.OpenRemote(w.t.Context(), address, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return &publish.Remote{
		Repo: repo, History: w.source, Place: onBranches, Prune: true,
		Source: publish.Source{Repository: sourceName, Commit: commit, Version: "v1.2.3"},
	}
}

// wants reads "prod: web/a=1 api/b=2; dev: web/a=1": the wants of these environments, all their apps and files. An app with "!" failed,
// and one with "?" was not asked for.
func wants(text string) []publish.Want {
	var list []publish.Want
	for part := range strings.SplitSeq(text, ";") {
		env, files, _ := strings.Cut(strings.TrimSpace(part), ":")
		if env == "" {
			continue
		}
		w := publish.Want{Env: env, Units: map[string]map[string][]byte{}, Keep: map[string]bool{}}
		for _, f := range strings.Fields(files) {
			if app, failed := strings.CutSuffix(f, "!"); failed {
				w.Keep[app] = true
				continue
			}
			if app, other := strings.CutSuffix(f, "?"); other {
				w.Keep[app], w.Partial = true, true
				continue
			}
			name, data, _ := strings.Cut(f, "=")
			app, _, isFile := strings.Cut(name, "/")
			if w.Units[app] == nil {
				w.Units[app] = map[string][]byte{}
			}
			if isFile {
				w.Units[app][name] = []byte(data)
			}
		}
		list = append(list, w)
	}
	return list
}

func mustPublish(t testing.TB, r *publish.Remote, text string) []publish.Report {
	t.Helper()
	reports, err := r.Publish(t.Context(), wants(text))
	if err != nil {
		t.Fatalf("publish %q: %v", text, err)
	}
	return reports
}

// statuses is such as "env/dev published, env/prod unchanged".
func statuses(reports []publish.Report) string {
	var list []string
	for _, r := range reports {
		list = append(list, r.Branch+" "+string(r.Status))
	}
	return strings.Join(list, ", ")
}

// holds is what branches hold beside plainsail's own files, in the form of wants.
func (w *world) holds() string { w.t.Helper(); return holds(w.bare) }

func holds(bare *gitrepotest.Repo) string {
	envs := map[string][]string{}
	for _, ref := range strings.Fields(bare.Git("for-each-ref", "--format=%(refname:short)", "refs/heads/")) {
		env, inBranches := strings.CutPrefix(ref, "env/")
		if inBranches {
			envs[env] = nil
		}
		for name, data := range bare.Files("refs/heads/" + ref) {
			if !inBranches {
				env, name, _ = strings.Cut(name, "/")
				envs[env] = envs[env][:len(envs[env]):len(envs[env])]
			}
			if name != publish.IndexPath && name != publish.MetadataPath {
				envs[env] = append(envs[env], name+"="+data)
			}
		}
	}
	var list []string
	for _, env := range slices.Sorted(maps.Keys(envs)) {
		slices.Sort(envs[env])
		list = append(list, strings.TrimSpace(env+": "+strings.Join(envs[env], " ")))
	}
	return strings.Join(list, "; ")
}

func (w *world) mustHold(want string) {
	w.t.Helper()
	if got := w.holds(); got != want {
		w.t.Errorf("the branches hold %q, want %q", got, want)
	}
}

// refs are all refs of the rendered repository: equal ones mean that nothing was pushed.
func (w *world) refs() string { w.t.Helper(); return w.bare.Git("for-each-ref") }

// note is the note on a branch's tip.
func (w *world) note(branch string) string {
	w.t.Helper()
	return w.bare.Git("notes", "--ref=hydrator.metadata", "show", "refs/heads/"+branch)
}

// foreign puts a commit of somebody else's on a branch: files to write, or to delete where there is no "=".
func (w *world) foreign(branch, text string) {
	w.t.Helper()
	clone := w.bare.Clone("--no-checkout")
	if _, err := clone.TryGit("checkout", "--quiet", "-B", branch, "refs/remotes/origin/"+branch); err != nil {
		clone.Git("checkout", "--quiet", "--orphan", branch)
	}
	for _, f := range strings.Fields(text) {
		name, data, write := strings.Cut(f, "=")
		if !write {
			if err := os.RemoveAll(filepath.Join(clone.Dir, name)); err != nil {
				w.t.Fatal(err)
			}
			continue
		}
		if target, link := strings.CutPrefix(data, "->"); link {
			full := filepath.Join(clone.Dir, name)
			if err := os.MkdirAll(path.Dir(full), 0o755); err != nil {
				w.t.Fatal(err)
			}
			_ = os.Remove(full)
			if err := os.Symlink(target, full); err != nil {
				w.t.Fatal(err)
			}
			continue
		}
		clone.Write(name, data)
	}
	clone.Commit("by somebody else", nil)
	clone.Git("push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
}
