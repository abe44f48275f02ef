package render_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

var everyPath = flag.Bool("every-path", false, "mutate every path that any unit of the corpus reads, which takes minutes")

// treeHash stands in for git's hash of a tree.
func treeHash(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func newCache(root string, clean map[string]string, records map[string]readset.Record) *render.Cache {
	return &render.Cache{Tree: readset.NewTree(root, clean), Store: readset.Store{Records: records}, Version: "test", Hash: treeHash}
}

// renderWith renders units as a run does that knows records.
func renderWith(t testing.TB, root string, records map[string]readset.Record, units ...config.Unit) []render.Result {
	t.Helper()
	return engine(t, root).Units(context.Background(), units, render.UnitOptions{Cache: newCache(root, nil, records)})
}

// outcome is everything of a result that counts.
func outcome(r render.Result) string {
	if r.Err != nil {
		return "error: " + address.ReplaceAllString(r.Err.Error(), "0x")
	}
	tree := r.Record.Tree
	if !r.Reused {
		tree = treeHash(r.Files)
	}
	return fmt.Sprintf("%d objects %s %q", r.Objects, tree, r.Warnings)
}

// address is a pointer, which some of kustomize's messages print.
var address = regexp.MustCompile(`0x[0-9a-f]+`)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// knows tells whether a run that begins now would reuse the unit.
func knows(t testing.TB, root string, clean map[string]string, e *render.Engine, u config.Unit, records map[string]readset.Record) bool {
	c := newCache(root, clean, records)
	e.Units(context.Background(), nil, render.UnitOptions{Cache: c})
	_, ok := c.Known(u)
	return ok
}

// corpusUnits are the corpus's cases as units, each once, a part of them unless all are asked for.
func corpusUnits(t *testing.T) []config.Unit {
	var units []config.Unit
	seen := map[string]bool{}
	for i, c := range readCorpus(t) {
		u := config.Unit{App: c.name, Env: "dev", Path: c.path, Type: config.Kustomize, LoadRestrictor: config.LoadRootOnly}
		if c.kind == "kustomize" {
			o, err := kustomizeFlags(c.args)
			if err != nil {
				t.Fatal(err)
			}
			if o.NoLoadRestrictor {
				u.LoadRestrictor = config.LoadNone
			}
		} else {
			o, err := helmFlags(c.args)
			if err != nil {
				t.Fatal(err)
			}
			u.Type, u.Namespace, u.Release = config.Helm, c.namespace, c.release
			u.Values, u.KubeVersion, u.APIVersions, u.IncludeCRDs = o.Values, o.KubeVersion, o.APIVersions, o.IncludeCRDs
		}
		same := u
		same.App = ""
		key := fmt.Sprint(same)
		if seen[key] || !*everyPath && i%corpusPart(u) != 0 {
			continue
		}
		seen[key] = true
		units = append(units, u)
	}
	return units
}

// corpusPart thins out the corpus: most of it is kustomizations of a few lines.
func corpusPart(u config.Unit) int {
	if testing.Short() {
		return 16
	}
	return 3
}

// TestReadSetSuffices renders every unit of the corpus a second time in a tree that has what the first render recorded, in which
// every other file nearby is garbage, and where files that tools look for have been put wherever the record does not say that
// there are none. The second run must reuse the unit, and a full render must give the same.
func TestReadSetSuffices(t *testing.T) {
	t.Parallel()
	units := corpusUnits(t)
	public := corpusPublic(t)
	for part := range 4 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for i, u := range units {
				if i%4 == part {
					suffices(t, public, u)
				}
			}
		})
	}
}

