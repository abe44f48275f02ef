package manifest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

func TestNewSetOrder(t *testing.T) {
	t.Parallel()
	objects := []*manifest.Object{
		named("v1", "Service", "shop", "web"), named("apps/v1", "Deployment", "shop", "web"), named("v1", "Namespace", "", "shop"),
		named("v1", "Service", "bar", "web"), named("serving.knative.dev/v1", "Service", "shop", "web"),
	}
	want := []string{"bar/service-web.yaml", "namespace-shop.yaml", "shop/deployment.apps-web.yaml", "shop/service-web.yaml", "shop/service.serving.knative.dev-web.yaml"}
	for range len(objects) {
		objects = append(objects[1:], objects[0])
		set, err := manifest.NewSet(objects)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range set {
			got = append(got, o.Path())
		}
		if !slices.Equal(got, want) {
			t.Fatalf("\n got %q\nwant %q", got, want)
		}
	}
	if set, err := manifest.NewSet(nil); err != nil || len(set) != 0 {
		t.Errorf("nothing: got %d objects and error %v", len(set), err)
	}
}

func TestNewSetErrors(t *testing.T) {
	t.Parallel()
	objects := decodeAll(t, `
kind: ConfigMap
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}
---
{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: web, namespace: shop}}
---
{apiVersion: apps/v1, kind: deployment, metadata: {name: web, namespace: shop}}
---
{apiVersion: v1, kind: Secret}
`)
	objects = append(objects, named("v1", "Service", "", "web"), named("v1", "Service", "", "web"))
	set, err := manifest.NewSet(objects)
	want := strings.Join([]string{
		"f.yaml:2: ConfigMap has no apiVersion",
		"Deployment.apps shop/web is there twice: in f.yaml:4 and in f.yaml:6",
		"f.yaml:8: deployment.apps shop/web and Deployment.apps shop/web (f.yaml:4) would be the same file",
		"f.yaml:10: Secret has no metadata.name",
		"Service web is there twice: in an unnamed source and in an unnamed source",
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
	if set != nil {
		t.Errorf("got %d objects along with the error", len(set))
	}
	duplicate, ok := errors.AsType[*manifest.DuplicateError](err)
	if !ok || duplicate.ID.Name != "web" || duplicate.First.Line != 4 || duplicate.Second.Line != 6 {
		t.Errorf("got %+v", duplicate)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	const cm = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %}}"
	item := func(name string) string { return strings.ReplaceAll(cm, "%", name) }
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"no list", item("a"), []string{"ConfigMap a"}},
		{"list", "{apiVersion: v1, kind: List, items: [" + item("a") + ", " + item("b") + "]}\n---\n" + item("c"), []string{"ConfigMap a", "ConfigMap b", "ConfigMap c"}},
		{"null items", "{apiVersion: v1, kind: List, items: [null, " + item("a") + ", ~]}", []string{"ConfigMap a"}},
		{"nothing", "{apiVersion: v1, kind: List, items: []}", nil},
		{"null", "{apiVersion: v1, kind: List, items: }", nil},
		{"without items", "{apiVersion: v1, kind: List}", nil},
		{"typed", "{apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: a}}, {kind: Secret, metadata: {name: b}}]}", []string{"ConfigMap a", "Secret b"}},
		{"typed with group", "{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}", []string{"Deployment.apps a"}},
		{"typed, null", "{apiVersion: v1, kind: ConfigMapList, items: }", nil},
		{"nested", "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [" + item("a") + "]}, {apiVersion: v1, kind: SecretList, items: [{metadata: {name: b}}]}]}", []string{"ConfigMap a", "Secret b"}},
		{"a kind that only ends so", "{apiVersion: a.io/v1, kind: AllowList, metadata: {name: a}}", []string{"AllowList.a.io a"}},
		{"a kind that only ends so, items not a list", "{apiVersion: a.io/v1, kind: AllowList, metadata: {name: a}, items: x}", []string{"AllowList.a.io a"}},
		{"items elsewhere", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, items: [1]}", []string{"ConfigMap a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			objects, err := manifest.Expand(decodeAll(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range objects {
				got = append(got, o.ID().String())
				if o.Source.File != "f.yaml" || o.APIVersion() == "" {
					t.Errorf("%s is of %q, from %s", o.ID(), o.APIVersion(), o.Source)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExpandErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"text", "{apiVersion: v1, kind: List, items: [{}, a]}", "f.yaml:1: item 1 of the List is not a mapping"},
		{"nested", "{apiVersion: v1, kind: List, items: [{kind: SecretList, items: [[]]}]}", "f.yaml:1: item 0 of the SecretList is not a mapping"},
		{"encrypted", "{apiVersion: v1, kind: List, items: [{kind: Secret}], sops: {mac: x}}", "f.yaml:1: the List is encrypted by SOPS as a whole; encrypt each of its items as a document of its own"},
		{"encrypted item", "{apiVersion: v1, kind: List, items: [{kind: Secret, sops: {mac: x}}]}", "f.yaml:1: item 0 of the List is encrypted by SOPS; make it a document of its own, so that it keeps the order of its keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			objects, err := manifest.Expand(decodeAll(t, tt.in))
			if err == nil || err.Error() != tt.want || objects != nil {
				t.Errorf("got %d objects and error %v\nwant %s", len(objects), err, tt.want)
			}
		})
	}
}
