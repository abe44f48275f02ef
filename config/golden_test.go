package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/config"
)

// TestPlanGolden compares what every key of the rich file comes to.
func TestPlanGolden(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("plainsail.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Discover(tree(`
		apps/web/base/kustomization.yaml
		apps/web/overlays/dev/kustomization.yaml
		apps/web/overlays/prod/kustomization.yaml
		charts/api/Chart.yaml
		charts/api/extra.yaml
		charts/api/prod/extra.yaml
		charts/api/values-dev.yaml
		charts/api/values-prod.yaml
		shared/prod/namespace.yaml
	`), config.DiscoverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *config.Update {
		if err := os.WriteFile("testdata/rich.json", got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/rich.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("testdata/rich.json differs (-want +got):\n%s", cmp.Diff(string(want), string(got)))
	}
}
