package manifest_test

import (
	"strings"
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 254)
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", ""},
		{"with group", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: b-1}}", ""},
		{"generated name", "{apiVersion: batch/v1, kind: Job, metadata: {generateName: a-}}", ""},
		{"null namespace", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: }}", ""},
		{"name of RBAC", "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'system:Node_x'}}", ""},
		{"kind with a dash", "{apiVersion: a.io/v1, kind: Foo-Bar2, metadata: {name: a}}", ""},
		{"no kind", "{apiVersion: v1}", "the document has no kind"},
		{"empty kind", "{apiVersion: v1, kind: ''}", "the document has no kind"},
		{"kind not text", "{apiVersion: v1, kind: 1}", "the document has no kind"},
		{"kind with a slash", "{apiVersion: v1, kind: a/b}", `the kind "a/b" is not one that Kubernetes takes: it takes letters, digits and -`},
		{"kind with a dot", "{apiVersion: v1, kind: Foo.apps}", `the kind "Foo.apps" is not one that Kubernetes takes: it takes letters, digits and -`},
		{"kind that only looks like letters", "{apiVersion: v1, kind: \"\\u212Aind\"}", "the kind \"\u212Aind\" is not one that Kubernetes takes: it takes letters, digits and -"},
		{"kind from a digit on", "{apiVersion: v1, kind: 1a}", `the kind "1a" is not one that Kubernetes takes: it takes letters, digits and -`},
		{"no apiVersion", "{kind: Secret}", "Secret has no apiVersion"},
		{"apiVersion not text", "{apiVersion: 1, kind: Secret}", "Secret has no apiVersion"},
		{"apiVersion with two slashes", "{apiVersion: a/b/c, kind: Secret}", `Secret has the apiVersion "a/b/c", which is neither a version nor group/version`},
		{"apiVersion without a version", "{apiVersion: apps/, kind: Secret}", `Secret has the apiVersion "apps/", which is neither a version nor group/version`},
		{"apiVersion without a group", "{apiVersion: /v1, kind: Secret}", `Secret has the apiVersion "/v1", which is neither a version nor group/version`},
		{"apiVersion in capitals", "{apiVersion: Apps/v1, kind: Secret}", `Secret has the apiVersion "Apps/v1", which is neither a version nor group/version`},
		{"apiVersion that climbs", "{apiVersion: ../v1, kind: Secret}", `Secret has the apiVersion "../v1", which is neither a version nor group/version`},
		{"metadata a list", "{apiVersion: v1, kind: Secret, metadata: []}", "Secret has metadata that is not a mapping"},
		{"no metadata", "{apiVersion: v1, kind: Secret}", "Secret has no metadata.name"},
		{"null metadata", "{apiVersion: v1, kind: Secret, metadata: }", "Secret has no metadata.name"},
		{"null name", "{apiVersion: v1, kind: Secret, metadata: {name: }}", "Secret has no metadata.name"},
		{"name a number", "{apiVersion: v1, kind: Secret, metadata: {name: 1}}", "Secret has a metadata.name that is not a string; put it in quotes"},
		{"generateName a list", "{apiVersion: v1, kind: Secret, metadata: {generateName: []}}", "Secret has a metadata.generateName that is not a string; put it in quotes"},
		{"namespace a boolean", "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: on}}", "Secret has a metadata.namespace that is not a string; put it in quotes"},
		{"name a folder", "{apiVersion: v1, kind: Secret, metadata: {name: ..}}", `Secret has the metadata.name "..", which Kubernetes refuses: it would be a folder`},
		{"name a path", "{apiVersion: v1, kind: Secret, metadata: {name: a/b}}", `Secret has the metadata.name "a/b", which Kubernetes refuses: it contains / or %`},
		{"generateName a path", "{apiVersion: v1, kind: Secret, metadata: {generateName: a/}}", `Secret has the metadata.generateName "a/", which Kubernetes refuses: it contains / or %`},
		{"name too long", "{apiVersion: v1, kind: Secret, metadata: {name: " + long + "}}", `Secret has the metadata.name "` + long + `", which Kubernetes refuses: it is longer than 253 characters`},
		{"namespace in capitals", "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: B}}", `Secret a has the metadata.namespace "B", which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -`},
		{"namespace a path", "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: ../b}}", `Secret a has the metadata.namespace "../b", which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -`},
		{"namespace too long", "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: " + long[:64] + "}}", `Secret a has the metadata.namespace "` + long[:64] + `", which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -`},
		{"SOPS, everything encrypted", "{apiVersion: 'ENC[AES256_GCM,data:a]', kind: 'ENC[AES256_GCM,data:b]', sops: {}}", "apiVersion is encrypted by SOPS, so nobody can tell what the document is; encrypt again with encrypted_regex: ^(data|stringData)$"},
		{"SOPS, name encrypted", "{apiVersion: v1, kind: Secret, metadata: {name: 'ENC[AES256_GCM,data:b]'}, sops: {}}", "metadata.name is encrypted by SOPS, so nobody can tell what the document is; encrypt again with encrypted_regex: ^(data|stringData)$"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := decodeOne(t, tt.in).Validate()
			if want := "f.yaml:1: " + tt.want; tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != want) {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
		})
	}
}

func decodeOne(t *testing.T, in string) *manifest.Object {
	t.Helper()
	objects := decodeAll(t, in)
	if len(objects) != 1 {
		t.Fatalf("got %d objects, want 1", len(objects))
	}
	return objects[0]
}

func decodeAll(t *testing.T, in string) []*manifest.Object {
	t.Helper()
	objects, err := manifest.Decode([]byte(in), "f.yaml", true)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}
