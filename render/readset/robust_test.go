package readset_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/render/readset"
)

// TestSteady changes a folder while it is rendered.
func TestSteady(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(root string) error
		steady bool
	}{
		"nothing":         {func(string) error { return nil }, true},
		"a file not read": {func(r string) error { return os.WriteFile(filepath.Join(r, "app/b.yaml"), []byte("x"), 0o644) }, true},
		"a file read":     {func(r string) error { return os.WriteFile(filepath.Join(r, "app/a.yaml"), []byte("x"), 0o644) }, true}, // what was read is known
		"a file deleted":  {func(r string) error { return os.Remove(filepath.Join(r, "app/a.yaml")) }, false},
		"a file made":     {func(r string) error { return os.WriteFile(filepath.Join(r, "app/values.yaml"), nil, 0o644) }, false},
		"an entry made":   {func(r string) error { return os.WriteFile(filepath.Join(r, "app/z.yaml"), nil, 0o644) }, false},
		"a link led else": {func(r string) error {
			return join(os.Remove(filepath.Join(r, "linked")), os.Symlink("app", filepath.Join(r, "linked")))
		}, false},
		"a folder gone":      {func(r string) error { return os.RemoveAll(filepath.Join(r, "app/sub")) }, false},
		"a folder not there": {func(r string) error { return os.Mkdir(filepath.Join(r, "app/crds"), 0o755) }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := write(t, base)
			// What git said before counts for nothing while recording.
			rec := readset.NewTree(root, map[string]string{"app/values.yaml": "100644 x", "app/crds": "100644 x"}).Recorder()
			data, err := os.ReadFile(filepath.Join(root, "app/a.yaml"))
			must(t, err)
			rec.Read("app/a.yaml", 0o644, data)
			for path, kind := range map[string]readset.Kind{
				"app": readset.Listing, "app/sub": readset.Folder, "app/values.yaml": readset.Exists, "app/crds": readset.Exists, "linked/c.yaml": readset.Exists,
			} {
				rec.Saw(path, kind)
			}
			must(t, tt.change(root))
			if got := rec.Steady(); got != tt.steady {
				t.Errorf("Steady = %v, want %v", got, tt.steady)
			}
			for _, r := range rec.Reads() {
				if (r.Path == "app/values.yaml" || r.Path == "app/crds") && r.Kind != readset.Absent {
					t.Errorf("%+v was absent when the render looked", r)
				}
			}
		})
	}
}

