package render_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

const chartText = `
-- c/Chart.yaml --
apiVersion: v2
name: c
version: 1.0.0
-- c/values.yaml --
a: 1
-- c/.helmignore --
ignored/
secret.txt
-- c/templates/cm.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data: {a: "{{ .Values.a }}", files: "{{ range $p, $b := .Files.Glob "**" }}{{ $p }} {{ end }}"}
`

const plainCM = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`

// TestReuseBySource goes through the kinds of sources. Everything that a unit reads is mutated, it is rendered from nothing but
// that, and then some paths are written (-> makes a link, "-" deletes, "/" makes a folder), each of which must, or must not, have the unit rendered again.
func TestReuseBySource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files string
		unit  config.Unit
		again []string
		reuse []string
		fails bool
	}{
		"plain": {
			files: "-- p/a.yaml --" + plainCM + "-- p/sub/b.json --\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"b\"}}\n-- p/.hidden/x.yaml --\nx\n-- p/sub/none/README.md --\nx\n-- q/x.yaml --\nx\n",
			unit:  unit(config.Plain, "p"),
			again: []string{"p/new.yaml", "p/new/", "p/sub/new.yaml", "p/sub/none/x.yaml", "- p/a.yaml", "- p/sub", "p/a.yaml", "p/sub -> ../q"},
			reuse: []string{"p/.hidden/y.yaml", "p/sub/none/README.md", "q/y.yaml", "new"},
		},
		"chart": {
			files: chartText + "-- c/secret.txt -> ../elsewhere --\n-- elsewhere --\nx\n-- c/ignored/a --\nx\n-- prod.yaml --\na: 2\n-- c/templates/NOTES.txt --\nx\n",
			unit:  with(unit(config.Helm, "c"), func(u *config.Unit) { u.Values = []string{"prod.yaml", "c/values.yaml"} }),
			again: []string{"c/crds/x.yaml", "c/charts/d/Chart.yaml", "c/values.schema.json", "c/new.txt", "c/.helmignore", "- c/.helmignore", "prod.yaml", "c/requirements.yaml",
				"- elsewhere", "c/ignored -> ../elsewhere", "c -> .", "c/templates/NOTES.txt"},
			reuse: []string{"elsewhere", "c/ignored/b", "dev.yaml", "values.yaml", ".helmignore"},
		},
		"linked chart": {
			files: strings.ReplaceAll(chartText, "-- c/", "-- vendor/c/") + "-- apps/c -> ../vendor/c --\n-- vendor/d/Chart.yaml --\nx\n-- extra/x.txt --\nx\n-- vendor/c/extra -> ../../extra --\n",
			unit:  unit(config.Helm, "apps/c"),
			again: []string{"vendor/c/crds/x.yaml", "apps/c -> ../vendor/d", "vendor/c/values.yaml", "extra/y.txt", "extra/x.txt", "- apps"},
			reuse: []string{"apps/values.yaml", "vendor/d/values.yaml"},
		},
		"link that is left out": {
			// ignored/ in .helmignore is for folders alone: once the link leads to a file, the file is part of the chart.
			files: chartText + "-- c/ignored -> ../folder --\n-- folder/x --\nx\n",
			unit:  unit(config.Helm, "c"),
			again: []string{"folder", "- folder", "c/ignored -> ../c/Chart.yaml"},
			reuse: []string{"folder/y"},
		},
		"broken chart": {
			files: chartText + "-- c/templates/x.yaml --\n{{ fail \"no\" }}\n",
			unit:  unit(config.Helm, "c"),
			fails: true,
		},
		"kustomization": {
			files: "-- o/kustomization.yaml --\nresources: [../base, ../linked, more.yaml]\ncomponents: [../component]\npatches: [{path: patch.yaml}]\nconfigMapGenerator: [{name: g, files: [data.txt], envs: [e.env]}]\n" +
				"-- base/kustomization.yml --\nresources: [a.yaml]\n-- base/a.yaml --" + plainCM +
				"-- linked -> real --\n-- real/Kustomization --\nresources: [b.yaml]\n-- real/b.yaml --" + strings.Replace(plainCM, "name: a", "name: b", 1) +
				"-- o/more.yaml -> ../shared/more.yaml --\n-- shared/more.yaml --" + strings.Replace(plainCM, "name: a", "name: c", 1) +
				"-- component/kustomization.yaml --\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: p-\n" +
				"-- o/patch.yaml --" + plainCM + "data: {x: y}\n-- o/data.txt --\nx\n-- o/e.env --\nA=1\n",
			unit: with(unit(config.Kustomize, "o"), func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }),
			again: []string{"o/kustomization.yml", "o/Kustomization", "base/kustomization.yaml", "real/kustomization.yaml", "linked -> base", "shared/more.yaml", "o/data.txt", "o/e.env",
				"- component", "component/kustomization.yaml", "o/data.txt -> ../shared/more.yaml"},
			reuse: []string{"o/unused.yaml", "o/values.yaml", "base/b.yaml", "component/x", "kustomization.yaml"},
		},
		"outside the overlay": {
			files: "-- o/kustomization.yaml --\nconfigMapGenerator: [{name: g, files: [../shared/x.txt]}]\n-- shared/x.txt --\nx\n",
			unit:  with(unit(config.Kustomize, "o"), func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }),
			again: []string{"shared/x.txt", "- shared", "shared/x.txt -> ../o/kustomization.yaml"},
			reuse: []string{"shared/y.txt"},
		},
		"own schema": {
			files: "-- o/kustomization.yaml --\nresources: [a.yaml]\nopenapi: {path: schema.json}\n-- o/schema.json --\n{\"definitions\": {}}\n-- o/a.yaml --" + plainCM,
			unit:  unit(config.Kustomize, "o"),
			again: []string{"o/schema.json", "o/a.yaml"},
			reuse: []string{"o/x"},
		},
		"helmCharts": {
			files: strings.ReplaceAll(chartText, "-- c/", "-- o/charts/c/") +
				"-- o/kustomization.yaml --\nhelmCharts: [{name: c, releaseName: r, valuesFile: v.yaml, additionalValuesFiles: [w.yaml], valuesInline: {b: 2}, includeCRDs: true}]\n-- o/v.yaml --\na: 3\n-- o/w.yaml --\na: 4\n",
			unit:  unit(config.Kustomize, "o"),
			again: []string{"o/charts/c/crds/x.yaml", "o/charts/c/templates/new.yaml", "o/v.yaml", "o/w.yaml", "o/charts/c/values.yaml", "- o/charts", "o/charts/c/.helmignore"},
			reuse: []string{"o/charts/values.yaml", "o/charts/d/Chart.yaml", "o/values.yaml"},
		},
		"generators in files": {
			files: "-- o/kustomization.yaml --\ngenerators: [gen, g.yaml]\n-- o/g.yaml --\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [data.txt]\n-- o/data.txt --\nx\n" +
				"-- o/gen/kustomization.yaml --\nresources: [h.yaml]\n-- o/gen/h.yaml --\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: y}\nliterals: [a=b]\n",
			unit:  unit(config.Kustomize, "o"),
			again: []string{"o/data.txt", "o/gen/h.yaml", "o/gen/kustomization.yml", "o/g.yaml"},
			reuse: []string{"o/gen/x.yaml"},
		},
		"SOPS": {
			files: "-- p/s.yaml --\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: \"ENC[AES256_GCM,data:aaaa,iv:aaaa,tag:aaaa,type:str]\"}\nsops: {mac: \"ENC[AES256_GCM,data:aaaa,iv:aaaa,tag:aaaa,type:str]\", version: 3.9.0}\n",
			unit:  unit(config.Plain, "p"),
			again: []string{"p/s.yaml", "p/t.yaml"},
			reuse: []string{".sops.yaml"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t, tt.files)
			if first := suffices(t, root, tt.unit); (first.Err != nil) != tt.fails {
				t.Fatalf("it renders to %s", outcome(first))
			}
			if n := necessaryCopy(t, root, tt.unit); n < 5 && !tt.fails {
				t.Errorf("only %d mutations", n)
			}
			for i, edit := range slices.Concat(tt.again, tt.reuse) {
				root := repository(t, tt.files)
				first := renderWith(t, root, nil, tt.unit)[0]
				if i >= len(tt.again) {
					write(t, root, edit)
				} else if write(t, root, edit); knows(t, root, nil, engine(t, root), tt.unit, render.Records([]render.Result{first})) {
					t.Errorf("%s: the unit is reused", edit)
				}
				second := renderWith(t, root, render.Records([]render.Result{first}), tt.unit)[0]
				if second.Reused != (i >= len(tt.again)) {
					t.Errorf("%s: reused is %v", edit, second.Reused)
				}
				if got, want := outcome(second), outcome(renderWith(t, root, nil, tt.unit)[0]); got != want {
					t.Errorf("%s: an incremental run gives %s, a full one %s", edit, got, want)
				}
			}
		})
	}
}

func necessaryCopy(t *testing.T, from string, u config.Unit) int {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	index := copyTree(t, from, root)
	must(t, os.Mkdir(filepath.Join(root, asideFolder), 0o755))
	return necessary(t, root, index, u, func(_ string, reads []readset.Read) []readset.Read { return reads })
}

// write makes one edit of TestReuseBySource.
func write(t *testing.T, root, edit string) {
	t.Helper()
	if path, ok := strings.CutPrefix(edit, "- "); ok {
		must(t, os.RemoveAll(filepath.Join(root, path)))
		return
	}
	path, target, link := strings.Cut(edit, " -> ")
	path = filepath.Join(root, path)
	if strings.HasSuffix(edit, "/") {
		must(t, os.MkdirAll(path, 0o755))
		return
	}
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	if info, err := os.Lstat(path); link || err == nil && info.IsDir() {
		must(t, os.RemoveAll(path))
	}
	if link {
		must(t, os.Symlink(target, path))
		return
	}
	must(t, os.WriteFile(path, []byte("new: content\n"), 0o644))
}

func with(u config.Unit, change func(*config.Unit)) config.Unit {
	change(&u)
	return u
}

// TestReuseBySettings checks that a unit with any other setting is another.
func TestReuseBySettings(t *testing.T) {
	t.Parallel()
	root := repository(t, chartText)
	u := unit(config.Helm, "c")
	records := render.Records(renderWith(t, root, nil, u))
	e := engine(t, root)
	if !knows(t, root, nil, e, u, records) {
		t.Fatal("the unit is not reused")
	}
	v := reflect.ValueOf(&u).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if name == "App" || name == "Env" {
			continue // another unit
		}
		changed := u
		field := reflect.ValueOf(&changed).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString("other")
		case reflect.Bool:
			field.SetBool(!field.Bool())
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Struct:
			changed.Kinds.Cluster = []string{"A.b"}
		default:
			t.Fatalf("%s is a %s: its address would be its name in settings", name, field.Kind())
		}
		if knows(t, root, nil, e, changed, records) {
			t.Errorf("with another %s the unit is reused", name)
		}
	}
	other := newCache(root, nil, records)
	other.Version = "other"
	if e.Units(context.Background(), []config.Unit{u}, render.UnitOptions{Cache: other})[0].Reused {
		t.Error("another plainsail reuses the unit")
	}
	for _, pair := range [][2]string{{"a\xff", "a\xfe"}, {`a", "b`, `a`}} {
		a, b := u, u
		a.Values, b.Values = []string{pair[0]}, []string{pair[1]}
		if render.SourceKey(a) == render.SourceKey(b) {
			t.Errorf("units with the values %q share a render", pair)
		}
	}
}

// TestReuseByBase renders two folders of one repository with units of the same name.
func TestReuseByBase(t *testing.T) {
	t.Parallel()
	root := repository(t, strings.ReplaceAll(chartText, "-- c/", "-- one/c/")+strings.ReplaceAll(strings.ReplaceAll(chartText, "a: 1", "a: 2"), "-- c/", "-- two/c/"))
	u := unit(config.Helm, "c")
	var records map[string]readset.Record
	var trees []string
	for _, base := range []string{"one", "two", "two"} {
		e, err := render.NewEngine(render.EngineOptions{Root: root, Base: filepath.Join(root, base)})
		must(t, err)
		r := e.Units(context.Background(), []config.Unit{u}, render.UnitOptions{Cache: newCache(root, nil, records)})[0]
		must(t, r.Err)
		if r.Reused != (len(trees) == 2) {
			t.Errorf("%s: reused is %v", base, r.Reused)
		}
		records = render.Records([]render.Result{r})
		trees = append(trees, r.Record.Tree)
	}
	if trees[0] == trees[1] {
		t.Error("both folders give the same")
	}
}

// TestNothingToReuse checks what must not be remembered.
func TestNothingToReuse(t *testing.T) {
	t.Parallel()
	random := strings.Replace(chartText, `"{{ .Values.a }}"`, `"{{ randAlphaNum 8 }}"`, 1)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := map[string]struct {
		ctx   context.Context
		files string
		unit  config.Unit
	}{
		"random output": {context.Background(), random, with(unit(config.Helm, "c"), func(u *config.Unit) { u.AllowNondeterministic = "because" })},
		"a failure":     {context.Background(), random, unit(config.Helm, "c")},
		"no such path":  {context.Background(), "-- x --\n", unit(config.Helm, "c")},
		"cancelled":     {cancelled, chartText, unit(config.Helm, "c")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t, tt.files)
			r := engine(t, root).Units(tt.ctx, []config.Unit{tt.unit}, render.UnitOptions{Cache: newCache(root, nil, nil)})
			if records := render.Records(r); len(records) > 0 {
				t.Errorf("it is remembered: %+v", records)
			}
			if second := renderWith(t, root, render.Records(r), tt.unit)[0]; second.Reused {
				t.Error("it is reused")
			}
		})
	}
	t.Run("forged", func(t *testing.T) {
		t.Parallel()
		root := repository(t, chartText)
		u := unit(config.Helm, "c")
		records := render.Records(renderWith(t, root, nil, u))
		for name, reads := range map[string][]readset.Read{
			"no reads": nil, "unknown kind": {{Path: "c", Kind: "weird"}}, "no kind": {{}}, "outside": {{Path: "../x", Kind: readset.Absent}}, "absolute": {{Path: "/x", Kind: readset.Absent}},
		} {
			r := records[render.Key(u)]
			r.Reads = reads
			if knows(t, root, nil, engine(t, root), u, map[string]readset.Record{render.Key(u): r}) {
				t.Errorf("a record with %s counts", name)
			}
		}
	})
}

// TestSharedSources checks that units with one source and the same options render it once, in every run, and that each of them
// has the whole record, also when it is a failure that they share.
func TestSharedSources(t *testing.T) {
	t.Parallel()
	root := repository(t, chartText+"-- shared.yaml --\na: 7\n-- bad/Chart.yaml --\nname: bad\n")
	var units []config.Unit
	for _, env := range []string{"dev", "staging", "prod"} {
		u := with(unit(config.Helm, "c"), func(u *config.Unit) { u.Env, u.Values = env, []string{"shared.yaml"} })
		units = append(units, u, with(u, func(u *config.Unit) { u.App, u.Path = "bad", "bad" }))
	}
	e := engine(t, root)
	results := e.Units(context.Background(), units, render.UnitOptions{Cache: newCache(root, nil, nil), Workers: 4})
	alone := renderWith(t, root, nil, units[0])[0]
	for i, r := range results {
		if bad := i%2 == 1; bad != (r.Err != nil) {
			t.Errorf("%s: %v", render.Key(r.Unit), r.Err)
			continue
		} else if bad {
			if !strings.Contains(r.Err.Error(), " in "+r.Unit.Env) || len(r.Reads) == 0 {
				t.Errorf("%s: %v, %d reads", render.Key(r.Unit), r.Err, len(r.Reads))
			}
			continue
		}
		if !reflect.DeepEqual(r.Record.Reads, alone.Record.Reads) || outcome(r) != outcome(alone) {
			t.Errorf("%s has another record than if it were alone", render.Key(r.Unit))
		}
	}
	if n := e.Renders(); n > 4 {
		t.Errorf("%d renders for three times the same chart and a broken one", n)
	}
	write(t, root, "shared.yaml")
	for _, r := range renderWith(t, root, render.Records(results), units...) {
		if r.Reused {
			t.Errorf("%s is reused after its values file changed", render.Key(r.Unit))
		}
	}
}

// TestOddFiles checks that what cannot be read is never waited for, and counts as a change.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]func(path string) error{
		"FIFO":       func(p string) error { return syscall.Mkfifo(p, 0o644) },
		"loop":       func(p string) error { return os.Symlink(filepath.Base(p), p) },
		"too large":  func(p string) error { return errorsOf(os.WriteFile(p, nil, 0o644), os.Truncate(p, 1<<40)) },
		"unreadable": func(p string) error { return os.WriteFile(p, []byte("a: 2\n"), 0) },
		"long name": func(p string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(p), strings.Repeat("x", 250)), nil, 0o644)
		},
		"other case": func(p string) error { return os.WriteFile(filepath.Join(filepath.Dir(p), "VALUES.yaml"), nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t, chartText)
			u := unit(config.Helm, "c")
			records := render.Records(renderWith(t, root, nil, u))
			path := filepath.Join(root, "c/values.yaml")
			must(t, os.Remove(path))
			must(t, odd(path))
			second := renderWith(t, root, records, u)[0]
			if second.Reused {
				t.Error("the unit is reused")
			}
			if third := renderWith(t, root, nil, u)[0]; outcome(third) != outcome(second) {
				t.Errorf("%s, then %s", outcome(second), outcome(third))
			}
		})
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
