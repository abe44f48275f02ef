package render_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

// repository writes a source repository: files and, as "-> target", symbolic links, in the notation of txtar.
//
//	-- apps/web/kustomization.yaml --
//	resources: [a.yaml]
//	-- apps/web/a.yaml -> ../../shared/a.yaml --
func repository(t testing.TB, text string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, root, text)
	return root
}

func writeFiles(t testing.TB, root, text string) {
	t.Helper()
	name, content := "", ""
	flush := func() {
		name, target, link := strings.Cut(name, " -> ")
		if name == "" {
			return
		}
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if link {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.Lines(text) {
		if inner, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- "); ok && strings.HasSuffix(inner, " --") {
			flush()
			name, content = strings.TrimSuffix(inner, " --"), ""
			continue
		}
		content += line
	}
	flush()
}

// engine makes an Engine that may do all it can.
func engine(t testing.TB, root string) *render.Engine {
	t.Helper()
	e, err := render.NewEngine(render.EngineOptions{Root: root, HelmShim: testShim(t)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// unit is a unit as the configuration makes it from a folder by convention.
func unit(typ config.Type, path string) config.Unit {
	return config.Unit{App: "app", Env: "dev", Path: path, Type: typ, Release: "app", IncludeCRDs: true, LoadRestrictor: config.LoadRootOnly}
}
