package publish_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

func TestRemoteFromNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	const all = "dev: web/a=1; prod: api/c=3 web/a=1 web/b=2"
	plan, err := w.at(0).Plan(t.Context(), wants(all))
	if err != nil || statuses(plan) != "env/dev published, env/prod published" || w.refs() != "" {
		t.Fatalf("plan: %s, %v; refs %q", statuses(plan), err, w.refs())
	}
	reports := mustPublish(t, w.at(0), all)
	if got := statuses(reports); got != "env/dev published, env/prod published" {
		t.Errorf("statuses = %s", got)
	}
	w.mustHold(all)
	if r := reports[1]; r.Before != "" || string(r.After) != w.bare.Hash("env/prod") || r.Changes() != 3 {
		t.Errorf("report = %+v", r)
	}

	// Again: nothing happens.
	refs := w.refs()
	reports = mustPublish(t, w.at(0), all)
	if got := statuses(reports); got != "env/dev unchanged, env/prod unchanged" || w.refs() != refs || reports[0].After != reports[0].Before {
		t.Errorf("again: %s, refs %s", got, w.refs())
	}
	// The next source commit renders to the same: only the notes move.
	if got := statuses(mustPublish(t, w.at(1), all)); got != "env/dev unchanged, env/prod unchanged" {
		t.Errorf("next commit: %s", got)
	}
	if got := changedRefs(refs, w.refs()); got != publish.NotesRef {
		t.Errorf("refs that moved: %s", got)
	}
	var n struct{ DrySHA gitrepo.Hash }
	if err := json.Unmarshal([]byte(w.note("env/prod")), &n); err != nil || n.DrySHA != w.commits[1].Hash {
		t.Errorf("note = %s, want drySha %s", w.note("env/prod"), w.commits[1].Hash)
	}
	w.bare.Git("fsck", "--strict")
}

// changedRefs are the names of refs that differ.
func changedRefs(before, after string) string {
	was := map[string]bool{}
	for line := range strings.Lines(before) {
		was[strings.TrimSpace(line)] = true
	}
	var names []string
	for line := range strings.Lines(after) {
		if line = strings.TrimSpace(line); !was[line] {
			names = append(names, strings.Fields(line)[2])
		}
	}
	return strings.Join(names, " ")
}

func TestRemoteMissingRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	dir := filepath.Join(t.TempDir(), "rendered.git")
	r := w.to(dir, w.commits[0], gitrepo.RemoteOptions{CreateBare: true})
	mustPublish(t, r, "prod: web/a=1")
	if got := holds(gitrepotest.Open(t, dir)); got != "prod: web/a=1" {
		t.Errorf("holds %s", got)
	}
}

