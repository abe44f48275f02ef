package render_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/fleet"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

var (
	rounds    = flag.Int("rounds", 200, "rounds of random edits to a random fleet")
	fleetSeed = flag.Uint64("fleet-seed", 1, "the first seed of these rounds")
)

// TestRandomEdits edits a fleet in a git repository at random, round by round, and checks that what comes of an incremental run, with
// the records of the rounds before and hashes from git's index, is what comes of a full render.
func TestRandomEdits(t *testing.T) {
	t.Parallel()
	n := *rounds
	if testing.Short() {
		n /= 10
	}
	for part := range uint64(2) {
		seed := *fleetSeed + part
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			randomEdits(t, seed, n/2)
		})
	}
}

func randomEdits(t *testing.T, seed uint64, rounds int) {
	ctx := context.Background()
	repo := gitrepotest.Init(t)
	root, err := filepath.EvalSymlinks(repo.Dir)
	must(t, err)
	_, err = fleet.Generate(root, fleet.Options{Apps: 6, Seed: seed})
	must(t, err)
	writeFiles(t, root, fleetExtras)
	repo.Commit("fleet", nil)
	source, err := gitrepo.OpenSource(ctx, root, gitrepo.SourceOptions{Env: repo.Env})
	must(t, err)
	ed := &editor{t: t, repo: repo, root: root, rand: rand.New(rand.NewPCG(seed, 7))}
	var store readset.Store
	var units []config.Unit
	reused, rendered, failed := 0, 0, 0
	for round := range rounds {
		var edits []string
		for range 1 + ed.rand.IntN(3) {
			edits = append(edits, ed.edit())
		}
		if found := discover(root); found != nil {
			units = found
		}
		clean := cleanFiles(t, source)
		cache := &render.Cache{Tree: readset.NewTree(root, clean), Store: store, Version: "test", Hash: treeHash}
		got := engine(t, root).Units(ctx, units, render.UnitOptions{Cache: cache})
		want := engine(t, root).Units(ctx, units, render.UnitOptions{})
		for i := range got {
			if a, b := outcome(got[i]), outcome(want[i]); a != b {
				t.Errorf("round %d after %v: %s (reused: %v) is\n\t%.800s\nbut a full render gives\n\t%.800s", round, edits, render.Key(units[i]), got[i].Reused, a, b)
			}
			switch {
			case got[i].Reused:
				reused++
			case got[i].Err != nil:
				failed++
			default:
				rendered++
			}
		}
		if t.Failed() {
			return
		}
		data := readset.Store{Records: render.Records(got)}.Encode()
		store, err = readset.Decode(data)
		must(t, err)
		if !bytes.Equal(store.Encode(), data) {
			t.Fatal("a store encodes otherwise once it was decoded")
		}
		if round%3 == 2 {
			ed.restore()
		}
	}
	t.Logf("%d units reused, %d rendered, %d failed; edits: %v", reused, rendered, failed, ed.counts)
	if reused < rendered {
		t.Errorf("%d units reused and %d rendered: this tests little", reused, rendered)
	}
}

// discover are the fleet's units; nil when its configuration is broken.
func discover(root string) []config.Unit {
	fsys := os.DirFS(root)
	c, err := config.Load(fsys)
	if err != nil {
		return nil
	}
	plan, err := c.Discover(fsys, config.DiscoverOptions{DefaultApp: "fleet"})
	if err != nil {
		return nil
	}
	return plan.Units
}

// cleanFiles are git's hashes as a run gets them.
func cleanFiles(t testing.TB, source *gitrepo.Source) map[string]string {
	t.Helper()
	entries, err := source.Clean(context.Background())
	must(t, err)
	clean := make(map[string]string, len(entries))
	for p, e := range entries {
		clean[p] = string(e.Mode) + " " + string(e.Hash)
	}
	return clean
}

