package manifest_test

import (
	"fmt"
	"os"

	"github.com/plainsail/plainsail/manifest"
)

// A stream becomes files, one object each.
func Example() {
	stream := []byte(`
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
- apiVersion: cert-manager.io/v1
  kind: Certificate
  metadata: {namespace: shop, name: web}
  spec: {dnsNames: [web.example.com]}
`)
	objects, err := manifest.Decode(stream, "all.yaml", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	if objects, err = manifest.Expand(objects); err != nil {
		fmt.Println(err)
		return
	}
	set, err := manifest.NewSet(objects)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range set {
		doc, err := o.YAML()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("# %s\n%s", o.Path(), doc)
	}
	// Output:
	// # shop/certificate.cert-manager.io-web.yaml
	// apiVersion: cert-manager.io/v1
	// kind: Certificate
	// metadata:
	//   name: web
	//   namespace: shop
	// spec:
	//   dnsNames:
	//   - web.example.com
	// # shop/service-web.yaml
	// apiVersion: v1
	// kind: Service
	// metadata:
	//   name: web
	//   namespace: shop
}

func ExampleDecode() {
	_, err := manifest.Decode([]byte("kind: ConfigMap\ndata:\n  a: b\n  a: c\n"), "apps/web/config.yaml", true)
	fmt.Println(err)
	// Output: apps/web/config.yaml:4: the key "a" is given twice, first in line 3
}

func ExampleEncode() {
	objects, err := manifest.Decode([]byte(`{"kind":"A","b":[1,"1"],"a":{"on":true}} # comment`), "", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := manifest.Encode(os.Stdout, append(objects, objects...)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// a:
	//   "on": true
	// b:
	// - 1
	// - "1"
	// kind: A
	// ---
	// a:
	//   "on": true
	// b:
	// - 1
	// - "1"
	// kind: A
}

func ExampleNewSet() {
	objects, err := manifest.Decode([]byte(`
{apiVersion: v1, kind: Secret, metadata: {name: login}}
---
{apiVersion: v1, kind: Secret, metadata: {name: login}}
---
{apiVersion: v1, kind: Secret, metadata: {name: a/b}}
`), "secrets.yaml", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = manifest.NewSet(objects)
	fmt.Println(err)
	// Output:
	// Secret login is there twice: in secrets.yaml:2 and in secrets.yaml:4
	// secrets.yaml:6: Secret has the metadata.name "a/b", which Kubernetes refuses: it contains / or %
}

func ExampleFillNamespace() {
	objects, err := manifest.Decode([]byte(`
{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: example.com/v1, kind: Widget, metadata: {name: web}}
`), "all.yaml", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	filled, unknown, err := manifest.FillNamespace(objects, "shop", manifest.Scopes{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range filled {
		fmt.Println(o.ID())
	}
	fmt.Println("unknown:", unknown)
	// Output:
	// ConfigMap shop/web
	// Namespace shop
	// Widget.example.com web
	// unknown: [Widget.example.com]
}

func ExampleScopes_WithCRDs() {
	crds, err := manifest.Decode([]byte(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, names: {kind: Widget}, scope: Namespaced}
`), "crd.yaml", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	widget := manifest.GroupKind{Group: "example.com", Kind: "Widget"}
	var scopes manifest.Scopes
	fmt.Println(scopes.Of(widget) == manifest.ScopeUnknown, scopes.WithCRDs(crds).Of(widget) == manifest.ScopeNamespaced)
	// Output: true true
}

func ExampleObject_Path() {
	for _, apiVersion := range []string{"v1", "serving.knative.dev/v1"} {
		o := manifest.New(map[string]any{
			"apiVersion": apiVersion, "kind": "Service", "metadata": map[string]any{"name": "web", "namespace": "shop"},
		}, manifest.Source{})
		fmt.Println(o.Path())
	}
	// Output:
	// shop/service-web.yaml
	// shop/service.serving.knative.dev-web.yaml
}
