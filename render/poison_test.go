package render_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

// poisonRepository has kustomizations with and without a schema of their own. The schema says that a Deployment's containers
// have no merge key, so that a patch replaces the whole list, and that Widget's list has one: whoever is built with another's
// schema shows it.
func poisonRepository(t testing.TB) string {
	const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: web, image: web:1}
      - {name: side, image: side:1}
---
apiVersion: example.test/v1
kind: Widget
metadata: {name: w}
spec:
  items:
  - {name: one, size: 1}
  - {name: two, size: 2}
`
	const patches = `
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}
- patch: |
    apiVersion: example.test/v1
    kind: Widget
    metadata: {name: w}
    spec: {items: [{name: two, size: 3}]}
`
	const schema = `{"definitions": {
"io.k8s.api.apps.v1.Deployment": {"type": "object", "x-kubernetes-group-version-kind": [{"group": "apps", "kind": "Deployment", "version": "v1"}],
  "properties": {"spec": {"type": "object"}}},
"test.example.v1.Widget": {"type": "object", "x-kubernetes-group-version-kind": [{"group": "example.test", "kind": "Widget", "version": "v1"}],
  "properties": {"spec": {"type": "object", "properties": {"items": {"type": "array", "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge",
    "items": {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}}}}}}}}
`
	return repository(t, "-- base/all.yaml --\n"+deployment+
		"-- base/kustomization.yaml --\nresources: [all.yaml]\n"+
		"-- plain/kustomization.yaml --\nresources: [../base]\n"+patches+
		"-- path/kustomization.yaml --\nresources: [../base]\nopenapi: {path: schema.json}\n"+patches+
		"-- path/schema.json --\n"+schema+
		"-- version/kustomization.yaml --\nresources: [../base]\nopenapi: {version: v1.21.2}\n"+patches+
		"-- nested/kustomization.yaml --\nresources: [../path]\nnamePrefix: n-\n"+
		"-- component/kustomization.yaml --\nresources: [../base]\ncomponents: [c]\n"+
		"-- component/c/kustomization.yaml --\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nopenapi: {path: schema.json}\n"+patches+
		"-- component/c/schema.json --\n"+schema+
		"-- badschema/kustomization.yaml --\nresources: [../base]\nopenapi: {path: schema.json}\n"+patches+
		"-- badschema/schema.json --\n{\"definitions\": 7}\n"+
		"-- noschema/kustomization.yaml --\nresources: [../base]\nopenapi: {path: missing.json}\n"+
		"-- noversion/kustomization.yaml --\nresources: [../base]\nopenapi: {version: v0.0.1}\n"+
		"-- late/kustomization.yaml --\nresources: [../base, missing.yaml]\nopenapi: {path: ../path/schema.json}\n"+
		"-- badpatch/kustomization.yaml --\nresources: [../base]\nopenapi: {path: ../path/schema.json}\npatches: [{patch: 'a: [', target: {kind: Deployment}}]\n"+
		"-- helm/kustomization.yaml --\nhelmGlobals: {chartHome: .}\nhelmCharts: [{name: chart}]\nresources: [../base]\n"+patches+
		"-- helm/chart/Chart.yaml --\napiVersion: v2\nname: chart\nversion: 1.0.0\n-- helm/chart/values.yaml --\na: 1\n"+
		"-- helm/chart/templates/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
}

func built(t testing.TB, e *render.Engine, dir string) string {
	t.Helper()
	out, err := e.Kustomize(context.Background(), dir, render.KustomizeOptions{EnableHelm: true, NoLoadRestrictor: true})
	if err != nil {
		return "error: " + err.Error()
	}
	var buf bytes.Buffer
	if err := manifest.Encode(&buf, out.Objects); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

var (
	healthy  = []string{"plain", "helm", "base"}
	poisoned = []string{"path", "version", "nested", "component", "badschema", "noschema", "noversion", "late", "badpatch"}
)

// TestPoisoning: what a kustomization with an openapi field brings into kustomize's schema, which is one for the whole
// process, never reaches another build; nor does another build's reach it.
func TestPoisoning(t *testing.T) {
	t.Parallel()
	e := engine(t, poisonRepository(t))
	want := map[string]string{}
	for _, dir := range healthy {
		want[dir] = built(t, e, dir)
	}
	if !strings.Contains(want["plain"], "side") || strings.Contains(want["plain"], "one") {
		t.Errorf("built-in schema: a patch must merge containers and replace the list of a Widget:\n%s", want["plain"])
	}
	// Each after each.
	for _, bad := range poisoned {
		want[bad] = built(t, e, bad)
		for _, dir := range healthy {
			if got := built(t, e, dir); got != want[dir] {
				t.Errorf("%s after %s:\n%s\nwant\n%s", dir, bad, got, want[dir])
			}
		}
	}
	for _, dir := range []string{"path", "nested"} {
		if strings.Contains(want[dir], "side") || !strings.Contains(want[dir], "one") {
			t.Errorf("%s: its schema must replace containers and merge the list of a Widget:\n%s", dir, want[dir])
		}
	}
	for _, dir := range poisoned[4:] {
		if !strings.HasPrefix(want[dir], "error: ") {
			t.Errorf("%s: no error", dir)
		}
	}
	// Some of them beside 200 others.
	var dirs []string
	for i := range 200 {
		dirs = append(dirs, healthy[i%len(healthy)])
		if i%50 == 0 {
			dirs = append(dirs, poisoned[i/50])
		}
	}
	var g errgroup.Group
	g.SetLimit(8)
	for _, dir := range dirs {
		g.Go(func() error {
			if got := built(t, e, dir); got != want[dir] {
				t.Errorf("%s beside others:\n%s\nwant\n%s", dir, got, want[dir])
			}
			return nil
		})
	}
	g.Wait()
}

// manyUnits is a repository of n kustomize and n Helm units.
func manyUnits(t testing.TB, n int) (root string, units []config.Unit) {
	var b strings.Builder
	b.WriteString("-- base/kustomization.yaml --\nresources: [deploy.yaml]\ncommonAnnotations: {team: a}\n")
	b.WriteString("-- base/deploy.yaml --\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: web}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n")
	b.WriteString("-- chart/Chart.yaml --\napiVersion: v2\nname: chart\nversion: 1.0.0\n-- chart/values.yaml --\nreplicas: 1\nlabels: {b: x, a: y, c: z}\n")
	b.WriteString("-- chart/templates/_h.tpl --\n{{ define \"labels\" }}\n{{- range $k, $v := .Values.labels }}\n{{ $k }}: {{ $v }}{{ end }}{{ end }}\n")
	b.WriteString("-- chart/templates/d.yaml --\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n  labels: {{- include \"labels\" . | nindent 4 }}\nspec:\n  replicas: {{ .Values.replicas }}\n")
	b.WriteString("-- chart/templates/s.yaml --\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n")
	for i := range n {
		k := fmt.Sprintf("k/%03d", i)
		fmt.Fprintf(&b, "-- %s/kustomization.yaml --\nresources: [../../base]\nnamePrefix: p%d-\nnamespace: ns\nimages: [{name: web, newTag: v%d}]\nconfigMapGenerator: [{name: c, literals: [a=%d]}]\n", k, i, i, i)
		u := unit(config.Kustomize, k)
		u.App = fmt.Sprintf("k%03d", i)
		units = append(units, u)
		v := fmt.Sprintf("values/%03d.yaml", i)
		fmt.Fprintf(&b, "-- %s --\nreplicas: %d\n", v, i)
		u = unit(config.Helm, "chart")
		u.App, u.Release, u.Namespace, u.Values = fmt.Sprintf("h%03d", i), fmt.Sprintf("r%d", i), "ns", []string{v}
		units = append(units, u)
	}
	return repository(t, b.String()), units
}

// text is everything that came out of some units.
func text(t testing.TB, results []render.Result) string {
	t.Helper()
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "# %s %v %v\n", r.Unit.App, r.Warnings, r.Err)
		for _, o := range r.Set {
			y, err := o.YAML()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "--- # %s\n%s", o.Path(), y)
		}
	}
	return b.String()
}
