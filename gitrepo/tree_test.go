package gitrepo

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

func TestWriteTreeRefuses(t *testing.T) {
	t.Parallel()
	r := open(t, gitrepotest.InitBare(t).Dir, RemoteOptions{})
	base, err := r.WriteTree(t.Context(), "", writes(map[string]string{"dir/a": "1", "dir/b": "1", "file": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	h := BlobHash(SHA1, []byte("1"))
	write := func(paths ...string) (out []Change) {
		for _, p := range paths {
			out = append(out, Change{Path: p, Data: []byte("x")})
		}
		return out
	}
	for name, test := range map[string]struct {
		changes []Change
		path    string // "" if it is fine
	}{
		"unsafe":                    {write("a/../b"), "a/../b"},
		"unsafe deletion":           {[]Change{{Path: ".git/x", Delete: true}}, ".git/x"},
		"twice":                     {write("x", "x"), "x"},
		"both new":                  {write("n/x", "n"), "n"},
		"file below a file":         {write("file/x"), "file"},
		"file on a directory":       {write("dir"), "dir"},
		"deep below a file":         {write("file/x/y/z"), "file"},
		"submodule":                 {[]Change{{Path: "m", Mode: Submodule, Hash: h}}, "m"},
		"directory mode":            {[]Change{{Path: "m", Mode: "040000", Hash: h}}, "m"},
		"data and hash":             {[]Change{{Path: "m", Data: []byte("x"), Hash: h}}, "m"},
		"directory becomes a file":  {append(write("dir"), Change{Path: "dir/a", Delete: true}, Change{Path: "dir/b", Delete: true}), ""},
		"directory half deleted":    {append(write("dir"), Change{Path: "dir/a", Delete: true}), "dir"},
		"file becomes a directory":  {append(write("file/x"), Change{Path: "file", Delete: true}), ""},
		"names that sort between":   {write("dir.x", "dir-x", "file.x"), ""},
		"deletion of what is not":   {[]Change{{Path: "none/at/all", Delete: true}}, ""},
		"empty file, odd name":      {[]Change{{Path: "a \"b\" \t\n\x01ä\x7f*", Data: nil}}, ""},
		"existing at another place": {[]Change{{Path: "y", Hash: h, Mode: Symlink}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, err := r.WriteTree(t.Context(), base, test.changes)
			if test.path == "" {
				if err != nil {
					t.Fatal(err)
				}
				checkTree(t, r, tree, base, test.changes)
				return
			}
			var pathErr *PathError
			if !errors.As(err, &pathErr) || pathErr.Path != test.path {
				t.Errorf("error = %v", err)
			}
		})
	}
	if same, err := r.WriteTree(t.Context(), base, writes(map[string]string{"file": "1"})); err != nil || same != base {
		t.Errorf("equal content: %s, %v, want %s", same, err, base)
	}
	if empty, err := r.WriteTree(t.Context(), "", nil); err != nil || empty != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Errorf("empty tree = %s, %v", empty, err)
	}
	if _, err := r.WriteTree(t.Context(), Hash(strings.Repeat("1", 40)), nil); err == nil {
		t.Error("a base that is not there was taken")
	}
}

// checkTree compares a tree with what changes to base mean.
func checkTree(t *testing.T, r *Remote, tree, base Hash, changes []Change) {
	t.Helper()
	want := map[string]Entry{}
	if base != "" {
		entries, err := r.List(t.Context(), base)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			want[e.Path] = e
		}
	}
	for _, c := range changes {
		if c.Delete {
			delete(want, c.Path)
		}
	}
	for _, c := range changes {
		if !c.Delete {
			e := Entry{Path: c.Path, Mode: c.mode(), Hash: c.Hash}
			if e.Hash == "" {
				e.Hash = BlobHash(SHA1, c.Data)
			}
			want[c.Path] = e
		}
	}
	entries, err := r.List(t.Context(), tree)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Entry{}
	for _, e := range entries {
		got[e.Path] = e
	}
	if !maps.Equal(got, want) {
		t.Errorf("tree = %v, want %v", got, want)
	}
}

// Any series of changes gives the tree that a map of files would, whatever the
// order they are given in.
func TestWriteTreeEqualsModel(t *testing.T) {
	t.Parallel()
	r := open(t, gitrepotest.InitBare(t).Dir, RemoteOptions{})
	rnd := rand.New(rand.NewPCG(1, 2))
	var base Hash
	for range 25 {
		var changes []Change
		seen := map[string]bool{}
		for range rnd.IntN(8) {
			p := fmt.Sprintf("d%d/e%d/f%d", rnd.IntN(3), rnd.IntN(3), rnd.IntN(4))
			if seen[p] {
				continue
			}
			seen[p] = true
			switch rnd.IntN(4) {
			case 0:
				changes = append(changes, Change{Path: p, Delete: true})
			case 1:
				changes = append(changes, Change{Path: p, Hash: BlobHash(SHA1, []byte(p)), Mode: Executable})
			default:
				changes = append(changes, Change{Path: p, Data: fmt.Append(nil, rnd.IntN(5))})
			}
		}
		tree, err := r.WriteTree(t.Context(), base, changes)
		if err != nil {
			t.Fatal(err)
		}
		checkTree(t, r, tree, base, changes)
		slices.Reverse(changes)
		if again, err := r.WriteTree(t.Context(), base, changes); err != nil || again != tree {
			t.Fatalf("in another order: %s, %v, want %s", again, err, tree)
		}
		base = tree
	}
}