// suffices checks that what a unit in a tree reads is all that it hangs on.
func suffices(t *testing.T, from string, u config.Unit) render.Result {
	t.Helper()
	first := renderWith(t, from, nil, u)[0]
	root := adversary(t, from, first.Reads)
	defer os.RemoveAll(root)
	second := renderWith(t, root, nil, u)[0]
	if first.Err != nil && second.Err != nil {
		return first // which of several errors comes first is chance in kustomize
	}
	if got, want := outcome(second), outcome(first); got != want {
		t.Errorf("%s: with nothing but its %d reads it renders to\n\t%.600s\nwant\n\t%.600s", u.App, len(first.Reads), got, want)
	}
	if first.Record.Tree != "" && !knows(t, root, nil, engine(t, root), u, render.Records([]render.Result{first})) {
		changed, _ := readset.NewTree(root, nil).AllSame(first.Record.Reads)
		t.Errorf("%s is rendered again for changes of what it does not read; %+v is now %+v", u.App, changed, readset.NewTree(root, nil).Look(changed.Path, changed.Kind))
	}
	return first
}

func corpusPublic(t *testing.T) string {
	t.Helper()
	public, err := filepath.Abs(filepath.Join(*corpusDir, "public"))
	if err == nil {
		public, err = filepath.EvalSymlinks(public)
	}
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// bait are files that kustomize, Helm or git look for.
var bait = []string{"kustomization.yaml", "kustomization.yml", "Kustomization", "values.yaml", "values.schema.json", ".helmignore", "Chart.yaml", "Chart.lock",
	"requirements.yaml", "crds/crd.yaml", "charts/x/Chart.yaml", "templates/x.yaml", ".sops.yaml", "zz.yaml"}

// adversary makes the tree of TestReadSetSuffices.
func adversary(t *testing.T, from string, reads []readset.Read) string {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[string]bool{".": true}
	keep, listed, absent := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var folder func(string)
	folder = func(dir string) {
		if dir == "." {
			return
		}
		folder(path.Dir(dir))
		if real, err := filepath.EvalSymlinks(filepath.Join(from, dir)); err == nil && real != filepath.Join(from, dir) {
			if dir, err = filepath.Rel(from, real); err == nil && filepath.IsLocal(dir) {
				folder(dir)
			}
			return
		}
		dirs[dir] = true
	}
	for _, r := range reads {
		real := cmp.Or(r.Real, r.Path)
		switch r.Kind {
		case readset.Absent:
			absent[r.Path] = true
			continue
		case readset.File:
			keep[real] = true
		case readset.Listing:
			listed[real] = true
			folder(real)
		case readset.Folder:
			folder(real)
		}
		folder(path.Dir(real))
		folder(path.Dir(r.Path))
	}
	for dir := range dirs {
		entries, err := os.ReadDir(filepath.Join(from, dir))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		must(t, err)
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			at := filepath.Join(root, name)
			switch {
			case e.IsDir():
				must(t, os.MkdirAll(at, 0o755))
			case e.Type()&fs.ModeSymlink != 0:
				target, err := os.Readlink(filepath.Join(from, name))
				must(t, err)
				must(t, os.Symlink(target, at))
			case keep[name]:
				data, err := os.ReadFile(filepath.Join(from, name))
				must(t, err)
				info, err := e.Info()
				must(t, err)
				must(t, os.WriteFile(at, data, info.Mode()))
			default:
				must(t, os.WriteFile(at, []byte("{{ garbage: [\n"), 0o644))
			}
		}
	}
	for dir := range dirs {
		for _, name := range bait {
			first, _, nested := strings.Cut(name, "/")
			above := path.Join(dir, first)
			at := filepath.Join(root, dir, name)
			if listed[dir] || absent[above] || nested && dirs[above] || there(at) || there(filepath.Join(root, above)) {
				continue
			}
			must(t, os.MkdirAll(filepath.Dir(at), 0o755))
			must(t, os.WriteFile(at, []byte("{{ garbage: [\n"), 0o644))
		}
	}
	return root
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// A mutation changes what is at a path and says how to put it back.
type mutation struct {
	name   string
	reused bool                                  // it must make no difference
	do     func(path string) (undo func() error) // nil: it does not apply
}

// aside puts what is at a path below the aside folder of its root, where no unit lists it.
func aside(path string) (string, func() error) {
	for dir := filepath.Dir(path); dir != "/"; dir = filepath.Dir(dir) {
		if there(filepath.Join(dir, asideFolder)) {
			return moveTo(path, filepath.Join(dir, asideFolder, "old"))
		}
	}
	panic("no folder " + asideFolder + " above " + path)
}

const asideFolder = ".aside"

func moveTo(path, old string) (string, func() error) {
	if os.Rename(path, old) != nil {
		return "", nil
	}
	return old, func() error { return errors.Join(os.RemoveAll(path), os.Rename(old, path)) }
}

// instead puts something else in the place of a path.
func instead(path string, put func(old string) error) func() error {
	old, undo := aside(path)
	if undo == nil || put(old) != nil {
		panic("cannot mutate " + path)
	}
	return undo
}

func copyPath(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.Mkdir(to, 0o755) // an empty one will do: that it is elsewhere is the point
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode())
}

