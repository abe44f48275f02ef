package manifest_test

import (
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	kind := func(group, kind string) manifest.GroupKind { return manifest.GroupKind{Group: group, Kind: kind} }
	builtin := manifest.Scopes{}
	crds := decodeAll(t, `
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, spec: {group: a.io, names: {kind: A}, scope: Namespaced}}
---
{apiVersion: apiextensions.k8s.io/v1beta1, kind: CustomResourceDefinition, metadata: {name: b}, spec: {group: a.io, names: {kind: B}, scope: Cluster}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: c}, spec: {group: a.io, names: {kind: C}, scope: Nowhere}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: d}, spec: {names: []}}
---
{apiVersion: example.com/v1, kind: CustomResourceDefinition, metadata: {name: e}, spec: {group: a.io, names: {kind: E}, scope: Cluster}}
`)
	custom := builtin.WithCRDs(crds)
	for _, tt := range []struct {
		name   string
		scopes manifest.Scopes
		gk     manifest.GroupKind
		want   manifest.Scope
	}{
		{"built in, core", builtin, kind("", "Pod"), manifest.ScopeNamespaced},
		{"built in, core, of the cluster", builtin, kind("", "Namespace"), manifest.ScopeCluster},
		{"built in, group", builtin, kind("apps", "Deployment"), manifest.ScopeNamespaced},
		{"built in, group, of the cluster", builtin, kind("rbac.authorization.k8s.io", "ClusterRole"), manifest.ScopeCluster},
		{"kind of a built-in name in another group", builtin, kind("serving.knative.dev", "Service"), manifest.ScopeUnknown},
		{"Gateway API is not built in", builtin, kind("gateway.networking.k8s.io", "Gateway"), manifest.ScopeUnknown},
		{"metrics are not built in", builtin, kind("metrics.k8s.io", "PodMetrics"), manifest.ScopeUnknown},
		{"a kind that no release has, in a built-in group", builtin, kind("batch", "Jobs"), manifest.ScopeUnknown},
		{"unknown", builtin, kind("a.io", "A"), manifest.ScopeUnknown},
		{"CRD", custom, kind("a.io", "A"), manifest.ScopeNamespaced},
		{"CRD of the cluster", custom, kind("a.io", "B"), manifest.ScopeCluster},
		{"CRD without a scope", custom, kind("a.io", "C"), manifest.ScopeUnknown},
		{"not a CRD", custom, kind("a.io", "E"), manifest.ScopeUnknown},
		{"built in beside CRDs", custom, kind("", "Node"), manifest.ScopeCluster},
		{"told", custom.With(manifest.ScopeCluster, kind("a.io", "A"), kind("a.io", "Z")), kind("a.io", "A"), manifest.ScopeCluster},
		{"told another", custom.With(manifest.ScopeCluster, kind("a.io", "A"), kind("a.io", "Z")), kind("a.io", "B"), manifest.ScopeCluster},
		{"With copies", custom, kind("a.io", "Z"), manifest.ScopeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.scopes.Of(tt.gk); got != tt.want {
				t.Errorf("%s: got %d, want %d", tt.gk, got, tt.want)
			}
		})
	}
}

func TestGroupKindString(t *testing.T) {
	t.Parallel()
	if got := (manifest.GroupKind{Kind: "Pod"}).String(); got != "Pod" {
		t.Errorf("got %s", got)
	}
	if got := (manifest.GroupKind{Group: "apps", Kind: "Deployment"}).String(); got != "Deployment.apps" {
		t.Errorf("got %s", got)
	}
}
