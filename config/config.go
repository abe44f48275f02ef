package config

import "strings"

// APIVersion and Kind are the only ones that Parse accepts.
const (
	APIVersion = "plainsail.dev/v1alpha1"
	Kind       = "Config"
)

// DefaultBranch is the branch of the rendered repository when the file names none.
const DefaultBranch = "env/{env}"

// Config is the content of plainsail.yaml. Its zero value means that there is
// no file: the conventions find the units.
//
// The struct tags are the rules of the file: `yaml` names the key, `format`
// what its text must look like (see formats), `required` that it must be there.
type Config struct {
	// The version of this file's format.
	APIVersion string `yaml:"apiVersion" format:"apiVersion" required:"true"`
	// The kind of this file.
	Kind string `yaml:"kind" format:"kind" required:"true"`
	// The environments in promotion order. Left out: the environments found on disk, ordered by their usual ranks (dev, test, qa, ..., prod).
	Environments []Environment `yaml:"environments,omitempty" required:"nonempty"`
	// Where the units are. When present, these entries replace the conventions.
	Units []UnitPattern `yaml:"units,omitempty" required:"nonempty"`
	// Where the rendered YAML goes.
	Rendered Rendered `yaml:"rendered,omitempty"`
	// Settings of all apps, weaker than everything else.
	Defaults Defaults `yaml:"defaults,omitempty"`
	// Settings per app, by the app's name.
	Apps map[string]App `yaml:"apps,omitempty" format:"name"`

	file      string              // as named in errors
	positions map[string]position // where each key is, for the errors of Discover
}

// Environment is a declared environment, and what holds for all apps in it.
type Environment struct {
	// The name of the environment, as in the folders and branches named after it.
	Name string `yaml:"name" format:"name" required:"true"`
	// The namespace of objects that name none. {app} and {env} are filled in.
	Namespace string `yaml:"namespace,omitempty" format:"namespace"`
	// The Kubernetes version that charts see.
	KubeVersion string `yaml:"kubeVersion,omitempty" format:"kubeVersion"`
	// API versions that charts see besides the built-in ones: group/version or group/version/Kind.
	APIVersions []string `yaml:"apiVersions,omitempty" format:"apiVersionName"`
}

// UnitPattern is one entry of units: folders that are units.
type UnitPattern struct {
	// The folders of the units, from the repository's root. {app} and {env} match a path segment or a part of one, * matches anything within one.
	Path string `yaml:"path" format:"pathPattern" required:"true"`
	// The name of the app, for a path without {app}.
	App string `yaml:"app,omitempty" format:"name"`
	// What the folders hold. auto (the default) looks for a kustomization, a Chart.yaml or plain YAML.
	Type Type `yaml:"type,omitempty" format:"type"`
	// Helm values files after the chart's own values.yaml, from the unit's folder. {app} and {env} are filled in. For a path without {env}, the files with {env} that exist say which environments there are.
	Values []string `yaml:"values,omitempty" format:"valuesPath"`
	// The Helm release name; the app's name by default. {app} and {env} are filled in.
	Release string `yaml:"release,omitempty" format:"release"`
}

// Rendered is where the rendered YAML goes.
type Rendered struct {
	// The rendered repository: a URL, or a path from the source repository's root. Left out: the source repository's origin.
	Repository string `yaml:"repository,omitempty" format:"repository"`
	// The branch of an environment, env/{env} by default. Without {env}: one branch with a folder per environment.
	Branch string `yaml:"branch,omitempty" format:"branch"`
}

// Branch returns the branch of the rendered repository that holds env, and the
// folder on it: "" when the environment has the branch to itself.
func (c *Config) Branch(env string) (branch, path string) {
	pattern := c.Rendered.Branch
	if pattern == "" {
		pattern = DefaultBranch
	}
	if !strings.Contains(pattern, "{env}") {
		return pattern, env
	}
	return binding{env: env}.fill(pattern), ""
}

// declared returns the names of the declared environments, in order.
func (c *Config) declared() []string {
	var names []string
	for _, e := range c.Environments {
		if e.Name != "" { // "" was refused by Parse
			names = append(names, e.Name)
		}
	}
	return names
}
