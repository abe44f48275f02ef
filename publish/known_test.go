package publish_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

// reuser makes wants of apps that were not rendered, and counts what is rendered all the same.
type reuser struct {
	format  gitrepo.Format
	fail    error
	mu      sync.Mutex
	renders []string
}

// known is the wants of a text with every app known by its tree alone.
func (k *reuser) known(text string) []publish.Want {
	list := wants(text)
	for i, w := range list {
		list[i].Known = map[string]publish.Known{}
		for app, files := range w.Units {
			below := map[string][]byte{}
			for name, data := range files {
				below[strings.TrimPrefix(name, app+"/")] = data
			}
			list[i].Known[app] = publish.Known{Tree: publish.TreeOf(k.format, below), Render: func(context.Context) (map[string][]byte, error) {
				k.mu.Lock()
				defer k.mu.Unlock()
				k.renders = append(k.renders, w.Env+"/"+app)
				return below, k.fail
			}}
		}
		list[i].Units = nil
	}
	return list
}

// rendered are the units that were rendered since it was asked last.
func (k *reuser) rendered() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	text := strings.Join(k.renders, " ")
	k.renders = nil
	return text
}

func TestKnownUnchanged(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(string) (string, string){"branches": onBranches, "folders": inFolders} {
		for _, format := range []gitrepo.Format{gitrepo.SHA1, gitrepo.SHA256} {
			t.Run(name+" "+string(format), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 2)
				w.bare = gitrepotest.InitBare(t, "--object-format="+string(format))
				const all = "dev: web/a=1 web/sub/b=2 empty; prod: api/a=1 web/a=1"
				at := func(commit int) *publish.Remote { r := w.at(commit); r.Place = place; return r }
				mustPublish(t, at(0), all)
				refs, k := w.refs(), &reuser{format: format}
				for _, commit := range []int{0, 1} { // the second time, only the notes move
					reports, err := at(commit).Publish(t.Context(), k.known(all))
					if err != nil || strings.Contains(statuses(reports), "published") || k.rendered() != "" {
						t.Errorf("%s, %v", statuses(reports), err)
					}
					if moved := changedRefs(refs, w.refs()); commit == 0 && moved != "" || commit == 1 && moved != publish.NotesRef {
						t.Errorf("commit %d: refs that moved: %q", commit, moved)
					}
				}
				if !strings.Contains(w.note(func() string { b, _ := place("dev"); return b }()), string(w.commits[1].Hash)) {
					t.Error("the note does not name the newest source commit")
				}
			})
		}
	}
}

// Whatever somebody did to the published files of an app that was not rendered: it is rendered after all and put right, and nothing
// else is.
func TestKnownTampered(t *testing.T) {
	t.Parallel()
	const all = "dev: web/a=1; prod: api/a=1 web/a=1 web/sub/b=2"
	for name, test := range map[string]struct {
		tamper   func(w *world)
		rendered string
		holds    string
	}{
		"edited":                  {func(w *world) { w.foreign("env/prod", "web/a=9") }, "prod/web", all},
		"deleted":                 {func(w *world) { w.foreign("env/prod", "web/sub/b") }, "prod/web", all},
		"all deleted":             {func(w *world) { w.foreign("env/prod", "web") }, "prod/web", all},
		"now a link":              {func(w *world) { w.foreign("env/prod", "web/a=->/etc/passwd") }, "prod/web", all},
		"now a folder":            {func(w *world) { w.foreign("env/prod", "web/a web/x=1") }, "prod/web", "dev: web/a=1; prod: api/a=1 web/a=1 web/sub/b=2 web/x=1"},
		"mode":                    {func(w *world) { w.chmod("env/prod", "web/a") }, "prod/web", all},
		"file of somebody else's": {func(w *world) { w.foreign("env/prod", "web/mine=1 web/sub/mine=1") }, "", "dev: web/a=1; prod: api/a=1 web/a=1 web/mine=1 web/sub/b=2 web/sub/mine=1"},
		"branch deleted":          {func(w *world) { w.bare.Git("update-ref", "-d", "refs/heads/env/prod") }, "prod/api prod/web", all},
		"index emptied":           {func(w *world) { w.foreign("env/prod", publish.IndexPath+" web api") }, "prod/api prod/web", all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			mustPublish(t, w.at(0), all)
			test.tamper(w)
			k := &reuser{format: gitrepo.SHA1}
			refs := w.refs()
			if _, err := w.at(1).Plan(t.Context(), k.known(all)); err != nil || w.refs() != refs {
				t.Fatalf("plan: %v, refs that moved: %s", err, changedRefs(refs, w.refs()))
			}
			if got := sorted(k.rendered()); got != test.rendered {
				t.Errorf("plan rendered %q, want %q", got, test.rendered)
			}
			for i, want := range []string{test.rendered, ""} {
				if _, err := w.at(1).Publish(t.Context(), k.known(all)); err != nil {
					t.Fatal(err)
				}
				if got := sorted(k.rendered()); got != want {
					t.Errorf("publish %d rendered %q, want %q", i, got, want)
				}
				w.mustHold(test.holds)
			}
			if modes := w.bare.Git("ls-tree", "-r", "env/prod"); strings.Contains(modes, "120000") || strings.Contains(modes, "100755") {
				t.Errorf("modes:\n%s", modes)
			}
		})
	}
}

