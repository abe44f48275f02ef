package render_test

import (
	"context"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

// BenchmarkUnits renders 100 kustomize and 100 Helm units, cold: a new Engine each time, as in CI.
func BenchmarkUnits(b *testing.B) {
	root, units := manyUnits(b, 100)
	for b.Loop() {
		for _, r := range engine(b, root).Units(context.Background(), units, render.UnitOptions{}) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
}

func BenchmarkKustomize(b *testing.B) { benchmarkUnit(b, config.Kustomize) }

func BenchmarkHelm(b *testing.B) { benchmarkUnit(b, config.Helm) }

func benchmarkUnit(b *testing.B, typ config.Type) {
	root, units := manyUnits(b, 1)
	e := engine(b, root)
	for _, u := range units {
		if u.Type != typ {
			continue
		}
		for b.Loop() {
			if r := e.Unit(context.Background(), u, nil); r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
}