func rewrite(path string, data []byte) func() error {
	return instead(path, func(string) error { return os.WriteFile(path, data, 0o644) })
}

// mutations of what is there. Of a symbolic link, it is the link that is renamed or replaced.
var mutations = []mutation{
	{"touch", true, func(p string) func() error {
		info, err := os.Stat(p)
		if err != nil || os.Chtimes(p, time.Time{}, time.Now().Add(time.Hour)) != nil {
			return nil
		}
		return func() error { return os.Chtimes(p, time.Time{}, info.ModTime()) }
	}},
	{"write the same", true, func(p string) func() error {
		info, err := os.Lstat(p)
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		old, undo := aside(p)
		if copyPath(old, p) != nil {
			panic("cannot copy " + p)
		}
		return undo
	}},
	{"change", false, func(p string) func() error {
		info, err := os.Stat(p)
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		data, _ := os.ReadFile(p)
		return rewrite(p, append(data, "# changed\n"...))
	}},
	{"change a byte", false, func(p string) func() error {
		info, err := os.Stat(p)
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
			return nil
		}
		data, _ := os.ReadFile(p)
		data[len(data)/2] ^= 1
		return rewrite(p, data)
	}},
	{"delete", false, func(p string) func() error {
		_, undo := aside(p)
		return undo
	}},
	{"chmod +x", false, func(p string) func() error {
		info, err := os.Lstat(p)
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		if os.Chmod(p, info.Mode()^0o100) != nil {
			return nil
		}
		return func() error { return os.Chmod(p, info.Mode()) }
	}},
	{"replace by a link to a copy", false, func(p string) func() error {
		if info, err := os.Lstat(p); err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return nil
		}
		return instead(p, func(old string) error { return os.Symlink(old, p) })
	}},
	{"replace by a folder", false, func(p string) func() error {
		if info, err := os.Stat(p); err != nil || info.IsDir() {
			return nil
		}
		return instead(p, func(string) error { return os.Mkdir(p, 0o755) })
	}},
	{"replace by a file", false, func(p string) func() error {
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			return nil
		}
		return instead(p, func(string) error { return os.WriteFile(p, nil, 0o644) })
	}},
}

// creations of what was absent.
var creations = []mutation{
	{"create a file", false, creation(func(p string) error { return os.WriteFile(p, []byte("a: b\n"), 0o644) })},
	{"create a folder", false, creation(func(p string) error { return os.Mkdir(p, 0o755) })},
	{"create a link", false, creation(func(p string) error { return os.Symlink(".", p) })},
}

func creation(put func(string) error) func(string) func() error {
	return func(p string) func() error {
		top := p
		for !there(filepath.Dir(top)) {
			top = filepath.Dir(top)
		}
		if os.MkdirAll(filepath.Dir(p), 0o755) != nil || put(p) != nil {
			return nil // below a file, or with a name that no file can have
		}
		return func() error { return os.RemoveAll(top) }
	}
}

// TestReadSetNecessary mutates what units of the corpus read, one path at a time, and checks that none of them is reused, and that
// all are when nothing but a time has changed.
func TestReadSetNecessary(t *testing.T) {
	t.Parallel()
	units := corpusUnits(t)
	const parts = 2
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			root, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			index := copyTree(t, corpusPublic(t), root)
			must(t, os.Mkdir(filepath.Join(root, asideFolder), 0o755))
			tried := 0
			for i, u := range units {
				if i%parts != part {
					continue
				}
				tried += necessary(t, root, index, u, sample)
			}
			t.Logf("%d mutations", tried)
			if tried < 100 {
				t.Errorf("only %d mutations", tried)
			}
		})
	}
}