// chmod makes a file executable.
func (w *world) chmod(branch, file string) {
	w.t.Helper()
	clone := w.bare.Clone("--branch", branch)
	clone.Git("update-index", "--chmod=+x", file)
	clone.Git("commit", "--quiet", "--message", "chmod")
	clone.Git("push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
}

func sorted(text string) string {
	list := strings.Fields(text)
	for i := range list {
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return strings.Join(list, " ")
}

// Where an app must be rendered again and cannot be, every such app is named and nothing is changed.
func TestKnownRenderFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	const all = "dev: web/a=1; prod: api/a=1 web/a=1"
	mustPublish(t, w.at(0), all)
	w.foreign("env/prod", "web/a=9 api/a=9")
	refs := w.refs()
	broken := errors.New("it is broken")
	results := func(fail error) (results []render.Result) {
		for _, want := range wants(all) {
			for app := range want.Units {
				tree := publish.TreeOf(gitrepo.SHA1, map[string][]byte{"a": []byte("1")})
				results = append(results, render.Result{Unit: config.Unit{App: app, Env: want.Env}, Reused: true, Record: readset.Record{Tree: string(tree)}})
			}
		}
		return results
	}
	var calls atomic.Int32
	list, err := publish.NewWants([]string{"dev", "prod"}, results(broken), nil, func(_ context.Context, u config.Unit) render.Result {
		calls.Add(1)
		return render.Result{Unit: u, Err: broken}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []func(context.Context, []publish.Want) ([]publish.Report, error){w.at(1).Publish, w.at(1).Plan} {
		_, err := do(t.Context(), list)
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "api in prod") || !strings.Contains(err.Error(), "web in prod") {
			t.Errorf("error = %v", err)
		}
	}
	if w.refs() != refs || calls.Load() != 4 {
		t.Errorf("%d renders, refs that moved: %s", calls.Load(), changedRefs(refs, w.refs()))
	}

	// One that renders does so once, however often it is asked.
	calls.Store(0)
	list, err = publish.NewWants([]string{"dev", "prod"}, results(nil), nil, func(_ context.Context, u config.Unit) render.Result {
		calls.Add(1)
		return render.Result{Unit: u, Files: map[string][]byte{"a": []byte("1")}}
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.at(1).Plan(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.at(1).Publish(t.Context(), list); err != nil || calls.Load() != 2 {
		t.Errorf("%d renders of 2 apps, %v", calls.Load(), err)
	}
	w.mustHold(all)
}

// Apps of other sources are not taken over, whatever their files are.
func TestKnownOfAnotherSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	mustPublish(t, w.at(0), "prod: web/a=1")
	r := w.at(1)
	r.Source.Repository = "https://example.com/other"
	k := &reuser{format: gitrepo.SHA1}
	_, err := r.Publish(t.Context(), k.known("prod: web/a=1"))
	var owner *publish.OwnerError
	if !errors.As(err, &owner) || owner.Owner != sourceName {
		t.Errorf("error = %v", err)
	}
	// And files that nobody's index knows are somebody's.
	w.foreign("env/prod", "db/a=1")
	if _, err := w.at(1).Publish(t.Context(), k.known("prod: web/a=1 cache/a=2")); err != nil || k.rendered() != "prod/web prod/cache" && k.rendered() != "" {
		t.Errorf("error = %v", err)
	}
	w.mustHold("prod: cache/a=2 db/a=1 web/a=1")
}

// A run that comes late renders nothing that a newer commit has published meanwhile, and leaves it alone.
func TestKnownSuperseded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	mustPublish(t, w.at(0), "dev: web/a=1; prod: api/a=1 web/a=1")
	mustPublish(t, w.at(2), "dev: web/a=3; prod: api/a=3 web/a=3 new/a=3")
	refs := w.refs()
	k := &reuser{format: gitrepo.SHA1, fail: errors.New("must not be rendered")}
	reports, err := w.at(1).Publish(t.Context(), k.known("dev: web/a=1; prod: api/a=1 web/a=1"))
	if err != nil || statuses(reports) != "env/dev superseded, env/prod superseded" || k.rendered() != "" || w.refs() != refs {
		t.Errorf("%s, %v, refs that moved: %s", statuses(reports), err, changedRefs(refs, w.refs()))
	}
}

// A publisher of an older commit that reuses everything is overtaken, between its look and its push, by one of a newer commit.
func TestKnownOvertaken(t *testing.T) {
	t.Parallel()
	for name, newer := range map[string]string{"changed": "dev: web/a=1; prod: web/a=2", "the same": "dev: web/a=1; prod: web/a=1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 3)
			mustPublish(t, w.at(0), "dev: web/a=1; prod: web/a=1")
			w.foreign("env/dev", "web/a=tampered") // so that there is something to push
			k := &reuser{format: gitrepo.SHA1}
			list := k.known("dev: web/a=1; prod: web/a=1")
			render, overtaken := list[0].Known["web"].Render, false
			list[0].Known["web"] = publish.Known{Tree: list[0].Known["web"].Tree, Render: func(ctx context.Context) (map[string][]byte, error) {
				if !overtaken {
					overtaken = true
					mustPublish(t, w.at(2), newer)
				}
				return render(ctx)
			}}
			r := w.at(1)
			r.Records = map[string]readset.Record{"dev/web": record("1"), "prod/web": record("1")}
			reports, err := r.Publish(t.Context(), list)
			if err != nil || !overtaken || strings.Contains(statuses(reports), "published") {
				t.Fatalf("overtaken %v: %s, %v", overtaken, statuses(reports), err)
			}
			w.mustHold(newer)
			for _, branch := range []string{"env/dev", "env/prod"} {
				if !strings.Contains(w.note(branch), string(w.commits[2].Hash)) || strings.Contains(w.note(branch), string(w.commits[1].Hash)) {
					t.Errorf("note on %s: %s", branch, w.note(branch))
				}
			}
			if strings.Contains(w.refs(), publish.DigestsRef) {
				t.Error("records of the older commit were kept")
			}
		})
	}
}

func TestKnownInFolder(t *testing.T) {
	t.Parallel()
	const all = "dev: web/a=1; prod: api/a=1 web/a=1 web/sub/b=2"
	for name, test := range map[string]struct {
		tamper   func(prod string) error
		rendered string
	}{
		"untouched": {func(string) error { return nil }, ""},
		"edited":    {func(prod string) error { return os.WriteFile(filepath.Join(prod, "web/a"), []byte("9"), 0o644) }, "prod/web"},
		"deleted":   {func(prod string) error { return os.Remove(filepath.Join(prod, "web/sub/b")) }, "prod/web"},
		"now a link to equal content": {func(prod string) error {
			return errors.Join(os.Rename(filepath.Join(prod, "web/a"), filepath.Join(prod, "web/a2")), os.Symlink("a2", filepath.Join(prod, "web/a")))
		}, "prod/web"},
		"file of somebody else's": {func(prod string) error { return os.WriteFile(filepath.Join(prod, "web/mine"), []byte("9"), 0o644) }, ""},
		"everything deleted":      {os.RemoveAll, "prod/api prod/web"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &publish.Dir{Path: t.TempDir(), Source: sourceName, Prune: true}
			if _, err := d.Publish(t.Context(), wants(all)); err != nil {
				t.Fatal(err)
			}
			prod := filepath.Join(d.Path, "prod")
			if err := test.tamper(prod); err != nil {
				t.Fatal(err)
			}
			k := &reuser{format: gitrepo.SHA1}
			for i, want := range []string{test.rendered, ""} {
				if _, err := d.Publish(t.Context(), k.known(all)); err != nil {
					t.Fatal(err)
				}
				if got := sorted(k.rendered()); got != want {
					t.Errorf("publish %d rendered %q, want %q", i, got, want)
				}
			}
			for file, want := range map[string]string{"web/a": "1", "web/sub/b": "2", "api/a": "1"} {
				if got, err := os.ReadFile(filepath.Join(prod, file)); err != nil || string(got) != want {
					t.Errorf("%s = %q, %v", file, got, err)
				}
			}
			if info, err := os.Lstat(filepath.Join(prod, "web/a")); err != nil || !info.Mode().IsRegular() {
				t.Errorf("web/a is %v, %v", info.Mode(), err)
			}
		})
	}
}

// Many apps that must be rendered after all are rendered side by side, and end soon when asked to.
func TestKnownInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	list := []publish.Want{{Env: "prod", Known: map[string]publish.Known{}}}
	for _, app := range strings.Fields("a b c d e f g h") {
		list[0].Known[app] = publish.Known{Render: func(ctx context.Context) (map[string][]byte, error) {
			cancel()
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Minute):
				return nil, errors.New("not interrupted")
			}
		}}
	}
	if _, err := w.at(0).Publish(ctx, list); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
