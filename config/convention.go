package config

import "strings"

// conventions are where units are when the file does not say. They are written
// as the file would say it; an entry without {app} is the single app of the
// repository.
var conventions = []UnitPattern{
	{Path: "apps/{app}/overlays/{env}"},
	{Path: "charts/{app}", Type: Helm, Values: []string{"values-{env}.yaml"}},
	{Path: "environments/{env}/{app}"},
	{Path: "overlays/{env}"},
	{Path: "deploy/overlays/{env}"},
	{Path: ".", Type: Helm, Values: []string{"values-{env}.yaml"}},
	{Path: "deploy", Type: Helm, Values: []string{"values-{env}.yaml"}},
}

// bare are the folders that are a single app in the environment "default" when
// there is nothing else, and what they may hold. YAML at the root of a
// repository can be anything.
var bare = []struct {
	path  string
	types []Type
}{
	{"deploy", []Type{Kustomize, Helm, Plain}},
	{".", []Type{Kustomize, Helm}},
}

const bareEnv = "default"

// notEnvironments are folders that stand beside environments and hold what
// these share.
var notEnvironments = []string{"base", "bases", "components"}

// nothingFound explains how to lay out a repository, or to describe its layout.
const nothingFound = `lay the repository out in one of these ways:
  apps/<app>/overlays/<env>/   a kustomization, a chart or plain YAML
  charts/<app>/                a Chart.yaml, and a values-<env>.yaml for each environment
  environments/<env>/<app>/    plain YAML, a kustomization or a chart
  overlays/<env>/              a single app; also as deploy/overlays/<env>/
  Chart.yaml                   a single app, with values-<env>.yaml beside it; also in deploy/
  deploy/                      a single app in one environment, "default"
or say in plainsail.yaml where the units are:
  apiVersion: ` + APIVersion + `
  kind: ` + Kind + `
  units:
    - path: path/to/{app}/{env}`

// appName makes an app's name of a repository's.
func appName(repository string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSuffix(repository, ".git")))
	if name = strings.Trim(name, "-."); !formats["name"].ok(name) {
		return "app"
	}
	return name
}
