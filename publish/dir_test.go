package publish_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/publish"
)

// tree is what a folder holds beside indexes, as "dev/web/a=1 prod/web/a=1"; a symbolic link is "name->target", an empty folder "name/".
func tree(t testing.TB, dir string) string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		switch {
		case e.IsDir():
			if inside, _ := os.ReadDir(name); len(inside) == 0 {
				list = append(list, rel+"/")
			}
		case e.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(name)
			list = append(list, rel+"->"+target)
		case !strings.HasSuffix(rel, "/"+publish.IndexPath):
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			list = append(list, rel+"="+string(data))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// put writes files, symbolic links and folders in the form of tree.
func put(t testing.TB, dir, text string) {
	t.Helper()
	for _, f := range strings.Fields(text) {
		link, target, isLink := strings.Cut(f, "->")
		name, data, isFile := strings.Cut(f, "=")
		var err error
		switch {
		case isLink:
			if err = os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o755); err == nil {
				err = os.Symlink(target, filepath.Join(dir, link))
			}
		case isFile:
			if err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err == nil {
				err = os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644)
			}
		default:
			err = os.MkdirAll(filepath.Join(dir, f), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func mustPublishDir(t testing.TB, dir, text string) []publish.Report {
	t.Helper()
	reports, err := (&publish.Dir{Path: dir, Source: sourceName, Prune: true}).Publish(t.Context(), wants(text))
	if err != nil {
		t.Fatalf("publish %q: %v", text, err)
	}
	return reports
}

func TestDirSteps(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "out")
	for i, s := range []struct{ wants, statuses, tree string }{
		{"dev: web/a=1; prod: web/n/a=1 api/b=2 none", " published,  published", "dev/web/a=1 prod/api/b=2 prod/web/n/a=1"},
		{"dev: web/a=1; prod: web/n/a=1 api/b=2 none", " unchanged,  unchanged", "dev/web/a=1 prod/api/b=2 prod/web/n/a=1"},
		{"dev: web/a=1; prod: web/n/a=2 api/b=2", " unchanged,  published", "dev/web/a=1 prod/api/b=2 prod/web/n/a=2"},
		{"dev: web/a=1; prod: web! api/c=2", " unchanged,  published", "dev/web/a=1 prod/api/c=2 prod/web/n/a=2"},
		{"dev: web/a=1; prod: web/n=1", " unchanged,  published", "dev/web/a=1 prod/web/n=1"},
		{"dev: web/a=1; prod: web/n/m/a=1", " unchanged,  published", "dev/web/a=1 prod/web/n/m/a=1"},
		{"dev: web/a=1", " unchanged,  published", "dev/web/a=1"},
		{"dev: web/a=1", " unchanged", "dev/web/a=1"},
		{"dev:", " published", ""},
	} {
		before := tree(t, filepath.Dir(filepath.Dir(dir)))
		plan, err := (&publish.Dir{Path: dir, Source: sourceName, Prune: true}).Plan(t.Context(), wants(s.wants))
		if err != nil || statuses(plan) != s.statuses || tree(t, filepath.Dir(filepath.Dir(dir))) != before {
			t.Errorf("step %d: plan = %s, %v; want %s", i, statuses(plan), err, s.statuses)
		}
		if got := statuses(mustPublishDir(t, dir, s.wants)); got != s.statuses {
			t.Errorf("step %d: %s, want %s", i, got, s.statuses)
		}
		if got := tree(t, dir); got != s.tree {
			t.Errorf("step %d: %s, want %s", i, got, s.tree)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDirOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "prod/README=hello prod/web/mine=1 other/x=1 prod/empty")
	mustPublishDir(t, dir, "prod: web/a=1")
	other := &publish.Dir{Path: dir, Source: "https://example.com/other", Prune: true}
	if _, err := other.Publish(t.Context(), wants("prod: api/a=1")); err != nil {
		t.Fatal(err)
	}
	var owner *publish.OwnerError
	if _, err := other.Publish(t.Context(), wants("prod: api/a=2 web/a=2")); !errors.As(err, &owner) {
		t.Errorf("error = %v", err)
	}
	mustPublishDir(t, dir, "prod:")
	if got := tree(t, dir); got != "other/x=1 prod/README=hello prod/api/a=1 prod/empty/ prod/web/mine=1" {
		t.Errorf("tree = %s", got)
	}
	for _, text := range []string{"prod: web/mine=2", "prod: README/a=1", "prod: web/mine/a=1"} {
		var foreign *publish.ForeignError
		if _, err := (&publish.Dir{Path: dir, Source: sourceName}).Publish(t.Context(), wants(text)); !errors.As(err, &foreign) {
			t.Errorf("%s: error = %v", text, err)
		}
	}
	// An empty folder is nobody's.
	put(t, dir, "prod/web/b")
	mustPublishDir(t, dir, "prod: web/b=1")
}

// Nothing outside of the folder is written, removed or taken for ours, and nothing inside through a link.
func TestDirSymlinks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		links string // in the folder, beside what was published before
		err   string // "" if the link gives way
	}{
		"file of ours":       {"prod/web/a->../../../outside/x", ""},
		"file inside":        {"prod/web/a->../../inside", ""},
		"dangling":           {"prod/web/a->../../nowhere", ""},
		"folder of ours":     {"prod/web->../../outside", "in the way: web"},
		"folder inside":      {"prod/web->../staging", "in the way: web"},
		"environment":        {"prod->../outside", "prod: it is not a folder"},
		"environment inside": {"prod->staging", "prod: it is not a folder"},
		"index's folder":     {"prod/.plainsail->../../outside", "in the way: .plainsail"},
		"index":              {"prod/.plainsail/index.json->../../../outside/x", "index.json is not a regular file"},
		"leftover":           {"prod/web/.plainsail-a.tmp->../../../outside/x", ""},
		"leftover inside":    {"prod/web/.plainsail-a.tmp->../../inside", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := t.TempDir()
			dir := filepath.Join(top, "out")
			mustPublishDir(t, dir, "prod: web/a=1 web/b=1")
			put(t, top, "outside/x=safe outside/a=safe out/inside=safe out/staging/a=safe")
			link, _, _ := strings.Cut(test.links, "->")
			if err := os.RemoveAll(filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
			put(t, dir, test.links)
			_, err := (&publish.Dir{Path: dir, Source: sourceName}).Publish(t.Context(), wants("prod: web/a=2"))
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error = %v, want %q", err, test.err)
			}
			got := tree(t, top)
			if !strings.Contains(got, "out/inside=safe") || !strings.Contains(got, "out/staging/a=safe") || !strings.HasSuffix(got, "outside/a=safe outside/x=safe") {
				t.Errorf("tree = %s", got)
			}
			if test.err == "" && !strings.Contains(got, "out/prod/web/a=2") {
				t.Errorf("tree = %s", got)
			}
		})
	}
}

