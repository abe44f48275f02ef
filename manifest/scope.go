package manifest

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
	cluster, builtin := builtinGroups[gk.Group]
	switch {
	case !builtin:
		return ScopeUnknown
	case cluster[gk.Kind]:
		return ScopeCluster
	}
	return ScopeNamespaced
}

// With is s that also knows the given kinds.
func (s Scopes) With(scope Scope, kinds ...GroupKind) Scopes {
	custom := make(map[GroupKind]Scope, len(s.custom)+len(kinds))
	for k, v := range s.custom {
		custom[k] = v
	}
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

func kinds(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// builtinGroups lists the API groups that a Kubernetes API server brings with it and, for each, the kinds that belong to
// the whole cluster; every other kind of these groups is namespaced. Source: the API reference of Kubernetes 1.34 and, for
// groups since removed, of the release that had them last.
var builtinGroups = map[string]map[string]bool{
	"":                             kinds("Namespace", "Node", "PersistentVolume", "ComponentStatus"),
	"admissionregistration.k8s.io": kinds("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
	"apiextensions.k8s.io":         kinds("CustomResourceDefinition"),
	"apiregistration.k8s.io":       kinds("APIService"),
	"apps":                         nil,
	"auditregistration.k8s.io":     kinds("AuditSink"),
	"authentication.k8s.io":        kinds("TokenReview", "SelfSubjectReview"),
	"authorization.k8s.io":         kinds("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"),
	"autoscaling":                  nil,
	"batch":                        nil,
	"certificates.k8s.io":          kinds("CertificateSigningRequest", "ClusterTrustBundle"),
	"coordination.k8s.io":          nil,
	"discovery.k8s.io":             nil,
	"events.k8s.io":                nil,
	"extensions":                   kinds("PodSecurityPolicy"),
	"flowcontrol.apiserver.k8s.io": kinds("FlowSchema", "PriorityLevelConfiguration"),
	"internal.apiserver.k8s.io":    kinds("StorageVersion"),
	"networking.k8s.io":            kinds("IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR"),
	"node.k8s.io":                  kinds("RuntimeClass"),
	"policy":                       kinds("PodSecurityPolicy"),
	"rbac.authorization.k8s.io":    kinds("ClusterRole", "ClusterRoleBinding"),
	"resource.k8s.io":              kinds("DeviceClass", "DeviceTaintRule", "ResourceClass", "ResourceSlice"),
	"scheduling.k8s.io":            kinds("PriorityClass"),
	"settings.k8s.io":              nil,
	"storage.k8s.io":               kinds("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
	"storagemigration.k8s.io":      kinds("StorageVersionMigration"),
}