// fleetExtras are what internal/fleet does not make: charts inflated by kustomize, a linked chart, plain folders, a base that is a
// link, files taken from outside the overlay.
const fleetExtras = `
-- apps/web/overlays/dev/kustomization.yaml --
resources: [../../base]
helmCharts:
- name: web
  releaseName: web
  valuesFile: values.yaml
  additionalValuesFiles: [more.yaml]
  includeCRDs: true
-- apps/web/overlays/dev/values.yaml --
replicas: 2
-- apps/web/overlays/dev/more.yaml --
level: debug
-- apps/web/overlays/dev/charts -> ../../../../vendor --
-- apps/web/overlays/prod/kustomization.yaml --
resources: [../../linked]
configMapGenerator:
- name: files
  files: [data/a.txt, data/b.txt]
  envs: [data/c.env]
-- apps/web/overlays/prod/data/a.txt --
a
-- apps/web/overlays/prod/data/b.txt -> ../../../base/shared.txt --
-- apps/web/overlays/prod/data/c.env --
LEVEL=info
-- apps/web/linked -> base --
-- apps/web/base/shared.txt --
shared
-- apps/web/base/kustomization.yaml --
resources: [cm.yaml]
components: [../../../components/labels]
-- apps/web/base/cm.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {a: "1"}
-- vendor/web/Chart.yaml --
apiVersion: v2
name: web
version: 1.0.0
-- vendor/web/values.yaml --
replicas: 1
level: info
-- vendor/web/.helmignore --
ignored/
*.bak
-- vendor/web/ignored/x.yaml --
x
-- vendor/web/templates/cm.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: chart}
data: {replicas: "{{ .Values.replicas }}", level: {{ .Values.level }}}
-- charts/linked -> ../vendor/web --
-- .gitignore --
*.local
ignored-by-git/
`

// editor makes random edits.
type editor struct {
	t      *testing.T
	repo   *gitrepotest.Repo
	root   string
	rand   *rand.Rand
	n      int
	counts map[string]int
}

func (e *editor) files(want func(fs.DirEntry) bool) []string {
	var all []string
	filepath.WalkDir(e.root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == e.root {
			return nil
		}
		if d.Name() == ".git" {
			return filepath.SkipDir
		}
		if want(d) {
			all = append(all, p)
		}
		return nil
	})
	return all
}

func (e *editor) file() string {
	return e.any(e.files(func(d fs.DirEntry) bool { return d.Type().IsRegular() && d.Name() != "plainsail.yaml" }))
}

func (e *editor) folder() string { return e.any(e.files(fs.DirEntry.IsDir)) }

func (e *editor) any(list []string) string {
	if len(list) == 0 {
		return filepath.Join(e.root, "none")
	}
	return list[e.rand.IntN(len(list))]
}

