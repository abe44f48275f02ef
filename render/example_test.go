package render_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

// A broken unit does not stop the others.
func ExampleEngine_Units() {
	root, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(root)
	for name, text := range map[string]string{
		"web/kustomization.yaml": "namePrefix: dev-\nresources: [service.yaml]\n",
		"web/service.yaml":       "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
		"api/kustomization.yaml": "resources:\n- https://example.test/base.yaml\n",
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			panic(err)
		}
	}
	engine, err := render.NewEngine(render.EngineOptions{Root: root})
	if err != nil {
		panic(err)
	}
	units := []config.Unit{
		{App: "web", Env: "dev", Path: "web", Type: config.Kustomize, Namespace: "shop"},
		{App: "api", Env: "dev", Path: "api", Type: config.Kustomize},
	}
	for _, r := range engine.Units(context.Background(), units, render.UnitOptions{}) {
		for _, o := range r.Set {
			y, err := o.YAML()
			if err != nil {
				panic(err)
			}
			fmt.Printf("# %s/%s\n%s", r.Unit.App, o.Path(), y)
		}
		var se *render.SourceError
		if errors.As(r.Err, &se) {
			fmt.Printf("error: %v\nhint: %s\n", r.Err, se.Hint)
		}
	}
	// Output:
	// # web/shop/service-dev-web.yaml
	// apiVersion: v1
	// kind: Service
	// metadata:
	//   name: dev-web
	//   namespace: shop
	// error: render api in dev: api/kustomization.yaml:2: resources: https://example.test/base.yaml is remote, and rendering uses no network
	// hint: pin it by committing a copy: download the file, or run kustomize localize on a base, and name the local path
}
