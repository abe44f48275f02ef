package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/plainsail/plainsail/config"
)

// BenchmarkDiscover finds 1,000 units on disk: 250 apps in four environments,
// half of them overlays and half charts.
func BenchmarkDiscover(b *testing.B) {
	dir := b.TempDir()
	write := func(name string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 125 {
		write(fmt.Sprintf("charts/chart-%d/Chart.yaml", i))
		for _, env := range []string{"dev", "qa", "staging", "prod"} {
			write(fmt.Sprintf("apps/app-%d/overlays/%s/kustomization.yaml", i, env))
			write(fmt.Sprintf("charts/chart-%d/values-%s.yaml", i, env))
		}
	}
	for b.Loop() {
		plan, err := new(config.Config).Discover(os.DirFS(dir), config.DiscoverOptions{})
		if err != nil || len(plan.Units) != 1000 {
			b.Fatal(len(plan.Units), err)
		}
	}
}
