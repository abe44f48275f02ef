package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

func openSource(t testing.TB, repo *gitrepotest.Repo, opts SourceOptions) *Source {
	t.Helper()
	if opts.Env == nil {
		opts.Env = repo.Env
	}
	if opts.TempDir == "" {
		opts.TempDir = t.TempDir()
	}
	s, err := OpenSource(t.Context(), repo.Dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenSource(t *testing.T) {
	t.Parallel()
	repo := gitrepotest.Init(t)
	repo.Write("sub/dir/f", "x")
	s, err := OpenSource(t.Context(), filepath.Join(repo.Dir, "sub", "dir"), SourceOptions{
		// As inside a hook of another repository.
		Env: append(repo.Env, "GIT_DIR=/nowhere", "GIT_INDEX_FILE=/nowhere/index", "GIT_WORK_TREE=/"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if real, _ := filepath.EvalSymlinks(repo.Dir); s.Top() != real {
		t.Errorf("Top = %s, want %s", s.Top(), real)
	}
	if _, err := s.Head(t.Context()); !errors.Is(err, ErrNoCommit) {
		t.Errorf("Head without a commit: %v", err)
	}
	for _, dir := range []string{t.TempDir(), gitrepotest.InitBare(t).Dir} {
		if _, err := OpenSource(t.Context(), dir, SourceOptions{Env: repo.Env}); !errors.Is(err, ErrNotRepository) {
			t.Errorf("OpenSource(%s): %v", dir, err)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	repo := gitrepotest.Init(t)
	h := repo.Commit("Subject\ncontinued\n\nBody.\n\nKey: v", map[string]string{"a": "1"})
	c, err := openSource(t, repo, SourceOptions{}).Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Hash) != h || c.Subject() != "Subject continued" || c.Body() != "Body.\n\nKey: v" {
		t.Errorf("Head = %+v", c)
	}
	if got := c.Author.Name + " <" + c.Author.Email + ">"; got != gitrepotest.Author {
		t.Errorf("author = %s", got)
	}
	if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); !c.Author.When.Equal(want) {
		t.Errorf("date = %s, want %s", c.Author.When, want)
	}
}

func TestDirty(t *testing.T) {
	t.Parallel()
	repo := gitrepotest.Init(t)
	repo.Commit("one", map[string]string{".gitignore": "*.tmp\n", "a/same": "1", "a/changed": "1", "a/gone": "1", "b/staged": "1", "b/old name": "a long enough text\n"})
	s := openSource(t, repo, SourceOptions{})
	if got, err := s.Dirty(t.Context()); err != nil || len(got) != 0 {
		t.Fatalf("clean: %q, %v", got, err)
	}
	repo.Write("a/changed", "2")
	os.Remove(filepath.Join(repo.Dir, "a", "gone"))
	repo.Write("b/staged", "2")
	repo.Git("mv", "b/old name", "b/new\nname")
	repo.Git("add", "b")
	repo.Write("new/ä*.yaml", "")
	repo.Write("x.tmp", "")
	before := repo.Snapshot()
	for _, test := range []struct {
		paths []string
		want  []string
	}{
		{nil, []string{"a/changed", "a/gone", "b/new\nname", "b/old name", "b/staged", "new/ä*.yaml"}},
		{[]string{"a"}, []string{"a/changed", "a/gone"}},
		{[]string{"new/ä*.yaml", "a/changed"}, []string{"a/changed", "new/ä*.yaml"}},
		{[]string{"*"}, nil}, // no pattern, a name
		{[]string{"-x"}, nil},
	} {
		got, err := s.Dirty(t.Context(), test.paths...)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("Dirty(%q) = %q, %v, want %q", test.paths, got, err, test.want)
		}
	}
	if after := repo.Snapshot(); after != before {
		t.Errorf("the checkout changed:\n%s\n%s", before, after)
	}
}

func TestRemoteURL(t *testing.T) {
	t.Parallel()
	repo := gitrepotest.Init(t)
	repo.Git("remote", "add", "origin", "gh:acme/app")
	repo.Git("config", "url.https://github.com/.insteadOf", "gh:")
	repo.Git("remote", "add", "near", "../near.git")
	s := openSource(t, repo, SourceOptions{})
	for name, want := range map[string]string{
		"origin": "https://github.com/acme/app",
		"near":   filepath.Join(filepath.Dir(s.Top()), "near.git"),
	} {
		if got, ok, err := s.RemoteURL(t.Context(), name); err != nil || !ok || got != want {
			t.Errorf("RemoteURL(%s) = %s, %t, %v, want %s", name, got, ok, err, want)
		}
	}
	for _, name := range []string{"none", "--all"} {
		if got, ok, err := s.RemoteURL(t.Context(), name); err != nil || ok {
			t.Errorf("RemoteURL(%s) = %s, %t, %v", name, got, ok, err)
		}
	}
}

// history makes root - a - b - c on main and root - side beside it.
func history(t *testing.T, repo *gitrepotest.Repo) map[string]Hash {
	t.Helper()
	h := map[string]Hash{}
	h["root"] = Hash(repo.Commit("root", map[string]string{"f": "0"}))
	repo.Git("checkout", "--quiet", "-b", "side")
	h["side"] = Hash(repo.Commit("side", map[string]string{"s": "1"}))
	repo.Git("checkout", "--quiet", "main")
	for _, n := range []string{"a", "b", "c"} {
		h[n] = Hash(repo.Commit(n, map[string]string{"f": n}))
	}
	h["none"] = Hash(strings.Repeat("12", 20))
	return h
}

func TestRelation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		old, new string
		want     Relation
	}{
		{"c", "c", Same},
		{"a", "c", Ancestor},
		{"b", "c", Ancestor},
		{"c", "a", Descendant},
		{"side", "c", Diverged},
		{"c", "side", Diverged},
		{"none", "c", Unknown},
		{"c", "none", Unknown},
	}
	for name, server := range map[string]gitrepotest.ServerOptions{
		"v2": {}, "noFilter": {NoFilter: true}, "v0": {ProtocolV0: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := gitrepotest.NewServer(t, server)
			srv.Init("r")
			full := gitrepotest.Init(t)
			h := history(t, full)
			full.Git("push", "--quiet", srv.URL("r"), "main", "side")
			full.Git("remote", "add", "origin", srv.URL("r"))

			clones := map[string]*gitrepotest.Repo{
				"full":    full,
				"shallow": gitrepotest.Clone(t, srv.URL("r"), "--depth=1", "--branch=main"),
				"single":  gitrepotest.Clone(t, srv.URL("r"), "--single-branch", "--branch=main"),
			}
			for kind, clone := range clones {
				if name != "v2" && kind != "shallow" {
					continue
				}
				before := clone.Snapshot()
				s := openSource(t, clone, SourceOptions{})
				for _, test := range tests {
					got, err := s.Relation(t.Context(), h[test.old], h[test.new])
					if err != nil || got != test.want {
						t.Errorf("%s: Relation(%s, %s) = %s, %v, want %s", kind, test.old, test.new, got, err, test.want)
					}
				}
				if after := clone.Snapshot(); after != before {
					t.Errorf("%s: the checkout changed", kind)
				}
			}
			// A commit on top of a shallow clone that was never pushed.
			shallow := clones["shallow"]
			local := Hash(shallow.Commit("local", map[string]string{"l": "1"}))
			if got, err := openSource(t, shallow, SourceOptions{}).Relation(t.Context(), h["a"], local); err != nil || got != Ancestor {
				t.Errorf("unpushed: %s, %v", got, err)
			}
		})
	}
}

func TestRelationWithoutOrigin(t *testing.T) {
	t.Parallel()
	repo := gitrepotest.Init(t)
	h := history(t, repo)
	s := openSource(t, repo, SourceOptions{})
	if got, err := s.Relation(t.Context(), h["none"], h["c"]); err != nil || got != Unknown {
		t.Errorf("Relation = %s, %v", got, err)
	}
	if got, err := s.Relation(t.Context(), h["a"], h["c"]); err != nil || got != Ancestor {
		t.Errorf("Relation = %s, %v", got, err)
	}
	if _, err := s.Relation(t.Context(), "--all", h["c"]); err == nil {
		t.Error("an option passed for a commit")
	}
}
