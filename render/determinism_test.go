package render_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

// mixedUnits are the units of manyUnits and those of which something can go wrong.
func mixedUnits(t testing.TB, root string, units []config.Unit) []config.Unit {
	writeFiles(t, root, `
-- helm/kustomization.yaml --
namespace: ns
helmGlobals: {chartHome: ..}
helmCharts: [{name: chart, releaseName: in, valuesInline: {replicas: 7}}]
-- plain/b.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {z: "1", a: "2"}}
-- plain/a.yaml --
{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}
-- sops/kustomization.yaml --
resources: [s.yaml]
-- sops/s.yaml --
kind: Secret
apiVersion: v1
metadata:
  name: s
stringData:
  zz: ENC[AES256_GCM,data:zz,iv:aa,tag:aa,type:str]
  aa: ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]
sops:
  mac: ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]
  version: 3.9.0
-- broken/kustomization.yaml --
resources: [gone.yaml]
-- brokenchart/Chart.yaml --
apiVersion: v2
name: broken
version: 1.0.0
-- brokenchart/templates/a.yaml --
x: {{ fail "no" }}
-- brokenplain/a.yaml --
a: [
`)
	for path, typ := range map[string]config.Type{"helm": config.Kustomize, "plain": config.Plain, "sops": config.Kustomize,
		"broken": config.Kustomize, "brokenchart": config.Helm, "brokenplain": config.Plain} {
		u := unit(typ, path)
		u.App, u.LoadRestrictor = path, config.LoadNone
		units = append(units, u)
	}
	slices.SortFunc(units, func(a, b config.Unit) int { return strings.Compare(a.App, b.App) })
	return units
}

// TestSameBytes: one source gives one result, also of what goes wrong: with any number of workers, in any order, in any
// folder, in any process.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	root, units := manyUnits(t, 12)
	units = mixedUnits(t, root, units)
	want := text(t, engine(t, root).Units(context.Background(), units, render.UnitOptions{Workers: 1}))
	for _, dir := range []string{"helm", "plain", "sops", "broken", "brokenchart", "brokenplain", "k000", "h000"} {
		if !strings.Contains(want, "# "+dir+" ") {
			t.Fatalf("no unit %s in\n%s", dir, want)
		}
	}
	if !strings.Contains(want, "  zz: ENC[AES256_GCM,data:zz,iv:aa,tag:aa,type:str]\n  aa: ENC") {
		t.Error("the SOPS document lost the order of its keys")
	}

	t.Run("workers", func(t *testing.T) {
		equalText(t, want, text(t, engine(t, root).Units(context.Background(), units, render.UnitOptions{Workers: 8})))
	})
	t.Run("order", func(t *testing.T) {
		shuffled := slices.Clone(units)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		results := engine(t, root).Units(context.Background(), shuffled, render.UnitOptions{Workers: 4})
		slices.SortFunc(results, func(a, b render.Result) int { return strings.Compare(a.Unit.App, b.Unit.App) })
		equalText(t, want, text(t, results))
	})
	t.Run("folder", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), strings.Repeat("long/", 20)+"it's a folder")
		if err := os.MkdirAll(filepath.Dir(other), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(other, os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		equalText(t, want, text(t, engine(t, other).Units(context.Background(), units, render.UnitOptions{})))
	})
	t.Run("process", func(t *testing.T) {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(exe, "-test.run=^TestSameBytesChild$", "-test.v")
		cmd.Env = append(os.Environ(), "RENDER_CHILD="+root, "TZ=Asia/Tokyo", "HOME=/nonexistent", "LANG=tr_TR.UTF-8")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, got, _ := strings.Cut(string(out), "<<<\n")
		got, _, _ = strings.Cut(got, ">>>\n")
		equalText(t, want, got)
	})
}

// TestSameBytesChild is the other process of TestSameBytes.
func TestSameBytesChild(t *testing.T) {
	root := os.Getenv("RENDER_CHILD")
	if root == "" {
		t.Skip("run by TestSameBytes")
	}
	_, units := manyUnits(t, 12)
	units = mixedUnits(t, t.TempDir(), units)
	fmt.Printf("<<<\n%s>>>\n", text(t, engine(t, root).Units(context.Background(), units, render.UnitOptions{})))
}

func equalText(t *testing.T, want, got string) {
	t.Helper()
	if got == want {
		return
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			t.Errorf("line %d:\n%s\nwant\n%s", i+1, strings.Join(g[min(i, len(g)):min(i+3, len(g))], "\n"), w[i])
			return
		}
	}
	t.Errorf("%d more lines than wanted", len(g)-len(w))
}

// Charts inflated by kustomize beside one another do not get in each other's way.
func TestHelmChartsInParallel(t *testing.T) {
	t.Parallel()
	root, _ := manyUnits(t, 1)
	var units []config.Unit
	for i := range 30 {
		dir := fmt.Sprintf("hc/%d", i)
		writeFiles(t, root, fmt.Sprintf("-- %s/kustomization.yaml --\nhelmGlobals: {chartHome: ../..}\nhelmCharts:\n- {name: chart, releaseName: a%d, valuesInline: {replicas: %d}}\n- {name: chart, releaseName: b%[2]d}\n", dir, i, i))
		u := unit(config.Kustomize, dir)
		u.App, u.LoadRestrictor = fmt.Sprint("app", i), config.LoadNone
		units = append(units, u)
	}
	for i, r := range engine(t, root).Units(context.Background(), units, render.UnitOptions{Workers: 8}) {
		if r.Err != nil || len(r.Set) != 4 {
			t.Errorf("%d: %d objects, %v", i, len(r.Set), r.Err)
			continue
		}
		out := text(t, []render.Result{r})
		if !strings.Contains(out, fmt.Sprintf("name: a%d\n", i)) || !strings.Contains(out, fmt.Sprintf("replicas: %d\n", i)) {
			t.Errorf("%d is not its own:\n%s", i, out)
		}
	}
}
