package config_test

import (
	"testing"
	"testing/fstest"

	"github.com/plainsail/plainsail/config"
)

func TestSmoke(t *testing.T) {
	c, err := config.Parse("plainsail.yaml", []byte(`apiVersion: plainsail.dev/v1alpha1
kind: Config
environments:
- name: dev
- name: prod
  kubeVersion: 1.30
  kubeVersoin: x
units:
- path: ../x
- path: apps/{app}
  type: kustomise
apps:
  Web: {}
  api:
    hooks:
    kubeVersion: "1.3x"
    environments:
      pord: {allow: {nondeterministic: ""}}
`))
	t.Logf("%v\n%v", c, err)
	c, err = config.Parse("x", nil)
	t.Logf("%v\n%v", c, err)
	fsys := fstest.MapFS{
		"apps/web/overlays/dev/kustomization.yaml":  {},
		"apps/web/overlays/prod/kustomization.yaml": {},
		"charts/api/Chart.yaml":                     {},
		"charts/api/values-prod.yaml":               {},
	}
	p, err := (&config.Config{}).Discover(fsys, config.DiscoverOptions{})
	t.Logf("%+v %v", p, err)
	p, err = (&config.Config{}).Discover(fstest.MapFS{}, config.DiscoverOptions{})
	t.Logf("%+v %v", p, err)
}
