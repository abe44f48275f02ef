package config

// Type is the kind of source a unit is rendered from.
type Type string

// The types of a unit. Auto is for patterns only: a Unit has one of the others.
const (
	Auto      Type = "auto"
	Kustomize Type = "kustomize"
	Helm      Type = "helm"
	Plain     Type = "plain"
)

// Hooks says what becomes of a chart's hooks.
type Hooks string

// What becomes of hooks. The default is HooksKeep.
const (
	HooksKeep Hooks = "keep"
	HooksDrop Hooks = "drop"
)

// LoadRestrictor says which files a kustomization may load.
type LoadRestrictor string

// Load restrictors. The default is LoadRootOnly.
const (
	LoadRootOnly LoadRestrictor = "rootOnly" // files within the kustomization's own folder
	LoadNone     LoadRestrictor = "none"     // any file of the source repository
)

// Settings are the keys that defaults, apps and an app's environments share.
type Settings struct {
	// The namespace of objects that name none. {app} and {env} are filled in.
	Namespace string `yaml:"namespace,omitempty" format:"namespace"`
	// The Helm release name; the app's name by default. {app} and {env} are filled in.
	Release string `yaml:"release,omitempty" format:"release"`
	// The Kubernetes version that charts see.
	KubeVersion string `yaml:"kubeVersion,omitempty" format:"kubeVersion"`
	// API versions that charts see, added to those of weaker settings: group/version or group/version/Kind.
	APIVersions []string `yaml:"apiVersions,omitempty" format:"apiVersionName"`
	// Helm values files from the unit's folder, applied after those of weaker settings. {app} and {env} are filled in.
	Values []string `yaml:"values,omitempty" format:"valuesPath"`
	// Whether a chart's crds/ folder is rendered too; true by default.
	IncludeCRDs *bool `yaml:"includeCRDs,omitempty"`
	// What becomes of a chart's hooks: keep (the default) or drop. Tests are always dropped.
	Hooks Hooks `yaml:"hooks,omitempty" format:"hooks"`
	// Which files a kustomization may load: rootOnly (the default), those of its own folder, or none, any of the repository.
	LoadRestrictor LoadRestrictor `yaml:"loadRestrictor,omitempty" format:"loadRestrictor"`
	// The scope of kinds whose CustomResourceDefinition is not among the unit's objects.
	Kinds Kinds `yaml:"kinds,omitempty"`
}

// Defaults are settings of all apps. There is no plaintextSecrets here: an
// exception for a secret belongs to one object of one app.
type Defaults struct {
	Settings `yaml:",inline"`
	// Rules that apps may break, each with the reason why.
	Allow DefaultAllow `yaml:"allow,omitempty"`
}

// Override is what an app sets, in all environments or in one.
type Override struct {
	Settings `yaml:",inline"`
	// Rules that this app may break, each with the reason why.
	Allow Allow `yaml:"allow,omitempty"`
}

// App is what one app sets.
type App struct {
	Override `yaml:",inline"`
	// What this app sets in one environment only, by the environment's name.
	Environments map[string]Override `yaml:"environments,omitempty" format:"name"`
}

// Kinds tells namespaced from cluster-scoped kinds, each written as Kind.group.
type Kinds struct {
	// Kinds whose objects live in a namespace, such as Certificate.cert-manager.io.
	Namespaced []string `yaml:"namespaced,omitempty" format:"kindName"`
	// Kinds whose objects belong to the whole cluster, such as ClusterIssuer.cert-manager.io.
	Cluster []string `yaml:"cluster,omitempty" format:"kindName"`
}

// DefaultAllow names the rules that all apps may break.
type DefaultAllow struct {
	// Why output that changes on every render is fine.
	Nondeterministic string `yaml:"nondeterministic,omitempty" format:"reason"`
}

// Allow names the rules that an app may break.
type Allow struct {
	// Why output that changes on every render is fine here.
	Nondeterministic string `yaml:"nondeterministic,omitempty" format:"reason"`
	// Secrets that may hold plaintext values, one object each.
	PlaintextSecrets []SecretException `yaml:"plaintextSecrets,omitempty"`
}

// SecretException lets one Secret hold plaintext values.
type SecretException struct {
	// The name of the Secret.
	Name string `yaml:"name" format:"objectName" required:"true"`
	// The namespace of the Secret. Left out: any.
	Namespace string `yaml:"namespace,omitempty" format:"namespaceName"`
	// Why it is fine that anyone who reads the repository reads this Secret.
	Reason string `yaml:"reason" format:"reason" required:"true"`
}
