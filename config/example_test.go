package config_test

import (
	"fmt"
	"testing/fstest"

	"github.com/plainsail/plainsail/config"
)

func Example() {
	source := fstest.MapFS{ // usually os.DirFS or an os.Root's FS
		"plainsail.yaml": {Data: []byte(`
apiVersion: plainsail.dev/v1alpha1
kind: Config
environments:
  - name: dev
  - name: prod
    kubeVersion: "1.33"
`)},
		"apps/web/overlays/dev/kustomization.yaml":  {},
		"apps/web/overlays/prod/kustomization.yaml": {},
		"charts/api/Chart.yaml":                     {},
		"charts/api/values-prod.yaml":               {},
	}
	c, err := config.Load(source)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := c.Discover(source, config.DiscoverOptions{DefaultApp: "shop"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range plan.Units {
		branch, _ := c.Branch(u.Env)
		fmt.Println(branch, u.App, u.Type, u.Path, u.KubeVersion, u.Values)
	}
	// Output:
	// env/dev web kustomize apps/web/overlays/dev  []
	// env/prod api helm charts/api 1.33 [charts/api/values-prod.yaml]
	// env/prod web kustomize apps/web/overlays/prod 1.33 []
}

func ExampleParse_errors() {
	_, err := config.Parse("plainsail.yaml", []byte(`apiVersion: plainsail.dev/v1alpha1
kind: Config
environments:
  - name: dev
    kubeVersoin: "1.34"
  - name: Prod
`))
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		fmt.Println(err)
	}
	// Output:
	// plainsail.yaml:5: unknown key "kubeVersoin" in environments[0]
	// plainsail.yaml:6: environments[1].name: "Prod" is not a name
}
