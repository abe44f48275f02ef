package manifest

import (
	"testing"

	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// unlisted are the built-in kinds that the OpenAPI document of kustomize lacks, each with the reason.
var unlisted = map[string]string{
	"Eviction.policy": "created for a pod, not a resource of its own",
	"Binding":         "created for a pod, not a resource of its own",

	"LocalSubjectAccessReview.authorization.k8s.io": "a question to the server, which kustomize leaves out",
	"SelfSubjectAccessReview.authorization.k8s.io":  "a question to the server, which kustomize leaves out",
	"SelfSubjectRulesReview.authorization.k8s.io":   "a question to the server, which kustomize leaves out",
	"SubjectAccessReview.authorization.k8s.io":      "a question to the server, which kustomize leaves out",
	"TokenReview.authentication.k8s.io":             "a question to the server, which kustomize leaves out",
	"SelfSubjectReview.authentication.k8s.io":       "a question to the server, which kustomize leaves out",

	"ValidatingAdmissionPolicy.admissionregistration.k8s.io":        "newer",
	"ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io": "newer",
	"MutatingAdmissionPolicy.admissionregistration.k8s.io":          "newer",
	"MutatingAdmissionPolicyBinding.admissionregistration.k8s.io":   "newer",
	"ClusterTrustBundle.certificates.k8s.io":                        "newer",
	"PodCertificateRequest.certificates.k8s.io":                     "newer",
	"LeaseCandidate.coordination.k8s.io":                            "newer",
	"StorageVersion.internal.apiserver.k8s.io":                      "newer",
	"IPAddress.networking.k8s.io":                                   "newer",
	"ServiceCIDR.networking.k8s.io":                                 "newer",
	"DeviceClass.resource.k8s.io":                                   "newer",
	"DeviceTaintRule.resource.k8s.io":                               "newer",
	"ResourceClaim.resource.k8s.io":                                 "newer",
	"ResourceClaimTemplate.resource.k8s.io":                         "newer",
	"ResourceSlice.resource.k8s.io":                                 "newer",
	"VolumeAttributesClass.storage.k8s.io":                          "newer",
	"StorageVersionMigration.storagemigration.k8s.io":               "newer",

	"ClusterCIDR.networking.k8s.io":           "newer, and gone again",
	"PodSchedulingContext.resource.k8s.io":    "newer, and gone again",
	"ResourceClaimParameters.resource.k8s.io": "newer, and gone again",
	"ResourceClass.resource.k8s.io":           "newer, and gone again",
	"ResourceClassParameters.resource.k8s.io": "newer, and gone again",

	"AuditSink.auditregistration.k8s.io": "gone before",
	"DaemonSet.extensions":               "gone before",
	"Deployment.extensions":              "gone before",
	"NetworkPolicy.extensions":           "gone before",
	"PodPreset.settings.k8s.io":          "gone before",
	"PodSecurityPolicy.extensions":       "gone before",
	"ReplicaSet.extensions":              "gone before",
}

// TestScopesLikeKustomize compares the built-in kinds with those of the OpenAPI document that kustomize carries, which is an
// API server's, in both directions.
func TestScopesLikeKustomize(t *testing.T) {
	t.Parallel()
	listed := make(map[GroupKind]bool)
	for _, meta := range kustomizeKinds() {
		namespaced, known := openapi.IsNamespaceScoped(meta)
		if !known {
			continue // not a resource: Status, DeleteOptions, lists
		}
		gk := GroupKind{New(map[string]any{"apiVersion": meta.APIVersion}, Source{}).Group(), meta.Kind}
		listed[gk] = true
		want := ScopeCluster
		if namespaced {
			want = ScopeNamespaced
		}
		if got := (Scopes{}).Of(gk); got != want {
			t.Errorf("%s: got %d, want %d", gk, got, want)
		}
	}
	if len(listed) < 50 {
		t.Errorf("compared with %d kinds: is the document still there?", len(listed))
	}
	for gk := range builtinKinds {
		if why := unlisted[gk.String()]; listed[gk] == (why != "") {
			t.Errorf("%s: kustomize lists it: %v; explained by %q", gk, listed[gk], why)
		}
	}
	for gk := range unlisted {
		if !mentions(gk) {
			t.Errorf("%s is explained and not built in", gk)
		}
	}
}

func mentions(name string) bool {
	for gk := range builtinKinds {
		if gk.String() == name {
			return true
		}
	}
	return false
}

func kustomizeKinds() []yaml.TypeMeta {
	openapi.IsNamespaceScoped(yaml.TypeMeta{APIVersion: "v1", Kind: "Pod"}) // loads the document
	var kinds []yaml.TypeMeta
	for _, d := range openapi.Schema().Definitions {
		gvks, _ := d.Extensions["x-kubernetes-group-version-kind"].([]any)
		for _, g := range gvks {
			gvk, _ := g.(map[string]any)
			version := str(gvk["version"])
			if group := str(gvk["group"]); group != "" {
				version = group + "/" + version
			}
			kinds = append(kinds, yaml.TypeMeta{APIVersion: version, Kind: str(gvk["kind"])})
		}
	}
	return kinds
}