// necessary checks that a unit is rendered again after any mutation of some of what it reads, and returns how many were tried.
func necessary(t *testing.T, root string, index map[string]string, u config.Unit, some func(string, []readset.Read) []readset.Read) (tried int) {
	t.Helper()
	e := engine(t, root)
	first := e.Units(context.Background(), []config.Unit{u}, render.UnitOptions{Cache: newCache(root, nil, nil)})[0]
	if first.Record.Tree == "" {
		return 0
	}
	records := render.Records([]render.Result{first})
	clean := only(index, first.Reads)
	if !knows(t, root, clean, e, u, records) || !knows(t, root, nil, e, u, records) {
		t.Errorf("%s is not reused although nothing changed", u.App)
		return 0
	}
	for _, r := range some(u.App, first.Record.Reads) {
		for _, m := range mutationsOf(r) {
			undo := m.do(filepath.Join(root, r.Path))
			if undo == nil {
				continue
			}
			tried++
			if got := knows(t, root, without(clean, r), e, u, records); got != m.reused {
				t.Errorf("%s: %s %s (%s): reused is %v, want %v", u.App, m.name, r.Path, r.Kind, got, m.reused)
			}
			if err := undo(); err != nil {
				t.Fatalf("%s: %s %s: undo: %v", u.App, m.name, r.Path, err)
			}
		}
	}
	if !knows(t, root, clean, e, u, records) {
		t.Fatalf("%s is not reused after everything was put back", u.App)
	}
	return tried
}

func mutationsOf(r readset.Read) []mutation {
	switch {
	case r.Path == ".":
		return nil
	case r.Kind == readset.Absent:
		return creations
	case r.Kind == readset.File || r.Real != "":
		return mutations
	}
	// What is only known to be there may change.
	return slices.DeleteFunc(slices.Clone(mutations), func(m mutation) bool { return strings.HasPrefix(m.name, "change") || m.name == "chmod +x" })
}

// sample picks reads by the unit's name: some of each kind, always the same.
func sample(name string, reads []readset.Read) []readset.Read {
	if *everyPath {
		return reads
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	reads = slices.Clone(reads)
	r.Shuffle(len(reads), func(i, j int) { reads[i], reads[j] = reads[j], reads[i] })
	left := map[readset.Kind]int{readset.File: 4, readset.Listing: 2, readset.Folder: 2, readset.Exists: 2, readset.Absent: 4}
	return slices.DeleteFunc(reads, func(r readset.Read) bool {
		left[r.Kind]--
		return left[r.Kind] < 0
	})
}

// only are the hashes of files that were read.
func only(index map[string]string, reads []readset.Read) map[string]string {
	m := map[string]string{}
	for _, r := range reads {
		if id, ok := index[r.Path]; ok {
			m[r.Path] = id
		}
	}
	return m
}

// without is what git would still call clean after a path was mutated.
func without(clean map[string]string, r readset.Read) map[string]string {
	m := maps.Clone(clean)
	for _, p := range []string{r.Path, r.Real} {
		delete(m, p)
		if r.Kind == readset.Folder || r.Kind == readset.Listing {
			maps.DeleteFunc(m, func(name, _ string) bool { return strings.HasPrefix(name, p+"/") })
		}
	}
	return m
}

// copyTree copies a folder, and says what git's index would of its files.
func copyTree(t testing.TB, from, to string) map[string]string {
	t.Helper()
	clean := map[string]string{}
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, p)
		at := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(at, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			return errors.Join(err, os.Symlink(target, at))
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		clean[filepath.ToSlash(rel)] = readset.FileID(info.Mode(), data)
		return os.WriteFile(at, data, info.Mode()|0o200)
	})
	if err != nil {
		t.Fatal(err)
	}
	return clean
}
