package publish_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
)

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, p := range permutations(n - 1) {
		for i := range n {
			all = append(all, slices.Insert(slices.Clone(p), i, n-1))
		}
	}
	return all
}

// However late the runs for older commits come, what the newest one says stays.
func TestOrderOfFullRuns(t *testing.T) {
	t.Parallel()
	base := newWorld(t, 3)
	for name, renders := range map[string][]string{
		"changes":           {"prod: web/a=1", "prod: web/a=2", "prod: web/a=3"},
		"revert":            {"prod: web/a=1", "prod: web/a=2", "prod: web/a=1"},
		"app removed":       {"prod: old/a=1 web/a=1", "prod: old/a=2 web/a=1", "prod: web/a=1"},
		"app came and went": {"prod: web/a=1", "prod: new/a=1 web/a=1", "prod: web/a=1"},
		"app added":         {"prod: web/a=1", "prod: web/a=1", "prod: new/a=1 web/a=1"},
		"all apps removed":  {"prod: web/a=1", "prod: web/a=2", "prod:"},
	} {
		for _, order := range permutations(3) {
			for _, place := range []func(string) (string, string){onBranches, inFolders} {
				if renders[order[0]] == "prod:" {
					continue // nothing is there yet that could remember the newest commit
				}
				_, folder := place("x")
				if folder != "" && name != "revert" && name != "app came and went" {
					continue // for the sake of time
				}
				t.Run(fmt.Sprint(name, order, folder), func(t *testing.T) {
					t.Parallel()
					w := base.fresh(t)
					newest := -1
					for _, i := range order {
						r := w.at(i)
						r.Place = place
						before := w.refs()
						reports := mustPublish(t, r, renders[i])
						if i < newest && (w.refs() != before || reports[0].Status != publish.Superseded || reports[0].Newer != w.commits[newest].Hash) {
							t.Errorf("the run for commit %d after %d: %+v", i, newest, reports[0])
						}
						newest = max(newest, i)
						w.mustHold(renders[newest])
					}
				})
			}
		}
	}
}

func TestOrderOfEnvironments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	mustPublish(t, w.at(0), "dev: web/a=0; prod: web/a=0")
	mustPublish(t, w.at(2), "dev: web/a=0")
	mustPublish(t, w.at(5), "dev: web/a=0")
	w.mustHold("dev: web/a=0; prod:")
	// Commits 1, 3 and 4 have prod: 5 says that it is gone, though it found nothing left to remove.
	for _, i := range []int{1, 3, 4} {
		if got := statuses(mustPublish(t, w.at(i), "dev: web/a=1; prod: web/a=1")); got != "env/dev superseded, env/prod superseded" {
			t.Errorf("commit %d: %s", i, got)
		}
	}
	w.mustHold("dev: web/a=0; prod:")
}

// A step is a run: commit, wants, whether only the named environments were asked for, and what the branches hold then.
type run struct {
	commit int
	wants  string
	only   bool
	holds  string
}

