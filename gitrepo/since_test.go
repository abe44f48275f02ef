package gitrepo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

func TestSince(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := gitrepotest.Init(t)
	start := r.Commit("start", map[string]string{"a": "a\n", "b": "b\n", "gone": "x\n", "kept": "k\n", "unstaged": "u\n"})
	r.Git("branch", "topic")
	r.Commit("others went on", map[string]string{"theirs": "t\n"})
	r.Git("branch", "upstream")
	r.Git("checkout", "-q", "topic")
	r.Commit("ours", map[string]string{"b": "changed\n", "dir/new": "n\n"})
	r.Git("rm", "-q", "gone")
	r.Git("rm", "-q", "--cached", "unstaged")
	r.Write("untracked", "u\n")
	r.Write("a", "dirty\n")
	r.Write(".gitignore", "ignored\n")
	r.Write("ignored", "i\n")
	must(t, os.Chmod(filepath.Join(r.Dir, "kept"), 0o755))

	src, err := gitrepo.OpenSource(ctx, r.Dir, gitrepo.SourceOptions{Env: gitrepotest.Env(t)})
	must(t, err)
	want := map[string]gitrepo.Status{
		"a": gitrepo.Modified, "b": gitrepo.Modified, "gone": gitrepo.Deleted, "kept": gitrepo.Modified, "unstaged": gitrepo.Modified,
		"dir/new": gitrepo.Added, "untracked": gitrepo.Added, ".gitignore": gitrepo.Added,
	}
	for _, rev := range []string{"upstream", start} {
		d, err := src.Since(ctx, rev)
		must(t, err)
		if string(d.Base) != start {
			t.Errorf("since %s: base is %s, want %s", rev, d.Base, start)
		}
		if diff := cmp.Diff(want, d.Paths); diff != "" {
			t.Errorf("since %s (-want +got):\n%s", rev, diff)
		}
		if len(d.Entries) != 5 {
			t.Errorf("since %s: %d files at the base, want 5", rev, len(d.Entries))
		}
		data, err := src.ReadBlob(ctx, d.Entries[0].Hash)
		if err != nil || string(data) != "a\n" {
			t.Errorf("ReadBlob = %q, %v", data, err)
		}
	}
	for _, rev := range []string{"nothing", "--output=x", "a\nb", ""} {
		if _, err := src.Since(ctx, rev); err == nil {
			t.Errorf("since %q is no error", rev)
		}
	}
	if _, err := src.Since(ctx, "nothing"); !errors.Is(err, gitrepo.ErrNotFound) {
		t.Errorf("since nothing: %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "x")); err == nil {
		t.Error("a revision was taken for an option")
	}
}
