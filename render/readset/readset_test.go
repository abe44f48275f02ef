package readset_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/render/readset"
)

// write makes a folder of files; a content of "-> x" makes a symbolic link to x, and a name that ends in "/" an empty folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	for name, content := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		target, isLink := strings.CutPrefix(content, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			must(t, os.MkdirAll(path, 0o755))
		case isLink:
			must(t, os.Symlink(target, path))
		default:
			must(t, os.WriteFile(path, []byte(content), 0o644))
		}
	}
	return root
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var base = map[string]string{
	"app/a.yaml": "a\n", "app/b.yaml": "b\n", "app/sub/c.yaml": "c\n", "other/d.yaml": "d\n",
	"linked": "-> app/sub", "link.yaml": "-> app/a.yaml",
}

// record reads what a render might: files, one through a link, a folder, and paths that are not there.
func record(root string, clean map[string]string) []readset.Read {
	tree := readset.NewTree(root, clean)
	rec := tree.Recorder()
	for _, f := range []string{"app/a.yaml", "linked/c.yaml", "link.yaml"} {
		data, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			panic(err)
		}
		rec.Read(filepath.Join(root, f), 0o644, data)
	}
	rec.Saw("app", readset.Listing)
	rec.Saw("app/sub", readset.Folder)
	rec.Saw("app/values.yaml", readset.Absent)
	rec.Saw("app/crds", readset.Absent)
	rec.Saw("app/b.yaml", readset.Exists)
	return rec.Reads()
}

