package render_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/fleet"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

// BenchmarkUnitsUnchanged is a run over about 1,000 units of which none changed, from the store's bytes on.
func BenchmarkUnitsUnchanged(b *testing.B) {
	ctx := context.Background()
	repo := gitrepotest.Init(b)
	root, err := filepath.EvalSymlinks(repo.Dir)
	must(b, err)
	_, err = fleet.Generate(root, fleet.Options{Apps: 334, Seed: 1})
	must(b, err)
	repo.Git("add", "-A")
	repo.Git("commit", "-q", "-m", "fleet")
	source, err := gitrepo.OpenSource(ctx, root, gitrepo.SourceOptions{Env: repo.Env})
	must(b, err)
	units := discover(root)
	clean := cleanFiles(b, source)
	first := engine(b, root).Units(ctx, units, render.UnitOptions{Cache: newCache(root, clean, nil)})
	data := readset.Store{Records: render.Records(first)}.Encode()
	for name, clean := range map[string]map[string]string{"index": clean, "no index": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				store, err := readset.Decode(data)
				must(b, err)
				cache := &render.Cache{Tree: readset.NewTree(root, clean), Store: store, Version: "test", Hash: treeHash}
				for _, r := range engine(b, root).Units(ctx, units, render.UnitOptions{Cache: cache}) {
					if !r.Reused {
						b.Fatal(render.Key(r.Unit))
					}
				}
			}
			b.ReportMetric(float64(len(data))/float64(len(units)), "storedbytes/unit")
		})
	}
	for name, f := range map[string]func() error{
		"decode":   func() error { _, err := readset.Decode(data); return err },
		"encode":   func() error { _ = readset.Store{Records: render.Records(first)}.Encode(); return nil },
		"discover": func() error { discover(root); return nil },
		"git":      func() error { _, err := source.Clean(ctx); return err },
		"dirty":    func() error { _, err := source.Dirty(ctx); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b, f())
			}
		})
	}
	os.RemoveAll(root)
}
