package publish_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render/readset"
)

// record is one that differs by its text.
func record(text string) readset.Record {
	sum := sha256.Sum256([]byte(text))
	return readset.Record{
		Settings: "s", Tree: hex.EncodeToString(sum[:20]), Objects: 1,
		Reads: []readset.Read{{Path: "apps/" + text, Kind: readset.File, ID: "100644 " + hex.EncodeToString(sum[:20])}},
	}
}

// recorded publishes a text with a record for each unit that has files, by env, app and what the files hold.
func recorded(t *testing.T, r *publish.Remote, text string) []publish.Report {
	t.Helper()
	list := wants(text)
	r.Records = recordsOf(list)
	reports, err := r.Publish(t.Context(), list)
	if err != nil {
		t.Fatalf("publish %q: %v", text, err)
	}
	return reports
}

func recordsOf(list []publish.Want) map[string]readset.Record {
	records := map[string]readset.Record{}
	for _, w := range list {
		for app, files := range w.Units {
			content := app
			for _, name := range slices.Sorted(maps.Keys(files)) {
				content += " " + name + "=" + string(files[name])
			}
			records[w.Env+"/"+app] = record(content)
		}
	}
	return records
}

// digests are the units that the store knows for a source.
func (w *world) digests(repository string) string {
	w.t.Helper()
	r := w.at(0)
	r.Source.Repository = repository
	store, err := r.Store(w.t.Context())
	if err != nil {
		w.t.Errorf("store: %v", err)
	}
	return strings.Join(slices.Sorted(maps.Keys(store.Records)), " ")
}

func (w *world) mustKnow(want string) {
	w.t.Helper()
	if got := w.digests(sourceName); got != want {
		w.t.Errorf("the digests know %q, want %q", got, want)
	}
}

func TestDigests(t *testing.T) {
	t.Parallel()
	for _, format := range []gitrepo.Format{gitrepo.SHA1, gitrepo.SHA256} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 4)
			w.bare = gitrepotest.InitBare(t, "--object-format="+string(format))
			// Servers that keep branches from being rewritten take it all the same.
			w.bare.Git("config", "receive.denyNonFastForwards", "true")
			w.mustKnow("")
			steps := []struct {
				commit      int
				wants, refs string
				know        string
			}{
				{0, "dev: web/a=1; prod: api/a=1 web/a=1", "refs/heads/env/dev refs/heads/env/prod " + publish.NotesRef + " " + publish.DigestsRef, "dev/web prod/api prod/web"},
				{0, "dev: web/a=1; prod: api/a=1 web/a=1", "", "dev/web prod/api prod/web"},
				{1, "dev: web/a=1; prod: api/a=1 web/a=1", publish.NotesRef, "dev/web prod/api prod/web"},
				{1, "dev: web/a=1; prod: api/a=2 web/a=1", "refs/heads/env/prod " + publish.NotesRef + " " + publish.DigestsRef, "dev/web prod/api prod/web"},
				{1, "dev: web/a=1; prod: api! web/a=1", publish.DigestsRef, "dev/web prod/web"},
				{2, "dev: web/a=1; prod: api/a=2", "refs/heads/env/prod " + publish.NotesRef + " " + publish.DigestsRef, "dev/web prod/api"},
				{3, "dev: web/a=1", "refs/heads/env/prod " + publish.NotesRef + " " + publish.DigestsRef, "dev/web"},
			}
			for i, s := range steps {
				refs := w.refs()
				recorded(t, w.at(s.commit), s.wants)
				if got := changedRefs(refs, w.refs()); sorted(got) != sorted(s.refs) {
					t.Errorf("step %d: refs that moved: %q, want %q", i, got, s.refs)
				}
				w.mustKnow(s.know)
				if got := w.bare.Git("rev-list", "--count", publish.DigestsRef); got != "1" {
					t.Errorf("step %d: %s commits", i, got)
				}
			}
			w.bare.Git("fsck", "--strict")
		})
	}
}

// People who clone and fetch do not get the digests, and fresh runners get one commit.
func TestDigestsStayOutOfSight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	recorded(t, w.at(0), "prod: web/a=1")
	recorded(t, w.at(1), "prod: web/a=2")
	clone := w.bare.Clone()
	clone.Git("fetch", "--quiet", "origin")
	if refs := clone.Git("for-each-ref"); strings.Contains(refs, "digests") {
		t.Errorf("refs of a clone:\n%s", refs)
	}
	if out, err := clone.TryGit("cat-file", "-e", w.bare.Hash(publish.DigestsRef)); err == nil {
		t.Errorf("a clone has the digests: %s", out)
	}
	if branches := w.bare.Git("branch", "--all", "--format=%(refname)"); branches != "refs/heads/env/prod" {
		t.Errorf("branches: %s", branches)
	}
}

