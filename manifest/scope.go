package manifest

import (
	"maps"
	"strings"
)

// Scope tells whether objects of a kind live in a namespace.
type Scope int

const (
	ScopeUnknown    Scope = iota // neither a built-in kind nor one whose definition is known
	ScopeNamespaced              // lives in a namespace
	ScopeCluster                 // belongs to the whole cluster
)

// GroupKind names a kind in an API group, "" being the core group.
type GroupKind struct{ Group, Kind string }

// String is "Kind.group", or "Kind" for the core group: the form kubectl takes.
func (gk GroupKind) String() string {
	if gk.Group == "" {
		return gk.Kind
	}
	return gk.Kind + "." + gk.Group
}

// Scopes knows the scope of kinds. The zero value knows the built-in kinds of Kubernetes.
type Scopes struct {
	custom map[GroupKind]Scope
}

// Of is the scope of a kind.
func (s Scopes) Of(gk GroupKind) Scope {
	if scope, ok := s.custom[gk]; ok {
		return scope
	}
	return builtinKinds[gk]
}

// With is s that also knows the given kinds.
func (s Scopes) With(scope Scope, kinds ...GroupKind) Scopes {
	custom := make(map[GroupKind]Scope, len(s.custom)+len(kinds))
	maps.Copy(custom, s.custom)
	for _, gk := range kinds {
		custom[gk] = scope
	}
	return Scopes{custom}
}

// WithCRDs is s that also knows the kinds which the CustomResourceDefinitions among objects define.
func (s Scopes) WithCRDs(objects []*Object) Scopes {
	for _, o := range objects {
		if o.Group() != "apiextensions.k8s.io" || o.Kind() != "CustomResourceDefinition" {
			continue
		}
		spec, _ := o.content["spec"].(map[string]any)
		names, _ := spec["names"].(map[string]any)
		gk := GroupKind{str(spec["group"]), str(names["kind"])}
		switch str(spec["scope"]) {
		case "Namespaced":
			s = s.With(ScopeNamespaced, gk)
		case "Cluster":
			s = s.With(ScopeCluster, gk)
		}
	}
	return s
}

// builtinKinds are the kinds that a Kubernetes API server brings with it: those of 1.34 and, for kinds since removed, of the
// release that had them last. A kind that a later release adds to one of these groups is unknown until it is added here, as a
// guess could put a cluster-scoped object into a namespace.
var builtinKinds = scopeTable(
	map[string]string{
		"":                          "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
		"apps":                      "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
		"authorization.k8s.io":      "LocalSubjectAccessReview",
		"autoscaling":               "HorizontalPodAutoscaler Scale",
		"batch":                     "CronJob Job",
		"certificates.k8s.io":       "PodCertificateRequest",
		"coordination.k8s.io":       "Lease LeaseCandidate",
		"discovery.k8s.io":          "EndpointSlice",
		"events.k8s.io":             "Event",
		"extensions":                "DaemonSet Deployment Ingress NetworkPolicy ReplicaSet",
		"networking.k8s.io":         "Ingress NetworkPolicy",
		"policy":                    "Eviction PodDisruptionBudget",
		"rbac.authorization.k8s.io": "Role RoleBinding",
		"resource.k8s.io":           "PodSchedulingContext ResourceClaim ResourceClaimParameters ResourceClaimTemplate ResourceClassParameters",
		"settings.k8s.io":           "PodPreset",
		"storage.k8s.io":            "CSIStorageCapacity",
	},
	map[string]string{
		"":                             "ComponentStatus Namespace Node PersistentVolume",
		"admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
		"apiextensions.k8s.io":         "CustomResourceDefinition",
		"apiregistration.k8s.io":       "APIService",
		"auditregistration.k8s.io":     "AuditSink",
		"authentication.k8s.io":        "SelfSubjectReview TokenReview",
		"authorization.k8s.io":         "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
		"certificates.k8s.io":          "CertificateSigningRequest ClusterTrustBundle",
		"extensions":                   "PodSecurityPolicy",
		"flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
		"internal.apiserver.k8s.io":    "StorageVersion",
		"networking.k8s.io":            "ClusterCIDR IngressClass IPAddress ServiceCIDR",
		"node.k8s.io":                  "RuntimeClass",
		"policy":                       "PodSecurityPolicy",
		"rbac.authorization.k8s.io":    "ClusterRole ClusterRoleBinding",
		"resource.k8s.io":              "DeviceClass DeviceTaintRule ResourceClass ResourceSlice",
		"scheduling.k8s.io":            "PriorityClass",
		"storage.k8s.io":               "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
		"storagemigration.k8s.io":      "StorageVersionMigration",
	},
)

func scopeTable(namespaced, cluster map[string]string) map[GroupKind]Scope {
	table := make(map[GroupKind]Scope)
	for scope, groups := range map[Scope]map[string]string{ScopeNamespaced: namespaced, ScopeCluster: cluster} {
		for group, kinds := range groups {
			for kind := range strings.FieldsSeq(kinds) {
				table[GroupKind{group, kind}] = scope
			}
		}
	}
	return table
}