// One line a step: what is published from one commit to the next, and what is there then.
func TestRemoteSteps(t *testing.T) {
	t.Parallel()
	type step struct{ wants, statuses, holds string }
	for name, test := range map[string]struct {
		place func(string) (string, string)
		steps []step
	}{
		"one change": {steps: []step{
			{"dev: web/a=1; prod: web/a=1 web/b=1", "env/dev published, env/prod published", "dev: web/a=1; prod: web/a=1 web/b=1"},
			{"dev: web/a=1; prod: web/a=2 web/b=1", "env/dev unchanged, env/prod published", "dev: web/a=1; prod: web/a=2 web/b=1"},
		}},
		"object and app removed": {steps: []step{
			{"prod: web/a=1 web/b=1 api/a=1", "env/prod published", "prod: api/a=1 web/a=1 web/b=1"},
			{"prod: web/a=1", "env/prod published", "prod: web/a=1"},
			{"prod:", "env/prod published", "prod:"},
			{"prod:", "env/prod unchanged", "prod:"},
		}},
		"environment removed": {steps: []step{
			{"dev: web/a=1; prod: web/a=1", "env/dev published, env/prod published", "dev: web/a=1; prod: web/a=1"},
			{"dev: web/a=1", "env/dev unchanged, env/prod published", "dev: web/a=1; prod:"},
			{"dev: web/a=1", "env/dev unchanged", "dev: web/a=1; prod:"},
			{"dev: web/a=1; prod: web/a=2", "env/dev unchanged, env/prod published", "dev: web/a=1; prod: web/a=2"},
		}},
		"app without files": {steps: []step{
			{"prod: web", "env/prod published", "prod:"},
			{"prod: web", "env/prod unchanged", "prod:"},
		}},
		"failed app keeps its output": {steps: []step{
			{"prod: web/a=1 api/a=1", "env/prod published", "prod: api/a=1 web/a=1"},
			{"prod: web! api/a=2", "env/prod published", "prod: api/a=2 web/a=1"},
			{"prod: web! api!", "env/prod unchanged", "prod: api/a=2 web/a=1"},
			{"prod: web/a=4 api!", "env/prod published", "prod: api/a=2 web/a=4"},
		}},
		"one app only": {steps: []step{
			{"prod: web/a=1 api/a=1", "env/prod published", "prod: api/a=1 web/a=1"},
			{"prod: web/a=2 api?", "env/prod published", "prod: api/a=1 web/a=2"},
			{"prod: web/a=3 api/a=3", "env/prod published", "prod: api/a=3 web/a=3"},
		}},
		"folders": {place: inFolders, steps: []step{
			{"dev: web/a=1; prod: web/a=1 web/b=1", "rendered published", "dev: web/a=1; prod: web/a=1 web/b=1"},
			{"dev: web/a=1; prod: web/a=1 web/b=1", "rendered unchanged", "dev: web/a=1; prod: web/a=1 web/b=1"},
			{"dev: web/a=1; prod: web/a=2", "rendered published", "dev: web/a=1; prod: web/a=2"},
			{"dev: web/a=1", "rendered published", "dev: web/a=1; prod:"},
			{"dev: web/a=1", "rendered unchanged", "dev: web/a=1; prod:"},
			{"", "rendered published", "dev:; prod:"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, len(test.steps))
			for i, s := range test.steps {
				r := w.at(i)
				if test.place != nil {
					r.Place = test.place
				}
				before := w.refs()
				if got := statuses(mustPublish(t, r, s.wants)); got != s.statuses {
					t.Errorf("step %d: %s, want %s", i, got, s.statuses)
				}
				if moved := changedRefs(before, w.refs()); strings.Contains(moved, "refs/heads/") != strings.Contains(s.statuses, "published") {
					t.Errorf("step %d: refs that moved: %s", i, moved)
				}
				w.mustHold(s.holds)
			}
			w.bare.Git("fsck", "--strict")
		})
	}
}

func TestRemoteOneEnvironmentOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	mustPublish(t, w.at(0), "dev: web/a=1; prod: web/a=1 api/a=1")
	r := w.at(1)
	r.Prune = false
	if got := statuses(mustPublish(t, r, "prod: web/a=2")); got != "env/prod published" {
		t.Errorf("statuses = %s", got)
	}
	w.mustHold("dev: web/a=1; prod: web/a=2")
}

func TestRemoteSharedEnvironment(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(string) (string, string){"branches": onBranches, "folders": inFolders} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := newWorld(t, 3), newWorld(t, 3)
			b.bare = a.bare
			of := func(w *world, commit int) *publish.Remote {
				r := w.at(commit)
				r.Place = place
				if w == b {
					r.Source.Repository = "https://example.com/acme/other"
				}
				return r
			}
			mustPublish(t, of(a, 0), "prod: web/a=1")
			mustPublish(t, of(b, 0), "prod: api/a=1; qa: api/a=1")
			a.mustHold("prod: api/a=1 web/a=1; qa: api/a=1")
			mustPublish(t, of(a, 2), "prod: web/a=3")
			mustPublish(t, of(b, 2), "prod: api/a=3")
			a.mustHold("prod: api/a=3 web/a=3; qa:")
			// Each source has an order of its own, also when the other one published last.
			mustPublish(t, of(a, 1), "prod: web/a=2 old/a=2")
			mustPublish(t, of(b, 1), "prod: api/a=2")
			a.mustHold("prod: api/a=3 web/a=3; qa:")
			before := a.refs()
			_, err := of(b, 2).Publish(t.Context(), wants("prod: api/a=3 web/a=9"))
			var owner *publish.OwnerError
			if !errors.As(err, &owner) || owner.App != "web" || owner.Owner != sourceName {
				t.Errorf("error = %v", err)
			}
			if a.refs() != before {
				t.Error("something was changed")
			}
			// An app moves from one source to the other: first it leaves the one, in a run for it alone or not.
			r := of(a, 2)
			r.Prune = false
			mustPublish(t, r, "prod: x?")
			mustPublish(t, of(b, 2), "prod: api/a=3 web/a=9")
			a.mustHold("prod: api/a=3 web/a=9; qa:")
			// Running again changes nothing, whoever came last.
			before = a.refs()
			mustPublish(t, of(b, 2), "prod: api/a=3 web/a=9")
			mustPublish(t, of(b, 2), "prod: api/a=3 web/a=9")
			if moved := changedRefs(before, a.refs()); moved != "" {
				t.Errorf("refs that moved: %s", moved)
			}
		})
	}
}

func TestRemoteForeignFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	w.foreign("env/prod", "README.md=hello web/mine=1 .github/ci=x")
	mustPublish(t, w.at(0), "prod: web/a=1")
	w.mustHold("prod: .github/ci=x README.md=hello web/a=1 web/mine=1")
	w.foreign("env/prod", "web/other=2")
	mustPublish(t, w.at(1), "prod:")
	w.mustHold("prod: .github/ci=x README.md=hello web/mine=1 web/other=2")

	for _, test := range []struct{ foreign, wants, want string }{
		{"x=1", "prod: web/mine=2", "in the way: web/mine"},
		{"db=file", "prod: db/a=1", "in the way: db"},
		{"cache/a/b=1", "prod: cache/a=1", "in the way: cache/a/b"},
		{"queue/a=->/etc/passwd", "prod: queue/a=1", "in the way: queue/a"},
		{"mail=->/tmp", "prod: mail/a=1", "in the way: mail"},
	} {
		w.foreign("env/prod", test.foreign)
		before := w.refs()
		for _, do := range []func(*publish.Remote) error{
			func(r *publish.Remote) error { _, err := r.Plan(t.Context(), wants(test.wants)); return err },
			func(r *publish.Remote) error { _, err := r.Publish(t.Context(), wants(test.wants)); return err },
		} {
			err := do(w.at(2))
			var foreign *publish.ForeignError
			if !errors.As(err, &foreign) || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("%s: error = %v, want %s", test.foreign, err, test.want)
			}
		}
		if w.refs() != before {
			t.Errorf("%s: something was changed", test.foreign)
		}
	}
}

// A file of ours that somebody changed, also into something that is no file, is put right.
func TestRemoteRepairs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	mustPublish(t, w.at(0), "prod: web/a=1 web/b=1 web/c=1")
	w.foreign("env/prod", "web/a=edited web/b web/c=->/etc/passwd")
	mustPublish(t, w.at(0), "prod: web/a=1 web/b=1 web/c=1")
	w.mustHold("prod: web/a=1 web/b=1 web/c=1")
	if modes := w.bare.Git("ls-tree", "-r", "env/prod"); strings.Contains(modes, "120000") {
		t.Errorf("modes:\n%s", modes)
	}
}

func TestRemoteBrokenIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	mustPublish(t, w.at(0), "prod: web/a=1")
	good := w.bare.Files("env/prod")[publish.IndexPath]
	for name, content := range map[string]string{
		"json":     "{",
		"conflict": "<<<<<<<",
		"outside":  `{"apiVersion":"plainsail.dev/v1alpha1","kind":"Index","units":{"web":{"source":"` + sourceName + `","files":["README.md"]}}}`,
		"link":     "->/etc/passwd",
	} {
		w.foreign("env/prod", publish.IndexPath+"="+content)
		before := w.refs()
		_, err := w.at(1).Publish(t.Context(), wants("dev: web/a=1; prod: web/a=2"))
		var index *publish.IndexError
		if !errors.As(err, &index) || !strings.Contains(err.Error(), "branch env/prod") || !strings.Contains(err.Error(), publish.IndexPath) || index.Hint() == "" {
			t.Errorf("%s: error = %v", name, err)
		}
		if w.refs() != before {
			t.Errorf("%s: something was changed", name)
		}
	}
	w.foreign("env/prod", publish.IndexPath)
	w.foreign("env/prod", publish.IndexPath+"="+strings.Join(strings.Fields(good), ""))
	mustPublish(t, w.at(1), "prod: web/a=2")
	w.mustHold("prod: web/a=2")
}

func TestRemoteCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	c := w.commit("Raise the limits\n\nBecause of <load> & \"peaks\".\n\nSource-Commit: 1234\nSigned-off-by: Rosa <rosa@example.com>")
	r := w.to(w.bare.Dir, c, gitrepo.RemoteOptions{})
	r.Source.Dirty = []string{"apps/web/x.yaml", "a\nSource-Repository: evil\x1b"}
	mustPublish(t, r, "dev: web/a=1; prod: web/a=1 api/b=1")

	const want = `Render api and web to prod

From https://example.com/acme/apps HASH10: Raise the limits

prod/api: 1 file added
prod/web: 1 file added

Rendered with uncommitted changes in:
- apps/web/x.yaml
- "a\nSource-Repository: evil\x1b"

Source-Repository: https://example.com/acme/apps
Source-Commit: HASH
Source-Dirty: true
Plainsail-Version: v1.2.3
Kustomize-Version: KUSTOMIZE
Helm-Version: HELM`
	fill := strings.NewReplacer("HASH10", c.Hash.Short(), "HASH", string(c.Hash), "KUSTOMIZE", render.KustomizeVersion, "HELM", render.HelmVersion)
	message := w.bare.Git("log", "-1", "--format=%B", "env/prod")
	if message != fill.Replace(want)+"\n" && message != fill.Replace(want) {
		t.Errorf("message:\n%s\nwant:\n%s", message, fill.Replace(want))
	}
	parse := exec.Command("git", "interpret-trailers", "--parse")
	parse.Stdin = strings.NewReader(message)
	trailers, err := parse.Output()
	if err != nil || !strings.HasPrefix(string(trailers), "Source-Repository: "+sourceName+"\nSource-Commit: "+string(c.Hash)+"\nSource-Dirty: true\nPlainsail-Version: v1.2.3\nKustomize-Version: ") {
		t.Errorf("trailers:\n%s", trailers)
	}
	if got := w.bare.Git("log", "-1", "--format=%an <%ae> %aI", "env/prod"); got != "Rosa <rosa@example.com> 2026-01-02T03:04:05+01:00" {
		t.Errorf("author = %s", got)
	}

	var m map[string]any
	if err := json.Unmarshal([]byte(w.bare.Files("env/prod")[publish.MetadataPath]), &m); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"repoURL": sourceName, "drySha": string(c.Hash), "author": "Rosa <rosa@example.com>", "date": "2026-01-02T03:04:05+01:00",
		"subject": "Raise the limits",
		"body":    "Because of <load> & \"peaks\".\n\nSource-Commit: 1234\nSigned-off-by: Rosa <rosa@example.com>",
	} {
		if m[key] != want {
			t.Errorf("hydrator.metadata: %s = %q, want %q", key, m[key], want)
		}
	}
	if got, _ := m["commands"].([]any); len(got) != 1 || got[0] != "plainsail render --env prod" || len(m) != 7 {
		t.Errorf("hydrator.metadata = %v", m)
	}
}

// Equal objects, another object format.
func TestRemoteSHA256(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.bare = gitrepotest.InitBare(t, "--object-format=sha256")
	mustPublish(t, w.at(0), "prod: web/a=1")
	if got := statuses(mustPublish(t, w.at(1), "prod: web/a=1")); got != "env/prod unchanged" {
		t.Errorf("statuses = %s", got)
	}
	mustPublish(t, w.at(0), "prod: web/a=0")
	w.mustHold("prod: web/a=1")
}

// The address holds a password; nothing that is published or said does.
func TestRemoteCredentials(t *testing.T) {
	t.Parallel()
	const token = "ghs_0123456789secret"
	w := newWorld(t, 2)
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	w.bare = srv.Init("acme/rendered")
	address := strings.Replace(srv.URL("acme/rendered"), "://", "://rosa:"+token+"@", 1)
	r := w.to(address, w.commits[0], gitrepo.RemoteOptions{})
	r.Source.Repository = publish.RepositoryName(address)
	mustPublish(t, r, "prod: web/a=1")
	everything := w.bare.Git("log", "-p", "--all", "--notes=hydrator.metadata")
	if !strings.Contains(everything, "acme/rendered") || strings.Contains(everything, token) || strings.Contains(everything, "rosa:") {
		t.Errorf("published:\n%s", everything)
	}
	bad := w.to(strings.Replace(address, token, "ghs_wrong_secret", 1), w.commits[1], gitrepo.RemoteOptions{})
	_, err := bad.Publish(t.Context(), wants("prod: web/a=2"))
	if err == nil || strings.Contains(err.Error(), "ghs_wrong_secret") {
		t.Errorf("error = %v", err)
	}
}