// One push carries branches, notes and digests; a run without changes pushes nothing.
func TestDigestsArePushedWithTheBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	w.bare = srv.Init("rendered")
	at := func(commit int) *publish.Remote {
		return w.to(srv.URL("rendered"), w.commits[commit], gitrepo.RemoteOptions{})
	}
	pushes := func() (n int) { // since it was asked last
		for _, r := range srv.Requests() {
			if strings.Contains(fmt.Sprintf("%+v", r), "POST") && strings.Contains(fmt.Sprintf("%+v", r), "git-receive-pack") {
				n++
			}
		}
		return n
	}
	recorded(t, at(0), "dev: web/a=1; prod: web/a=1")
	if got := pushes(); got != 1 {
		t.Errorf("%d pushes, want 1", got)
	}
	recorded(t, at(0), "dev: web/a=1; prod: web/a=1")
	if got := pushes(); got != 0 {
		t.Errorf("%d pushes for nothing", got)
	}
	// A hook that does not let one branch through stops the digests too.
	refs := w.refs()
	w.bare.Hook("update", `[ "$1" != refs/heads/env/prod ]`)
	r := at(1)
	r.Records = map[string]readset.Record{"dev/web": record("x")}
	if _, err := r.Publish(t.Context(), wants("dev: web/a=2; prod: web/a=2")); err == nil || w.refs() != refs || r.Unkept != nil {
		t.Errorf("error = %v, unkept %v; refs that moved: %s", err, r.Unkept, changedRefs(refs, w.refs()))
	}
}

// Where a server takes no such ref, the rest is published without it, and the run can say so.
func TestDigestsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.bare.Hook("update", `case "$1" in refs/heads/*|refs/notes/*) exit 0;; esac; echo "no such refs here" >&2; exit 1`)
	for commit := range 2 {
		r := w.at(commit)
		text := fmt.Sprintf("dev: web/a=%d; prod: web/a=%d", commit, commit)
		recorded(t, r, text)
		w.mustHold(text)
		if r.Unkept == nil || !strings.Contains(r.Unkept.Error(), "no such refs here") || !strings.Contains(r.Unkept.Error(), publish.DigestsRef) {
			t.Errorf("unkept = %v", r.Unkept)
		}
	}
	w.mustKnow("")
}

func TestDigestsOfSeveralSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	const other = "https://example.com/acme/other"
	of := func(commit int, repository string) *publish.Remote {
		r := w.at(commit)
		r.Source.Repository = repository
		return r
	}
	recorded(t, of(0, sourceName), "prod: web/a=1")
	recorded(t, of(0, other), "prod: api/a=1")
	recorded(t, of(1, sourceName), "prod: web/a=2")
	recorded(t, of(1, other), "prod:")
	w.mustKnow("prod/web")
	if got := w.digests(other); got != "" {
		t.Errorf("other: %q", got)
	}
	recorded(t, of(1, other), "prod: api/a=3")
	if got := w.digests(other); got != "prod/api" {
		t.Errorf("other: %q", got)
	}
	w.mustKnow("prod/web")
	if files := w.bare.Files(publish.DigestsRef); len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
}

// Runs for a part of all keep what is known of the rest, and forget what is no more.
func TestDigestsOfPartialRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	const know = "dev/web prod/api prod/web qa/web"
	recorded(t, w.at(0), "dev: web/a=1; prod: web/a=1 api/a=1; qa: web/a=1")
	w.mustKnow(know)
	// --env prod
	r := w.at(1)
	r.Prune = false
	recorded(t, r, "prod: web/a=2 api/a=1")
	w.mustKnow(know)
	// --app web
	r = w.at(1)
	r.Prune = false
	recorded(t, r, "dev: web/a=2; prod: web/a=3 api?; qa: web/a=1")
	w.mustKnow(know)
	// --shard, the first: api is gone from prod, and qa as a whole
	recorded(t, w.at(1), "dev: web?; prod: web/a=3 db?")
	w.mustKnow("dev/web prod/web")
	// --shard, another one: new is not known yet, and web fails in prod
	r = w.at(1)
	r.Prune = false
	r.Records = map[string]readset.Record{"dev/web": record("x"), "prod/web": {}}
	if _, err := r.Publish(t.Context(), wants("dev: web/a=5 new?; prod: web! new?")); err != nil {
		t.Fatal(err)
	}
	w.mustKnow("dev/web")
}

