package render_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/plainsail/plainsail/render"
)

// TestColdStart has new processes build many kustomizations at once before kustomize's schema is loaded, which must happen once
// and before they share it. Under the race detector, a process in which it does not ends with its report.
func TestColdStart(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("RENDER_TEST_COLD_START"); dir != "" {
		buildAtOnce(t, dir)
		return
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"patch/kustomization.yaml": "resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
		"patch/d.yaml":             "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: c, image: a}]}}}\n",
		"patch/p.yaml":             "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: c, image: b}]}}}\n",
		"kind/kustomization.yaml":  "resources: [c.yaml]\nnamePrefix: my-\nnamespace: ns\n",
		"kind/c.yaml":              "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {a: b}\n",
	} {
		if name == "kind/c.yaml" {
			// Many lookups, so that some meet the loading.
			one := text
			for i := range 40 {
				text += "---\n" + strings.ReplaceAll(one, "name: t", fmt.Sprintf("name: t%d", i))
			}
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestColdStart$")
		cmd.Env = append(os.Environ(), "RENDER_TEST_COLD_START="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%.3000s", err, out)
		}
	}
}

func buildAtOnce(t *testing.T, dir string) {
	e := engine(t, dir)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range 16 {
		done.Go(func() {
			start.Wait()
			if _, err := e.Kustomize(context.Background(), []string{"patch", "kind"}[i%2], render.KustomizeOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	start.Done()
	done.Wait()
}