func join(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestNeverSame has reads that must not count as they were, whatever the folder holds.
func TestNeverSame(t *testing.T) {
	t.Parallel()
	root := write(t, base)
	tree := readset.NewTree(root, map[string]string{"app/a.yaml": "100644 x", "weird": "100644 x"})
	for _, r := range []readset.Read{
		{}, {Path: "app"}, {Path: "app", Kind: "weird"}, {Path: "weird", Kind: "weird"}, {Path: "../x", Kind: readset.Absent}, {Path: "/x", Kind: readset.Absent},
		{Path: "app/a.yaml", Kind: readset.File}, {Path: "app/a.yaml", Kind: readset.Listing}, {Path: "x", Kind: readset.Absent, ID: "x"}, {Path: "x", Kind: readset.Absent, Real: "y"},
		{Path: "app/../x", Kind: "unclear"}, {Path: "app", Kind: readset.Absent}, {Path: "app/a.yaml", Kind: readset.Folder}, {Path: "linked", Kind: readset.Folder},
	} {
		if tree.Same(r) {
			t.Errorf("%+v counts as it was", r)
		}
	}
	// Two answers to one question: the folder changed within the render.
	rec := tree.Recorder()
	rec.Read("app/a.yaml", 0o644, []byte("a\n"))
	rec.Read("app/a.yaml", 0o644, []byte("b\n"))
	if _, same := readset.NewTree(root, nil).AllSame(rec.Reads()); same {
		t.Error("a file that was read twice, as two, counts as it was")
	}
	for _, path := range []string{"linked/../x", "app/", "./app", root + "/linked/../x"} {
		rec := tree.Recorder()
		rec.Saw(path, readset.Exists)
		if _, same := readset.NewTree(root, nil).AllSame(rec.Reads()); same || len(rec.Reads()) != 1 {
			t.Errorf("%s, which means two things, counts as it was", path)
		}
	}
}

// TestOddPaths looks where nothing can be.
func TestOddPaths(t *testing.T) {
	t.Parallel()
	root := write(t, base)
	must(t, os.Symlink("loop", filepath.Join(root, "loop")))
	for path, kind := range map[string]readset.Kind{
		strings.Repeat("x", 300): readset.Absent, strings.Repeat("x/", 3000) + "y": readset.Absent, "app/a.yaml/below": readset.Absent, "loop": readset.Absent, "loop/x": readset.Absent,
		"APP/a.yaml": readset.Absent, ".": readset.Folder, "a\x00b": readset.Absent, "\xff": readset.Absent, "line\nbreak": readset.Absent,
	} {
		now := readset.NewTree(root, nil).Look(path, readset.Exists)
		if now.Kind != kind || strings.Contains(now.ID, root) || !readset.NewTree(root, nil).Same(now) {
			t.Errorf("Look(%.30q) = %.200q", path, fmt.Sprint(now))
		}
	}
}

// TestStoreBroken decodes stores with pieces cut off, flipped and exchanged: an error, or records that name what they should.
func TestStoreBroken(t *testing.T) {
	t.Parallel()
	root := write(t, base)
	reads := record(root, nil)
	data := readset.Store{Records: map[string]readset.Record{"dev/web": {Settings: "s", Reads: reads, Tree: "t"}, "prod/web": {Settings: "s", Reads: reads[1:], Tree: "t"}}}.Encode()
	for n := range data[:len(data)-2] {
		if s, err := readset.Decode(data[:n]); err == nil || s.Records != nil {
			t.Fatalf("the first %d of %d bytes decode", n, len(data))
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	decoded := 0
	for range 5000 {
		broken := append([]byte{}, data...)
		broken[r.IntN(len(broken))] = byte(r.IntN(256))
		s, err := readset.Decode(broken)
		if err != nil {
			continue
		}
		decoded++
		if again, err := readset.Decode(s.Encode()); err != nil || string(again.Encode()) != string(s.Encode()) {
			t.Fatalf("%s\nis encoded as\n%s\n%v", broken, s.Encode(), err)
		}
	}
	if decoded == 0 {
		t.Error("no broken store was decoded: this tests little")
	}
	for name, text := range map[string]string{
		"empty": "", "null": "null", "a list": "[]", "an older version": `{"version":1}`, "a newer version": `{"version":99}`, "no version": `{"units":{}}`,
		"an index below": `{"version":2,"reads":[["a","file","",""]],"units":{"a/b":{"reads":[-1]}}}`,
		"an index above": `{"version":2,"reads":[["a","file","",""]],"units":{"a/b":{"reads":[1]}}}`,
		"one read twice": `{"version":2,"reads":[["a","file","",""]],"units":{"a/b":{"reads":[0,0]}}}`,
		"a huge index":   `{"version":2,"reads":[],"units":{"a/b":{"reads":[99999999999999999999]}}}`,
		"more behind it": string(data) + "{}", "another type": `{"version":2,"units":[]}`,
		"absurd size": `{"version":2,"reads":[` + strings.Repeat(" ", 65<<20) + `]}`,
	} {
		if s, err := readset.Decode([]byte(text)); err == nil {
			t.Errorf("%s: %d records", name, len(s.Records))
		}
	}
}

// TestStoreLeavesOut checks that what JSON would change is not stored at all.
func TestStoreLeavesOut(t *testing.T) {
	t.Parallel()
	good := readset.Record{Settings: "s", Tree: "t", Reads: []readset.Read{{Path: "a", Kind: readset.Absent}}}
	bad := good
	bad.Reads = []readset.Read{{Path: "a\xff", Kind: readset.Absent}}
	s, err := readset.Decode(readset.Store{Records: map[string]readset.Record{"dev/good": good, "dev/bad": bad, "dev/b\xff": good}}.Encode())
	must(t, err)
	if len(s.Records) != 1 || s.Records["dev/good"].Tree != "t" {
		t.Errorf("the store holds %+v", s.Records)
	}
}