func TestOrderOfPartialRuns(t *testing.T) {
	t.Parallel()
	for name, runs := range map[string][]run{
		"an app ahead": {
			{0, "prod: web/a=0 api/a=0", false, "prod: api/a=0 web/a=0"},
			{2, "prod: web/a=2 api?", true, "prod: api/a=0 web/a=2"},
			{1, "prod: web/a=1 api/a=1", false, "prod: api/a=1 web/a=2"},
			{0, "prod: web/a=0 api/a=0", false, "prod: api/a=1 web/a=2"},
			{1, "prod: web/a=1 api?", true, "prod: api/a=1 web/a=2"},
			{2, "prod: web/a=2 api/a=2", false, "prod: api/a=2 web/a=2"},
			{1, "prod: api/a=1 web?", true, "prod: api/a=2 web/a=2"},
		},
		"a removed app ahead": {
			{0, "prod: web/a=0 old/a=0", false, "prod: old/a=0 web/a=0"},
			{2, "prod: web?", true, "prod: web/a=0"},
			{1, "prod: web/a=1 old/a=1", false, "prod: web/a=1"},
			{3, "prod: web/a=3", false, "prod: web/a=3"},
			{2, "prod: old/a=2 web?", true, "prod: web/a=3"},
			{4, "prod: web/a=3 old/a=4", false, "prod: old/a=4 web/a=3"},
		},
		"an app that only the middle has": {
			{0, "prod: web/a=0 api/a=0", false, "prod: api/a=0 web/a=0"},
			{3, "prod: web/a=3 api?", true, "prod: api/a=0 web/a=3"},
			{2, "prod: web/a=2 api/a=2", false, "prod: api/a=2 web/a=3"},
			{1, "prod: web/a=1 api/a=1 new/a=1", false, "prod: api/a=2 web/a=3"},
		},
		"a failed app catches up": {
			{0, "prod: web/a=0 api/a=0", false, "prod: api/a=0 web/a=0"},
			{3, "prod: web! api/a=3", false, "prod: api/a=3 web/a=0"},
			{2, "prod: web/a=2 api/a=2", false, "prod: api/a=3 web/a=2"},
			{1, "prod: web/a=1 api/a=1", false, "prod: api/a=3 web/a=2"},
			{3, "prod: web! api/a=3", false, "prod: api/a=3 web/a=2"},
			{3, "prod: web/a=3 api/a=3", false, "prod: api/a=3 web/a=3"},
			{2, "prod: web/a=2 api/a=2", false, "prod: api/a=3 web/a=3"},
		},
		"an environment ahead": {
			{0, "dev: web/a=0; prod: web/a=0", false, "dev: web/a=0; prod: web/a=0"},
			{2, "prod: web/a=2", true, "dev: web/a=0; prod: web/a=2"},
			{1, "dev: web/a=1; prod: web/a=1 new/a=1", false, "dev: web/a=1; prod: web/a=2"},
			{1, "prod: web/a=1 new/a=1", true, "dev: web/a=1; prod: web/a=2"},
			{2, "dev: web/a=2; prod: web/a=2", false, "dev: web/a=2; prod: web/a=2"},
			{1, "dev: web/a=1", true, "dev: web/a=2; prod: web/a=2"},
		},
	} {
		for _, place := range []func(string) (string, string){onBranches, inFolders} {
			_, folder := place("x")
			t.Run(name+" "+folder, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 5)
				for i, s := range runs {
					r := w.at(s.commit)
					r.Place, r.Prune = place, !s.only
					mustPublish(t, r, s.wants)
					if got := w.holds(); got != s.holds {
						t.Fatalf("run %d: %q, want %q; note %s", i, got, s.holds, w.bare.Git("log", "-1", "-p", publish.NotesRef))
					}
				}
			})
		}
	}
}

func TestOrderWithoutNotes(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*world){
		"ref deleted":   func(w *world) { w.bare.Git("update-ref", "-d", publish.NotesRef) },
		"commit on top": func(w *world) { w.foreign("env/prod", "README=1") },
		"not JSON":      func(w *world) { w.bare.Git("notes", "--ref=hydrator.metadata", "add", "-f", "-m", "{", "env/prod") },
		"of another tool": func(w *world) {
			w.bare.Git("notes", "--ref=hydrator.metadata", "add", "-f", "-m", `{"drySha":"x"}`, "env/prod")
		},
		"hostile": func(w *world) {
			w.bare.Git("notes", "--ref=hydrator.metadata", "add", "-f", "-m", `{"drySha":"x","sources":{"`+sourceName+`":{"commit":"--help"}}}`, "env/prod")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 3)
			mustPublish(t, w.at(0), "prod: web/a=0")
			mustPublish(t, w.at(2), "prod: web/a=2")
			lose(w)
			before := w.bare.Hash("env/prod")
			if got := statuses(mustPublish(t, w.at(1), "prod: web/a=1")); got != "env/prod superseded" || w.bare.Hash("env/prod") != before {
				t.Errorf("an older run: %s", got)
			}
			mustPublish(t, w.at(2), "prod: web/a=2")
			if w.bare.Hash("env/prod") != before || !strings.Contains(w.note("env/prod"), `"drySha": "`+string(w.commits[2].Hash)) {
				t.Errorf("the note did not come back: %s", w.note("env/prod"))
			}
		})
	}
}

// Commit 2 is a revert to 0, so that only a note knows of it; then somebody commits on top.
func TestOrderOfRevertBelowForeignCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	mustPublish(t, w.at(0), "prod: web/a=0")
	mustPublish(t, w.at(2), "prod: web/a=0")
	w.foreign("env/prod", "README=1")
	w.foreign("env/prod", "README=2")
	if got := statuses(mustPublish(t, w.at(1), "prod: web/a=1")); got != "env/prod superseded" {
		t.Errorf("an older run: %s", got)
	}
	w.mustHold("prod: README=2 web/a=0")
}

