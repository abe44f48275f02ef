package gitrepo_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(t *testing.T, r *gitrepotest.Repo)
		want   []string
	}{
		"untouched": {func(*testing.T, *gitrepotest.Repo) {}, []string{"a", "dir/b", "c"}},
		"changed":   {func(_ *testing.T, r *gitrepotest.Repo) { r.Write("a", "other\n") }, []string{"dir/b", "c"}},
		"changed to the same size within the clock's tick": {func(_ *testing.T, r *gitrepotest.Repo) {
			r.Write("a", "A\n")
		}, []string{"dir/b", "c"}},
		"deleted":   {func(t *testing.T, r *gitrepotest.Repo) { must(t, os.Remove(filepath.Join(r.Dir, "a"))) }, []string{"dir/b", "c"}},
		"untracked": {func(_ *testing.T, r *gitrepotest.Repo) { r.Write("new", "new\n") }, []string{"a", "dir/b", "c"}},
		"mode":      {func(t *testing.T, r *gitrepotest.Repo) { must(t, os.Chmod(filepath.Join(r.Dir, "a"), 0o755)) }, []string{"dir/b", "c"}},
		"replaced by a link to equal content": {func(t *testing.T, r *gitrepotest.Repo) {
			must(t, os.Rename(filepath.Join(r.Dir, "a"), filepath.Join(r.Dir, "a2")))
			must(t, os.Symlink("a2", filepath.Join(r.Dir, "a")))
		}, []string{"dir/b", "c"}},
		"assumed unchanged": {func(_ *testing.T, r *gitrepotest.Repo) {
			r.Git("update-index", "--assume-unchanged", "a")
			r.Write("a", "other\n")
		}, []string{"dir/b", "c"}},
		"skipped by a sparse checkout": {func(_ *testing.T, r *gitrepotest.Repo) {
			r.Git("update-index", "--skip-worktree", "a")
			r.Write("a", "other\n")
		}, []string{"dir/b", "c"}},
		"attributes": {func(_ *testing.T, r *gitrepotest.Repo) { r.Write(".gitattributes", "* text=auto\n") }, nil},
		"attributes in a dir": {func(_ *testing.T, r *gitrepotest.Repo) {
			r.Commit("attributes", map[string]string{"dir/.gitattributes": "* eol=crlf\n"})
		}, nil},
		"untracked attributes in a dir": {func(_ *testing.T, r *gitrepotest.Repo) { r.Write("dir/.gitattributes", "* text eol=lf\n") }, nil},
		"the user's attributes": {func(t *testing.T, r *gitrepotest.Repo) {
			must(t, os.MkdirAll(filepath.Join(r.Dir, ".git", "home", "git"), 0o755))
			must(t, os.WriteFile(filepath.Join(r.Dir, ".git", "home", "git", "attributes"), []byte("* text eol=lf\n"), 0o644))
		}, nil},
		"ctime not trusted":    {func(_ *testing.T, r *gitrepotest.Repo) { r.Git("config", "core.trustctime", "false") }, nil},
		"stat looked at less":  {func(_ *testing.T, r *gitrepotest.Repo) { r.Git("config", "core.checkStat", "minimal") }, nil},
		"autocrlf":             {func(_ *testing.T, r *gitrepotest.Repo) { r.Git("config", "core.autocrlf", "true") }, nil},
		"attributes elsewhere": {func(_ *testing.T, r *gitrepotest.Repo) { r.Git("config", "core.attributesFile", "/dev/null") }, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := gitrepotest.Init(t)
			r.Commit("start", map[string]string{"a": "a\n", "dir/b": "b\n", "c": "c\n"})
			tt.change(t, r)
			src, err := gitrepo.OpenSource(context.Background(), r.Dir, gitrepo.SourceOptions{Env: gitrepotest.Env(t, "XDG_CONFIG_HOME="+filepath.Join(r.Dir, ".git", "home"))})
			must(t, err)
			clean, err := src.Clean(context.Background())
			must(t, err)
			got := slices.Sorted(maps.Keys(clean))
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("clean files (-want +got):\n%s", diff)
			}
			for p, e := range clean {
				data, err := os.ReadFile(filepath.Join(r.Dir, p))
				must(t, err)
				if h := gitrepo.BlobHash(gitrepo.SHA1, data); e.Hash != h {
					t.Errorf("%s has blob %s, its content is %s", p, e.Hash, h)
				}
			}
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