// digit changes a digit of a file, which mostly keeps it valid, and so changes what is rendered, and keeps its length.
func (e *editor) digit(path string) {
	data, _ := os.ReadFile(path)
	var at []int
	for i, b := range data {
		if b >= '0' && b <= '9' {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		data = append(data, "# 1\n"...)
	} else {
		i := at[e.rand.IntN(len(at))]
		data[i] = '1' + (data[i]-'0'+byte(e.rand.IntN(7)))%9
	}
	os.WriteFile(path, data, 0o644)
}

var settings = []string{
	"defaults: {namespace: shop}\n", "defaults: {kubeVersion: v1.31.0}\n", "defaults: {includeCRDs: false}\n", "defaults: {hooks: drop}\n",
	"apps: {web: {loadRestrictor: none}}\n", "environments: [dev, staging, prod]\n", "",
}

// edit makes one edit and says which.
func (e *editor) edit() string {
	e.n++
	kinds := []struct {
		name string
		do   func() string
	}{
		{"change", func() string { p := e.file(); e.digit(p); return p }},
		{"change", func() string { p := e.file(); e.digit(p); return p }},
		{"change", func() string { p := e.file(); e.digit(p); return p }},
		{"break", func() string { p := e.file(); os.WriteFile(p, []byte("{{ broken: ["), 0o644); return p }},
		{"empty", func() string { p := e.file(); os.WriteFile(p, nil, 0o644); return p }},
		{"delete", func() string { p := e.file(); os.Remove(p); return p }},
		{"rename", func() string { p := e.file(); os.Rename(p, p+".bak"); return p }},
		{"swap", func() string {
			a, b := e.file(), e.file()
			os.Rename(a, a+".tmp")
			os.Rename(b, a)
			os.Rename(a+".tmp", b)
			return a + " " + b
		}},
		{"touch", func() string { p := e.file(); data, _ := os.ReadFile(p); os.WriteFile(p, data, 0o644); return p }},
		{"chmod", func() string { p := e.file(); os.Chmod(p, 0o755); return p }},
		{"link file", func() string {
			p := e.file()
			os.Rename(p, filepath.Join(e.root, fmt.Sprintf("moved-%d", e.n)))
			target, _ := filepath.Rel(filepath.Dir(p), filepath.Join(e.root, fmt.Sprintf("moved-%d", e.n)))
			os.Symlink(target, p)
			return p
		}},
		{"link folder", func() string {
			p := e.folder()
			os.Rename(p, filepath.Join(e.root, fmt.Sprintf("folder-%d", e.n)))
			target, _ := filepath.Rel(filepath.Dir(p), filepath.Join(e.root, fmt.Sprintf("folder-%d", e.n)))
			os.Symlink(target, p)
			return p
		}},
		{"relink", func() string {
			p := e.any(e.files(func(d fs.DirEntry) bool { return d.Type()&fs.ModeSymlink != 0 }))
			os.Remove(p)
			target, _ := filepath.Rel(filepath.Dir(p), e.any(e.files(func(fs.DirEntry) bool { return true })))
			os.Symlink(target, p)
			return p
		}},
		{"remove folder", func() string { p := e.folder(); os.RemoveAll(p); return p }},
		{"new file", func() string {
			p := filepath.Join(e.folder(), e.any(bait))
			os.MkdirAll(filepath.Dir(p), 0o755)
			os.WriteFile(p, fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new-%d}\n", e.n), 0o644)
			return p
		}},
		{"ignored file", func() string {
			p := filepath.Join(e.folder(), "templates", fmt.Sprintf("x%d.local", e.n))
			os.MkdirAll(filepath.Dir(p), 0o755)
			os.WriteFile(p, fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: local-%d}\n", e.n), 0o644)
			return p
		}},
		{"new overlay", func() string {
			from := e.any(e.files(func(d fs.DirEntry) bool { return d.IsDir() && slices.Contains(fleet.Environments, d.Name()) }))
			to := filepath.Join(filepath.Dir(from), e.any(fleet.Environments))
			os.RemoveAll(to)
			os.CopyFS(to, os.DirFS(from))
			return to
		}},
		{"new values", func() string {
			p := filepath.Join(e.any(e.files(func(d fs.DirEntry) bool { return d.IsDir() && strings.Contains(d.Name(), "-0") })), "values-"+e.any(fleet.Environments)+".yaml")
			os.WriteFile(p, fmt.Appendf(nil, "replicas: %d\n", e.n), 0o644)
			return p
		}},
		{"settings", func() string {
			s := e.any(settings)
			os.WriteFile(filepath.Join(e.root, "plainsail.yaml"), []byte("apiVersion: plainsail.dev/v1alpha1\nkind: Config\n"+s), 0o644)
			return s
		}},
		{"git add", func() string { e.repo.TryGit("add", "-A"); return "" }},
		{"git add -N", func() string { e.repo.TryGit("add", "-N", "."); return "" }},
		{"git status", func() string { e.repo.TryGit("status"); return "" }},
		{"git commit", func() string {
			e.repo.TryGit("add", "-A")
			e.repo.TryGit("commit", "-q", "-m", "edit", "--allow-empty")
			return ""
		}},
		{"git rm --cached", func() string { p := e.file(); e.repo.TryGit("rm", "-q", "--cached", "-f", "--", p); return p }},
		{"git checkout", func() string { e.repo.TryGit("checkout", "-q", "-f", "HEAD~1", "--", "."); return "" }},
		{"stage and change", func() string { p := e.file(); e.digit(p); e.repo.TryGit("add", "--", p); e.digit(p); return p }},
		{"assume unchanged", func() string { return e.unseen("--assume-unchanged") }},
		{"skip work tree", func() string { return e.unseen("--skip-worktree") }},
		{"same size, same time", func() string {
			p := e.file()
			info, err := os.Stat(p)
			e.digit(p)
			if err == nil {
				os.Chtimes(p, info.ModTime(), info.ModTime())
			}
			return p
		}},
	}
	k := kinds[e.rand.IntN(len(kinds))]
	if e.counts == nil {
		e.counts = map[string]int{}
	}
	e.counts[k.name]++
	return k.name + " " + strings.ReplaceAll(k.do(), e.root+"/", "")
}

// unseen changes a file that git was told not to look at.
func (e *editor) unseen(flag string) string {
	p := e.file()
	e.repo.TryGit("update-index", flag, "--", p)
	e.digit(p)
	return p
}

// restore makes the fleet whole again, by git, with its first commit's files.
func (e *editor) restore() {
	e.repo.TryGit("rm", "-rqf", "--cached", ".")
	e.repo.TryGit("clean", "-fdxq")
	first, _, _ := strings.Cut(e.repo.Git("rev-list", "--max-parents=0", "HEAD"), "\n")
	e.repo.Git("read-tree", "--reset", "-u", first)
}
