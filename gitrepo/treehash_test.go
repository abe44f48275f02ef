package gitrepo_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
)

// TestTreeHash compares with the trees that git itself writes.
func TestTreeHash(t *testing.T) {
	t.Parallel()
	for _, format := range []gitrepo.Format{gitrepo.SHA1, gitrepo.SHA256} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			remote, err := gitrepo.OpenRemote(ctx, t.TempDir()+"/r.git", gitrepo.RemoteOptions{CreateBare: true, Format: format})
			if err != nil {
				t.Fatal(err)
			}
			defer remote.Close()
			var changes []gitrepo.Change
			files := map[string]gitrepo.Hash{}
			// Names around "/" in byte order, where folders and files sort differently.
			for _, p := range []string{"a", "b/x", "b/y/z", "b-c", "b.c", "b0", "foo.txt", "foo/bar", "foo-bar/baz", "z/z/z/z"} {
				data := fmt.Appendf(nil, "content of %s\n", p)
				changes = append(changes, gitrepo.Change{Path: p, Data: data})
				files[p] = gitrepo.BlobHash(format, data)
				want, err := remote.WriteTree(ctx, "", changes)
				if err != nil {
					t.Fatal(err)
				}
				if got := gitrepo.TreeHash(format, files); got != want {
					t.Errorf("TreeHash after adding %s = %s, want %s", p, got, want)
				}
			}
		})
	}
}