func TestSame(t *testing.T) {
	t.Parallel()
	path := func(root, p string) string { return filepath.Join(root, p) }
	tests := map[string]struct {
		change func(t *testing.T, root string)
		same   bool
	}{
		"nothing":                     {func(*testing.T, string) {}, true},
		"touched":                     {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/a.yaml"), []byte("a\n"), 0o644)) }, true},
		"a file not read, changed":    {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/b.yaml"), []byte("x"), 0o644)) }, true},
		"a file outside":              {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "other/new"), nil, 0o644)) }, true},
		"a file in a folder not read": {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/sub/new"), nil, 0o644)) }, true},
		"content":                     {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/a.yaml"), []byte("A\n"), 0o644)) }, false},
		"content behind a link":       {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/sub/c.yaml"), []byte("C\n"), 0o644)) }, false},
		"mode":                        {func(t *testing.T, r string) { must(t, os.Chmod(path(r, "app/a.yaml"), 0o755)) }, false},
		"deleted":                     {func(t *testing.T, r string) { must(t, os.Remove(path(r, "app/a.yaml"))) }, false},
		"an entry added":              {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/z.yaml"), nil, 0o644)) }, false},
		"an entry renamed":            {func(t *testing.T, r string) { must(t, os.Rename(path(r, "app/b.yaml"), path(r, "app/b2.yaml"))) }, false},
		"an absent file made":         {func(t *testing.T, r string) { must(t, os.WriteFile(path(r, "app/values.yaml"), nil, 0o644)) }, false},
		"an absent folder made":       {func(t *testing.T, r string) { must(t, os.Mkdir(path(r, "app/crds"), 0o755)) }, false},
		"a link made a file": {func(t *testing.T, r string) {
			must(t, os.Remove(path(r, "link.yaml")))
			must(t, os.WriteFile(path(r, "link.yaml"), []byte("a\n"), 0o644))
		}, false},
		"a file made a link": {func(t *testing.T, r string) {
			must(t, os.Rename(path(r, "app/a.yaml"), path(r, "moved")))
			must(t, os.Symlink("../moved", path(r, "app/a.yaml")))
		}, false},
		"a link led elsewhere": {func(t *testing.T, r string) {
			must(t, os.Remove(path(r, "linked")))
			must(t, os.CopyFS(path(r, "copy"), os.DirFS(path(r, "app/sub"))))
			must(t, os.Symlink("copy", path(r, "linked")))
		}, false},
		"a folder made a link": {func(t *testing.T, r string) {
			must(t, os.Rename(path(r, "app/sub"), path(r, "sub2")))
			must(t, os.Symlink("../sub2", path(r, "app/sub")))
		}, false},
		"a folder made a file": {func(t *testing.T, r string) {
			must(t, os.RemoveAll(path(r, "app/sub")))
			must(t, os.WriteFile(path(r, "app/sub"), nil, 0o644))
		}, false},
		"a file made a folder": {func(t *testing.T, r string) {
			must(t, os.Remove(path(r, "app/b.yaml")))
			must(t, os.Mkdir(path(r, "app/b.yaml"), 0o755))
		}, false},
		"a file put where a link was": {func(t *testing.T, r string) {
			must(t, os.Remove(path(r, "linked")))
			must(t, os.CopyFS(path(r, "linked"), os.DirFS(path(r, "app/sub"))))
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := write(t, base)
			reads := record(root, nil)
			tt.change(t, root)
			changed, same := readset.NewTree(root, nil).AllSame(reads)
			if same != tt.same {
				t.Errorf("AllSame = %v (%+v), want %v", same, changed, tt.same)
			}
		})
	}
}

// TestClean checks that hashes from an index stand for the files that have them, and are told from changed ones.
func TestClean(t *testing.T) {
	t.Parallel()
	root := write(t, base)
	reads := record(root, nil)
	clean := map[string]string{"app/a.yaml": readset.FileID(0o644, []byte("a\n")), "app/b.yaml": readset.FileID(0o644, []byte("b\n"))}
	if changed, same := readset.NewTree(root, clean).AllSame(reads); !same {
		t.Errorf("with hashes from the index %+v differs", changed)
	}
	if diff := cmp.Diff(reads, record(root, clean)); diff != "" {
		t.Errorf("reads differ with hashes from the index (-without +with):\n%s", diff)
	}
	clean["app/a.yaml"] = readset.FileID(0o644, []byte("other\n"))
	if _, same := readset.NewTree(root, clean).AllSame(reads); same {
		t.Error("another hash in the index counts as the same file")
	}
}

// TestFileID compares with git.
func TestFileID(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("git", "hash-object", "--stdin")
	cmd.Stdin = strings.NewReader("hello\n")
	out, err := cmd.Output()
	must(t, err)
	if got, want := readset.FileID(0o644, []byte("hello\n")), "100644 "+strings.TrimSpace(string(out)); got != want {
		t.Errorf("FileID = %s, want %s", got, want)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	root := write(t, base)
	reads := record(root, nil)
	first := readset.Digest("s", reads)
	for i, j := 0, len(reads)-1; i < j; i, j = i+1, j-1 {
		reads[i], reads[j] = reads[j], reads[i]
	}
	if readset.Digest("s", reads) != first {
		t.Error("the order of reads changes the digest")
	}
	if readset.Digest("other", reads) == first || readset.Digest("s", reads[1:]) == first {
		t.Error("other input has the same digest")
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	reads := record(write(t, base), nil)
	store := readset.Store{Records: map[string]readset.Record{
		"dev/web":  {Settings: "s1", Reads: reads, Tree: "t1", Objects: 3, Warnings: []string{"w"}},
		"prod/web": {Settings: "s2", Reads: reads[:2], Tree: "t2", Objects: 1},
		"prod/api": {Settings: "s3", Reads: []readset.Read{}, Tree: "t3"},
	}}
	data := store.Encode()
	got, err := readset.Decode(data)
	must(t, err)
	if diff := cmp.Diff(store, got); diff != "" {
		t.Errorf("store after a round trip (-want +got):\n%s", diff)
	}
	if string(got.Encode()) != string(data) {
		t.Error("encoding again gives other bytes")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(readset.Store{Records: map[string]readset.Record{"a/b": {Reads: []readset.Read{{Path: "x", Kind: readset.File}}}}}.Encode())
	f.Add([]byte(`{"version":1,"reads":[],"units":{"a/b":{"reads":[0]}}}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := readset.Decode(data)
		if err != nil {
			if s.Records != nil {
				t.Error("an error and records")
			}
			return
		}
		again, err := readset.Decode(s.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Encode()) != string(s.Encode()) {
			t.Error("encoding is not stable")
		}
	})
}