// Whatever is in the ref's place, runs do not mind, and put it right.
func TestDigestsBroken(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(sourceName))
	file := hex.EncodeToString(sum[:8]) + ".json"
	good := string(readset.Store{Records: map[string]readset.Record{"prod/web": record("forged")}}.Encode())
	commit := func(files map[string]string) func(*world) string {
		return func(w *world) string {
			r := gitrepotest.Init(w.t)
			hash := r.Commit("forged", files)
			w.bare.Git("fetch", "--quiet", r.Dir, hash)
			return hash
		}
	}
	for name, forge := range map[string]func(*world) string{
		"no JSON":           commit(map[string]string{file: "{"}),
		"empty file":        commit(map[string]string{file: ""}),
		"conflict":          commit(map[string]string{file: "<<<<<<< ours\n" + good}),
		"newer version":     commit(map[string]string{file: strings.Replace(good, `"version":`, `"version":9`, 1)}),
		"units of nobody":   commit(map[string]string{file: strings.ReplaceAll(good, "prod/web", "../../etc/passwd")}),
		"records elsewhere": commit(map[string]string{file: strings.ReplaceAll(good, "apps/forged", "../../../etc/passwd")}),
		"folder":            commit(map[string]string{file + "/x": "1"}),
		"other files":       commit(map[string]string{"README": "hello"}),
		"no files":          commit(nil),
		"link": func(w *world) string {
			return w.bare.Git("commit-tree", "-m", "x", w.mktree("120000 blob "+w.blob("/etc/passwd")+"\t"+file))
		},
		"submodule": func(w *world) string {
			return w.bare.Git("commit-tree", "-m", "x", w.mktree("160000 commit "+string(w.commits[0].Hash)+"\t"+file))
		},
		"blob": func(w *world) string { return w.blob(good) },
		"tree": func(w *world) string { return w.mktree("100644 blob " + w.blob(good) + "\t" + file) },
		"tag of a commit": func(w *world) string {
			w.bare.Git("tag", "--annotate", "--message", "x", "x", commit(map[string]string{file: good})(w))
			return w.bare.Git("rev-parse", "refs/tags/x")
		},
		"tag of a blob": func(w *world) string {
			w.bare.Git("tag", "--annotate", "--message", "x", "x", w.blob(good))
			return w.bare.Git("rev-parse", "refs/tags/x")
		},
		"history": func(w *world) string {
			return w.bare.Git("commit-tree", "-m", "x", "-p", commit(map[string]string{file: good})(w), w.mktree("100644 blob "+w.blob(good)+"\t"+file))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			recorded(t, w.at(0), "prod: web/a=1")
			w.bare.Git("update-ref", "-d", publish.DigestsRef)
			w.bare.Git("update-ref", publish.DigestsRef, forge(w))
			if name != "blob" { // git itself
				defer w.bare.Git("fsck")
			}
			r := w.at(1)
			_, _ = r.Store(t.Context()) // as every run does; what it says was wrong stops nobody
			recorded(t, r, "prod: web/a=2 api/a=1")
			w.mustHold("prod: api/a=1 web/a=2")
			w.mustKnow("prod/api prod/web")
			if got := w.bare.Git("rev-list", "--count", publish.DigestsRef); got != "1" {
				t.Errorf("%s commits", got)
			}
			refs := w.refs()
			recorded(t, w.at(1), "prod: web/a=2 api/a=1")
			if moved := changedRefs(refs, w.refs()); moved != "" {
				t.Errorf("again: refs that moved: %s", moved)
			}
		})
	}
}

func (w *world) blob(data string) string {
	file := w.bare.Dir + "/blob"
	w.bare.Write("blob", data)
	return w.bare.Git("hash-object", "-w", file)
}

func (w *world) mktree(line string) string {
	w.bare.Write("tree", line+"\n")
	return w.bare.Git("-c", "alias.t=!git mktree --missing <tree", "t")
}

// Many publishers of different apps, as shards are: all records are there in the end.
func TestDigestsRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	var wg sync.WaitGroup
	apps := []string{"a", "b", "c", "d", "e", "f"}
	for i, app := range apps {
		var text strings.Builder
		text.WriteString("prod: " + app + "/x=1")
		for _, other := range apps {
			if other != app {
				text.WriteString(" " + other + "?")
			}
		}
		r := w.at(0)
		r.Prune = i == 0
		wg.Go(func() { recorded(t, r, text.String()) })
	}
	wg.Wait()
	w.mustHold("prod: a/x=1 b/x=1 c/x=1 d/x=1 e/x=1 f/x=1")
	w.mustKnow("prod/a prod/b prod/c prod/d prod/e prod/f")
}

// What a superseded run knows is no news.
func TestDigestsSuperseded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	recorded(t, w.at(1), "dev: web/a=2; prod: web/a=2")
	refs := w.refs()
	recorded(t, w.at(0), "dev: web/a=1; prod: web/a=1")
	if moved := changedRefs(refs, w.refs()); moved != "" {
		t.Errorf("refs that moved: %s", moved)
	}
}