func TestDiverged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.src.Git("checkout", "--quiet", "-b", "other", string(w.commits[0].Hash))
	other := w.commit("on another branch")
	next := w.commit("and one more")
	mustPublish(t, w.at(1), "dev: web/a=1; prod: web/a=1 api/a=1")
	before := w.refs()
	r := w.to(w.bare.Dir, other, gitrepo.RemoteOptions{})
	_, err := r.Publish(t.Context(), wants("dev: web/a=2; prod: web/a=2 api!"))
	var diverged *publish.DivergedError
	if !errors.As(err, &diverged) || diverged.Recorded != w.commits[1].Hash || diverged.Ours != other.Hash || !strings.Contains(diverged.Hint(), "--allow-diverged") {
		t.Errorf("error = %v", err)
	}
	if w.refs() != before {
		t.Error("something was changed")
	}
	r.AllowDiverged = true
	mustPublish(t, r, "dev: web/a=2; prod: web/a=2 api!")
	w.mustHold("dev: web/a=2; prod: api/a=1 web/a=2")
	// Once is enough, also for the app that had failed.
	mustPublish(t, w.to(w.bare.Dir, next, gitrepo.RemoteOptions{}), "dev: web/a=3; prod: web/a=3 api/a=3")
	w.mustHold("dev: web/a=3; prod: api/a=3 web/a=3")

	// A commit that exists nowhere any more.
	lost := w.commits[0]
	lost.Hash = gitrepo.Hash(strings.Repeat("1", 40))
	r = w.to(w.bare.Dir, lost, gitrepo.RemoteOptions{})
	if _, err := r.Publish(t.Context(), wants("prod: web/a=4")); !errors.As(err, &diverged) {
		t.Errorf("error = %v", err)
	}
}

// The source is cloned one commit deep, over http with a token, as CI does it; ancestry is found out by fetching commits.
func TestShallowSource(t *testing.T) {
	t.Parallel()
	const token = "ghs_0123456789secret"
	w := newWorld(t, 4)
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	origin := srv.Init("acme/apps")
	w.bare = srv.Init("acme/rendered")
	w.src.Git("push", "--quiet", origin.Dir, "HEAD:refs/heads/main")
	shallow := func(commit int) *publish.Remote {
		withToken := strings.Replace(srv.URL("acme/apps"), "://", "://x:"+token+"@", 1)
		clone := gitrepotest.Clone(t, withToken, "--depth=1")
		if commit < 3 {
			clone.Git("fetch", "--quiet", "--depth=1", "origin", string(w.commits[commit].Hash))
			clone.Git("checkout", "--quiet", "FETCH_HEAD")
			clone.Git("update-ref", "-d", "refs/remotes/origin/main")
		}
		clone.Git("remote", "set-url", "origin", srv.URL("acme/apps"))
		source, err := gitrepo.OpenSource(t.Context(), clone.Dir, gitrepo.SourceOptions{Env: clone.Env, Token: token, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		head, err := source.Head(t.Context())
		if err != nil || head.Hash != w.commits[commit].Hash {
			t.Fatalf("head = %v, %v", head.Hash, err)
		}
		r := w.to(srv.URL("acme/rendered"), head, gitrepo.RemoteOptions{Token: token})
		r.History = source
		return r
	}
	mustPublish(t, shallow(0), "prod: web/a=0")
	mustPublish(t, shallow(2), "prod: web/a=2")
	if got := statuses(mustPublish(t, shallow(1), "prod: web/a=1")); got != "env/prod superseded" {
		t.Errorf("older: %s", got)
	}
	mustPublish(t, shallow(3), "prod: web/a=3")
	w.mustHold("prod: web/a=3")
}

// Without a commit there is no order, and comparing still works.
func TestPlanWithoutCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	mustPublish(t, w.at(0), "prod: web/a=0")
	r := w.to(w.bare.Dir, gitrepo.Commit{}, gitrepo.RemoteOptions{})
	reports, err := r.Plan(t.Context(), wants("prod: web/a=1"))
	if err != nil || statuses(reports) != "env/prod published" {
		t.Errorf("%s, %v", statuses(reports), err)
	}
}
