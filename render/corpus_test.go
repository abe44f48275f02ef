package render_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

// corpusDir holds real kustomizations and charts of other projects with what kustomize 5.8.2 and helm 3.22.0 make of them.
// It lives beside this repository, not in it.
var corpusDir = flag.String("corpus", "../../shared/corpus", "the folder of the corpus; tests that need it are skipped when it is absent")

// A corpusCase is a line of cases.tsv.
type corpusCase struct {
	name, kind, path   string
	args               []string
	namespace, release string
	fails, unstable    bool
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	cases := readCorpus(t)
	public := filepath.Join(*corpusDir, "public")
	engine, err := render.NewEngine(render.EngineOptions{Root: public, HelmShim: testShim(t)})
	if err != nil {
		t.Fatal(err)
	}
	moving := readMovingPaths(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := renderCase(t, engine, c)
			if c.fails {
				if err == nil {
					t.Fatalf("the reference refuses it, we render %d objects", len(out.Objects))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(*corpusDir, "expected", c.name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			wantObjects, err := manifest.Decode(want, "expected", false)
			if err != nil {
				t.Fatal(err)
			}
			got, ref := canonical(t, out.Objects, moving[c.name]), canonical(t, wantObjects, moving[c.name])
			if diff := cmp.Diff(ref, got); diff != "" {
				t.Errorf("objects differ (-reference +plainsail):\n%.4000s", diff)
			}
			if c.unstable && len(out.Unstable) == 0 {
				t.Error("the reference gives another result on every run; no unstable call was found")
			}
		})
	}
}

func renderCase(t *testing.T, e *render.Engine, c corpusCase) (*render.Output, error) {
	t.Helper()
	if c.kind == "kustomize" {
		o, err := kustomizeFlags(c.args)
		if err != nil {
			t.Fatal(err)
		}
		return e.Kustomize(context.Background(), c.path, o)
	}
	o, err := helmFlags(c.args)
	if err != nil {
		t.Fatal(err)
	}
	o.Namespace, o.Release = c.namespace, c.release
	return e.Helm(context.Background(), c.path, o)
}

func kustomizeFlags(args []string) (o render.KustomizeOptions, err error) {
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--enable-helm":
			o.EnableHelm = true
		case "--helm-command":
			i++
		case "--load-restrictor":
			i++
			o.NoLoadRestrictor = args[i] == "LoadRestrictionsNone"
		case "--enable-managedby-label":
			o.EnableManagedByLabel = true
		default:
			return o, fmt.Errorf("unknown flag %s", args[i])
		}
	}
	return o, nil
}

func helmFlags(args []string) (o render.HelmOptions, err error) {
	lists := map[string]*[]string{"-f": &o.Values, "--values": &o.Values, "--set": &o.Set, "--set-string": &o.SetString,
		"--set-file": &o.SetFile, "--set-json": &o.SetJSON, "--api-versions": &o.APIVersions, "--show-only": &o.ShowOnly}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--include-crds":
			o.IncludeCRDs = true
		case "--skip-tests":
			o.SkipTests = true
		case "--no-hooks":
			o.NoHooks = true
		case "--is-upgrade":
			o.IsUpgrade = true
		case "--kube-version":
			i++
			o.KubeVersion = args[i]
		default:
			list, ok := lists[args[i]]
			if !ok {
				return o, fmt.Errorf("unknown flag %s", args[i])
			}
			i++
			*list = append(*list, args[i])
		}
	}
	return o, nil
}

// canonical is a set of objects as sorted JSON: the order of documents and keys does not count, lists are opened.
func canonical(t *testing.T, objects []*manifest.Object, moving []movingPath) []string {
	t.Helper()
	objects, err := manifest.Expand(objects)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range objects {
		js, err := json.Marshal(o.Content())
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(js, &v); err != nil {
			t.Fatal(err)
		}
		for _, m := range moving {
			hide(v, m)
		}
		js, _ = json.Marshal(v)
		out = append(out, string(js))
	}
	sort.Strings(out)
	return out
}

func readCorpus(t *testing.T) []corpusCase {
	t.Helper()
	f, err := os.Open(filepath.Join(*corpusDir, "cases.tsv"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no corpus at %s", *corpusDir)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []corpusCase
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		col := strings.Split(s.Text(), "\t")
		for i := range col {
			if col[i] == "-" {
				col[i] = ""
			}
		}
		cases = append(cases, corpusCase{
			name: col[0], kind: col[1], path: col[2], args: shellWords(col[3]), namespace: col[4], release: col[5],
			fails: col[6] == "fail", unstable: col[7] == "nondet",
		})
	}
	return cases
}

// shellWords splits a line at spaces outside single quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

// A movingPath is a field that differs between two runs of the reference itself.
type movingPath struct{ kind, name, path string }

func readMovingPaths(t *testing.T) map[string][]movingPath {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(*corpusDir, "nondet-paths.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	moving := map[string][]movingPath{}
	for line := range strings.Lines(string(data)) {
		col := strings.Split(strings.TrimSpace(line), "\t")
		if len(col) == 3 && !strings.HasPrefix(line, "#") {
			kind, name, _ := strings.Cut(col[1], "/")
			moving[col[0]] = append(moving[col[0]], movingPath{kind, name, col[2]})
		}
	}
	return moving
}

// hide takes a moving field out of an object. A moving name ends in five random characters.
func hide(object map[string]any, m movingPath) {
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if object["kind"] != m.kind {
		return
	}
	if stem := m.name[:max(len(m.name)-5, 0)]; m.path == "(name)" && len(name) == len(m.name) && strings.HasPrefix(name, stem) {
		meta["name"] = stem
		return
	}
	if name == m.name {
		remove(object, strings.TrimPrefix(m.path, "."))
	}
}

// remove deletes the field at path, whose last part may itself hold dots; "[]" stands for every item of a list.
func remove(v any, path string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			remove(item, path)
		}
	case map[string]any:
		delete(v, path)
		head, rest, ok := strings.Cut(path, ".")
		if ok {
			remove(v[strings.TrimSuffix(head, "[]")], rest)
		}
	}
}
