package render

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// fullCluster stands in for a cluster in which every object exists: whatever a chart looks up, it finds. Charts see it only
// when unstable asks whether their output would depend on a cluster.
type fullCluster struct{}

func (fullCluster) GetClientFor(apiVersion, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	return fullResource{apiVersion: apiVersion, kind: kind}, true, nil
}

// fullResource answers the two calls that Helm's lookup makes; the embedded interface is nil, as there are no others.
type fullResource struct {
	dynamic.NamespaceableResourceInterface
	apiVersion, kind, namespace string
}

func (r fullResource) Namespace(ns string) dynamic.ResourceInterface {
	r.namespace = ns
	return r
}

func (r fullResource) Get(_ context.Context, name string, _ metav1.GetOptions, _ ...string) (*unstructured.Unstructured, error) {
	return anObject(r.apiVersion, r.kind, r.namespace, name), nil
}

func (r fullResource) List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	return &unstructured.UnstructuredList{
		Object: map[string]any{"apiVersion": r.apiVersion, "kind": r.kind + "List"},
		Items:  []unstructured.Unstructured{*anObject(r.apiVersion, r.kind, r.namespace, "found")},
	}, nil
}
