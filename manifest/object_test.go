package manifest_test

import (
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

func TestObject(t *testing.T) {
	t.Parallel()
	o := decodeOne(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generateName: w-, annotations: {a: b, n: 1}}}")
	for name, tt := range map[string]struct{ got, want string }{
		"APIVersion":   {o.APIVersion(), "apps/v1"},
		"Group":        {o.Group(), "apps"},
		"Kind":         {o.Kind(), "Deployment"},
		"Name":         {o.Name(), "web"},
		"Namespace":    {o.Namespace(), "shop"},
		"GenerateName": {o.GenerateName(), "w-"},
		"Annotation":   {o.Annotation("a"), "b"},
		"no text":      {o.Annotation("n"), ""},
		"absent":       {o.Annotation("x"), ""},
		"ID":           {o.ID().String(), "Deployment.apps shop/web"},
		"Source":       {o.Source.String(), "f.yaml:1"},
		"no line":      {manifest.Source{File: "f.yaml"}.String(), "f.yaml"},
		"no source":    {manifest.Source{}.String(), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", name, tt.got, tt.want)
		}
	}
	if o.Encrypted() {
		t.Error("encrypted without sops")
	}
}

// TestObjectOfNothing checks that objects of anything can be asked for everything.
func TestObjectOfNothing(t *testing.T) {
	t.Parallel()
	for _, content := range []object{
		nil, {}, {"apiVersion": 1, "kind": []any{}, "metadata": "x", "sops": "x"},
		{"metadata": object{"name": object{}, "namespace": 1, "generateName": nil, "annotations": []any{"a"}}},
	} {
		o := manifest.New(content, manifest.Source{})
		if got := o.APIVersion() + o.Group() + o.Kind() + o.Name() + o.Namespace() + o.GenerateName() + o.Annotation("a"); got != "" {
			t.Errorf("%v: got %q", content, got)
		}
		if o.Encrypted() || o.WithoutAnnotation("a") != o || o.Validate() == nil {
			t.Errorf("%v: taken for an object", content)
		}
	}
}

func TestWithoutAnnotation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"one of two", "{kind: A, metadata: {annotations: {a: b, c: d}}}", "kind: A\nmetadata:\n  annotations:\n    c: d\n"},
		{"the only one", "{kind: A, metadata: {name: x, annotations: {a: b}}}", "kind: A\nmetadata:\n  name: x\n"},
		{"another", "{kind: A, metadata: {annotations: {c: d}}}", "kind: A\nmetadata:\n  annotations:\n    c: d\n"},
		{"none", "{kind: A}", "kind: A\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := decodeOne(t, tt.in)
			before := string(yamlOf(t, o))
			if got := string(yamlOf(t, o.WithoutAnnotation("a"))); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if after := string(yamlOf(t, o)); after != before {
				t.Errorf("the original became %s", after)
			}
		})
	}
}