// A process that was killed leaves the index of the files before and after, some of them done, and one half written.
func TestDirInterrupted(t *testing.T) {
	t.Parallel()
	const before, after = "prod: web/a=1 web/b=1 old/a=1 old/b=1", "prod: web/a=2 web/c=2 new/n/a=2"
	index := func(files string) string {
		units := map[string][]string{}
		for _, f := range strings.Fields(files) {
			app, _, _ := strings.Cut(f, "/")
			units[app] = append(units[app], fmt.Sprintf("%q", f))
		}
		var list []string
		for app, files := range units {
			list = append(list, fmt.Sprintf(`%q: {"source": %q, "files": [%s]}`, app, sourceName, strings.Join(files, ", ")))
		}
		return `{"apiVersion": "plainsail.dev/v1alpha1", "kind": "Index", "units": {` + strings.Join(list, ", ") + `}}`
	}
	removals := []string{"old/a", "old/b", "web/b"}
	writes := []string{"new/n/a", "web/a", "web/c"}
	for done := range len(removals) + len(writes) + 1 {
		for _, next := range []string{after, before, "prod:"} {
			dir := t.TempDir()
			mustPublishDir(t, dir, before)
			if err := os.WriteFile(filepath.Join(dir, "prod", publish.IndexPath), []byte(index("web/a web/b web/c old/a old/b new/n/a")), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, f := range removals[:min(done, 3)] {
				if err := os.Remove(filepath.Join(dir, "prod", f)); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range writes[:max(done-3, 0)] {
				put(t, dir, "prod/"+f+"=2")
			}
			put(t, dir, "prod/web/.plainsail-c.tmp=hal prod/.plainsail/.plainsail-index.json.tmp={ prod/gone/.plainsail-x.tmp=")
			mustPublishDir(t, dir, next)
			clean := t.TempDir()
			mustPublishDir(t, clean, next)
			if got, want := tree(t, dir), tree(t, clean); got != want {
				t.Errorf("%d done, then %q: %s, want %s", done, next, got, want)
			}
			if got := statuses(mustPublishDir(t, dir, next)); got != " unchanged" {
				t.Errorf("%d done, then %q twice: %s", done, next, got)
			}
		}
	}
}

func TestDirErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ have, err string }{
		"a file as folder":      {"out=1", "out"},
		"a file as environment": {"out/prod=1", "out/prod: it is not a folder"},
		"a broken index":        {"out/prod/" + publish.IndexPath + "={", "out/prod holds: .plainsail/index.json: unexpected EOF"},
		"another's index":       {"out/qa/" + publish.IndexPath + "={", "out/qa holds: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, test.have)
			before := tree(t, dir)
			_, err := (&publish.Dir{Path: filepath.Join(dir, "out"), Source: sourceName, Prune: true}).Publish(t.Context(), wants("dev: web/a=1; prod: web/a=1"))
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error = %v, want %q", err, test.err)
			}
			if got := tree(t, dir); got != before {
				t.Errorf("tree = %s, want %s", got, before)
			}
		})
	}
	t.Run("read only", func(t *testing.T) {
		t.Parallel()
		if os.Getuid() == 0 {
			t.Skip("root may write everywhere")
		}
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		_, err := (&publish.Dir{Path: dir, Source: sourceName}).Publish(t.Context(), wants("prod: web/a=1"))
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "write "+dir+"/prod: ") {
			t.Errorf("error = %v", err)
		}
	})
}
