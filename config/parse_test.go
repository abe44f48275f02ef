package config_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/config"
)

// head begins a file; what follows it is in line 3 and below.
const head = "apiVersion: plainsail.dev/v1alpha1\nkind: Config\n"

func TestParse(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Parse("plainsail.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	want := &config.Config{
		APIVersion: config.APIVersion,
		Kind:       config.Kind,
		Environments: []config.Environment{
			{Name: "dev", Namespace: "{app}", KubeVersion: "1.34", APIVersions: []string{"monitoring.coreos.com/v1"}},
			{Name: "prod", Namespace: "{app}-{env}", KubeVersion: "v1.33.4"},
		},
		Units: []config.UnitPattern{
			{Path: "apps/{app}/overlays/{env}"},
			{Path: "charts/{app}", Type: config.Helm, Values: []string{"values-{env}.yaml"}, Release: "{app}-{env}"},
			{Path: "shared/{env}", App: "shared", Type: config.Plain},
		},
		Rendered: config.Rendered{Repository: "https://git.example.com/acme/rendered.git", Branch: "rendered/{env}"},
		Defaults: config.Defaults{
			Settings: config.Settings{
				APIVersions:    []string{"monitoring.coreos.com/v1", "example.com/v1/Widget"},
				Hooks:          config.HooksDrop,
				LoadRestrictor: config.LoadNone,
				Kinds:          config.Kinds{Namespaced: []string{"Certificate.cert-manager.io", "Widget.example.com"}},
			},
			Allow: config.DefaultAllow{Nondeterministic: "nobody minds"},
		},
		Apps: map[string]config.App{
			"web": {Override: config.Override{
				Settings: config.Settings{
					Namespace: "web-{env}",
					Kinds:     config.Kinds{Cluster: []string{"Widget.example.com"}},
				},
				Allow: config.Allow{Nondeterministic: "the chart makes a certificate on every render"},
			}},
			"api": {
				Override: config.Override{
					Settings: config.Settings{
						Release:     "api",
						Values:      []string{"extra.yaml"},
						IncludeCRDs: &no,
						Hooks:       config.HooksKeep,
					},
					Allow: config.Allow{PlaintextSecrets: []config.SecretException{
						{Name: "demo-creds", Namespace: "api-dev", Reason: "public demo password"},
					}},
				},
				Environments: map[string]config.Override{"prod": {
					Settings: config.Settings{
						Namespace:   "api",
						KubeVersion: "1.32",
						Values:      []string{"prod/extra.yaml"},
						IncludeCRDs: &yes,
					},
					Allow: config.Allow{PlaintextSecrets: []config.SecretException{
						{Name: "license", Reason: "printed on the box"},
					}},
				}},
			},
		},
	}
	if diff := cmp.Diff(want, got, onlyExported); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// parseErrors are files with something wrong, and all that is said about them:
// "line: message", and below it "hint: ..." if there is one.
var parseErrors = []struct {
	name, in, want string
	yamlOnly       bool // no schema can see this
}{
	{
		name: "empty",
		in:   "",
		want: `
1: the file is empty
  hint: begin it with apiVersion: plainsail.dev/v1alpha1 and kind: Config, or remove it to use the conventions`,
		yamlOnly: true,
	},
	{
		name: "only comments",
		in:   "# nothing\n---\n# here\n",
		want: `
1: the file is empty
  hint: begin it with apiVersion: plainsail.dev/v1alpha1 and kind: Config, or remove it to use the conventions`,
		yamlOnly: true,
	},
	{
		name: "not a mapping",
		in:   "- apiVersion\n",
		want: `
1: the file must be a mapping, not a list`,
	},
	{
		name: "nothing required",
		in:   "{}\n",
		want: `
1: missing key "apiVersion"
  hint: this version of plainsail reads apiVersion: plainsail.dev/v1alpha1
1: missing key "kind"
  hint: write kind: Config`,
	},
	{
		name: "another version",
		in:   "apiVersion: plainsail.dev/v1\nkind: Configuration\n",
		want: `
1: apiVersion: "plainsail.dev/v1" is not supported
  hint: this version of plainsail reads apiVersion: plainsail.dev/v1alpha1
2: kind: "Configuration" is not supported
  hint: write kind: Config`,
	},
	{
		name: "not UTF-8",
		in:   head + "# \xe9t\xe9\n",
		want: `
3: the file is not UTF-8 text
  hint: save it as UTF-8, without control characters`,
		yamlOnly: true,
	},
	{
		name: "control character",
		in:   head + "# \x1b[31m\n",
		want: `
3: the file is not UTF-8 text
  hint: save it as UTF-8, without control characters`,
		yamlOnly: true,
	},
	{
		name: "syntax",
		in:   head + "apps:\n  web: {\n",
		want: `
5: not valid YAML: did not find expected node content`,
		yamlOnly: true,
	},
	{
		name: "placeholders without quotes",
		in:   head + "defaults:\n  namespace: {app}\n  release: {name}\n",
		want: `
4: defaults.namespace must be a string, not a mapping
  hint: put it in quotes: "{app}"
5: defaults.release must be a string, not a mapping
  hint: use lower-case letters, digits, "-" and ".", with {app} and {env} where they are to be filled in`,
	},
	{
		name: "placeholders without quotes in a list",
		in:   head + "defaults:\n  values: [values-{env}.yaml]\n",
		want: `
4: not valid YAML: did not find expected ',' or ']'
  hint: put text with {app} or {env} in quotes: "values-{env}.yaml"`,
		yamlOnly: true,
	},
	{
		name: "tab",
		in:   head + "apps:\n\tweb: {}\n",
		want: `
4: not valid YAML: found character that cannot start any token`,
		yamlOnly: true,
	},
	{
		name: "unknown anchor",
		in:   head + "apps:\n  web: *api\n",
		want: `
4: not valid YAML: unknown anchor 'api' referenced`,
		yamlOnly: true,
	},
	{
		name: "two documents",
		in:   head + "---\n" + head,
		want: `
3: the file has more than one YAML document
  hint: remove the "---" between them`,
		yamlOnly: true,
	},
	{
		name: "unknown keys",
		in:   head + "enviroments: []\nenvironments:\n- name: dev\n  kubeversion: \"1.34\"\n  color: blue\napps:\n  web:\n    environments:\n      dev:\n        environments: {}\n",
		want: `
3: unknown key "enviroments"
  hint: did you mean "environments"?
6: unknown key "kubeversion" in environments[0]
  hint: did you mean "kubeVersion"?
7: unknown key "color" in environments[0]
  hint: known: name, namespace, kubeVersion, apiVersions
12: unknown key "environments" in apps.web.environments.dev
  hint: known: namespace, release, kubeVersion, apiVersions, values, includeCRDs, hooks, loadRestrictor, kinds, allow`,
	},
	{
		name: "key in the wrong place",
		in:   head + "defaults:\n  allow:\n    plaintextSecrets: []\n",
		want: `
5: unknown key "plaintextSecrets" in defaults.allow
  hint: known: nondeterministic`,
	},
	{
		name: "duplicate keys",
		in:   head + "apps:\n  web: {}\n  api: {}\n  web: {}\nkind: Config\n",
		want: `
6: apps.web is there twice, first in line 4
7: kind is there twice, first in line 2`,
		yamlOnly: true,
	},
	{
		name: "odd keys",
		in:   head + "? [a]\n: b\napps:\n  web: &web {}\n  api:\n    <<: *web\n",
		want: `
3: a key must be a string
8: merge keys (<<) are not supported in apps.api
  hint: use defaults for what several apps share, or write the keys out`,
		yamlOnly: true,
	},
	{
		name: "wrong types",
		in:   head + "environments:\n  dev: {}\napps: [web]\ndefaults:\n  kubeVersion: 1.30\n  hooks: true\n  includeCRDs: \"yes\"\n  apiVersions: apps/v1\n  namespace: {}\n  values: [1]\nrendered: main\n",
		want: `
4: environments must be a list, not a mapping
5: apps must be a mapping, not a list
7: defaults.kubeVersion must be a string, not a number
  hint: put it in quotes: "1.30"
8: defaults.hooks must be a string, not true or false
  hint: known: keep, drop
9: defaults.includeCRDs must be true or false, not a string
  hint: write it without quotes
10: defaults.apiVersions must be a list, not a string
11: defaults.namespace must be a string, not a mapping
  hint: use lower-case letters, digits and "-", with {app} and {env} where they are to be filled in
12: defaults.values[0] must be a string, not a number
  hint: put it in quotes: "1"
13: rendered must be a mapping, not a string`,
	},
	{
		name: "tags",
		in:   head + "apps: !apps {}\ndefaults:\n  namespace: !!binary d2Vi\n  release: !secret x\n",
		want: `
3: apps must be a mapping, not a value tagged "!apps"
5: defaults.namespace must be a string, not a value tagged "!!binary"
  hint: use lower-case letters, digits and "-", with {app} and {env} where they are to be filled in
6: defaults.release must be a string, not a value tagged "!secret"
  hint: put it in quotes: "x"`,
		yamlOnly: true,
	},
	{
		name: "null values",
		in:   head + "environments:\napps:\n  web:\ndefaults:\n  values: [~]\n",
		want: `
3: environments has no value
  hint: give it a value, or remove the key
5: apps.web has no value
  hint: give it a value, or remove the key
7: defaults.values[0] has no value
  hint: give it a value, or remove the key`,
	},
	{
		name: "empty lists",
		in:   head + "environments: []\nunits: []\n",
		want: `
3: environments is empty
  hint: leave the key out, or list at least one
4: units is empty
  hint: leave the key out, or list at least one`,
	},
	{
		name: "bad enums",
		in:   head + "units:\n- {path: \"{app}/{env}\", type: kustomise}\ndefaults:\n  hooks: ignore\n  loadRestrictor: LoadRestrictionsNone\n",
		want: `
4: units[0].type: "kustomise" is not one of auto, kustomize, helm, plain
  hint: did you mean "kustomize"?
6: defaults.hooks: "ignore" is not one of keep, drop
  hint: known: keep, drop
7: defaults.loadRestrictor: "LoadRestrictionsNone" is not one of rootOnly, none
  hint: known: rootOnly, none`,
	},
	{
		name: "bad names",
		in:   head + "environments:\n- name: Dev\n- name: a/b\n- name: ..\n- name: -x\n- name: x.lock\n- name: \"\"\n- name: a234567890123456789012345678901234567890123456789012345678901234567890\napps:\n  web_1:\n    environments:\n      dev.: {}\n",
		want: `
4: environments[0].name: "Dev" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
5: environments[1].name: "a/b" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
6: environments[2].name: ".." is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
7: environments[3].name: "-x" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
8: environments[4].name: "x.lock" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
9: environments[5].name: "" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
10: environments[6].name: "a234567890123456789012345678901234567890123456789012345678901234567890" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
12: apps: "web_1" is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
14: apps.web_1.environments: "dev." is not a name
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end`,
	},
	{
		name: "bad texts",
		in:   head + "defaults:\n  kubeVersion: 1.34.x\n  apiVersions: [monitoring.coreos.com, /v1]\n  namespace: \"{application}\"\n  release: Web\n  kinds:\n    namespaced: [Certificate, certificate.cert-manager.io]\n",
		want: `
4: defaults.kubeVersion: "1.34.x" is not a Kubernetes version
  hint: write it as "1.34" or "1.34.2"
5: defaults.apiVersions[0]: "monitoring.coreos.com" is not an API version
  hint: write it as "monitoring.coreos.com/v1" or "monitoring.coreos.com/v1/ServiceMonitor"
5: defaults.apiVersions[1]: "/v1" is not an API version
  hint: write it as "monitoring.coreos.com/v1" or "monitoring.coreos.com/v1/ServiceMonitor"
6: defaults.namespace: "{application}" is not a namespace
  hint: use lower-case letters, digits and "-", with {app} and {env} where they are to be filled in
7: defaults.release: "Web" is not a release name
  hint: use lower-case letters, digits, "-" and ".", with {app} and {env} where they are to be filled in
9: defaults.kinds.namespaced[0]: "Certificate" is not a kind with its group
  hint: write it as "Certificate.cert-manager.io"
9: defaults.kinds.namespaced[1]: "certificate.cert-manager.io" is not a kind with its group
  hint: write it as "Certificate.cert-manager.io"`,
	},
	{
		name: "bad branches",
		in:   head + "rendered:\n  branch: refs/heads/main\n",
		want: `
4: rendered.branch: "refs/heads/main" is not a branch
  hint: write a branch name such as "env/{env}", without refs/heads/; only {env} stands for something`,
	},
	{
		name: "branch with a dot too many",
		in:   head + "rendered:\n  branch: env/{env}.lock\n",
		want: `
4: rendered.branch: "env/{env}.lock" is not a branch
  hint: write a branch name such as "env/{env}", without refs/heads/; only {env} stands for something`,
	},
	{
		name: "branch with an app",
		in:   head + "rendered:\n  branch: \"{app}/{env}\"\n",
		want: `
4: rendered.branch: "{app}/{env}" is not a branch
  hint: write a branch name such as "env/{env}", without refs/heads/; only {env} stands for something`,
	},
	{
		name: "password",
		in:   head + "rendered:\n  repository: https://me:hunter2@git.example.com/rendered.git\n",
		want: `
4: rendered.repository: not a repository that can be used
  hint: write a URL without a password, or a path; git finds the credentials itself`,
	},
	{
		name: "transport that runs commands",
		in:   head + "rendered:\n  repository: ext::sh -c id\n",
		want: `
4: rendered.repository: not a repository that can be used
  hint: write a URL without a password, or a path; git finds the credentials itself`,
	},
	{
		name: "option instead of a repository",
		in:   head + "rendered:\n  repository: --upload-pack=id\n",
		want: `
4: rendered.repository: not a repository that can be used
  hint: write a URL without a password, or a path; git finds the credentials itself`,
	},
	{
		name: "bad paths",
		in:   head + "units:\n- path: /apps/{app}/{env}\n- path: ../{app}/{env}\n- path: apps/{app}/../{env}\n- path: ./{app}/{env}\n- path: apps//{app}/{env}\n- path: apps/{app}/{env}/\n- path: apps\\{app}\\{env}\n- path: apps/{name}/{env}\n- path: apps/**/{app}/{env}\n- path: \"\"\n",
		want: `
4: units[0].path: "/apps/{app}/{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
5: units[1].path: "../{app}/{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
6: units[2].path: "apps/{app}/../{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
7: units[3].path: "./{app}/{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
8: units[4].path: "apps//{app}/{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
9: units[5].path: "apps/{app}/{env}/" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
10: units[6].path: "apps\\{app}\\{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
11: units[7].path: "apps/{name}/{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
12: units[8].path: "apps/**/{app}/{env}" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something
13: units[9].path: "" is not a path pattern
  hint: write a path from the repository's root with "/" and without "..", such as apps/{app}/overlays/{env}; only {app}, {env} and * stand for something`,
	},
	{
		name: "bad values files",
		in:   head + "apps:\n  web:\n    values: [/etc/passwd, ../x.yaml, ., \"*.yaml\", \"values-{environment}.yaml\"]\n",
		want: `
5: apps.web.values[0]: "/etc/passwd" is not a path below the unit's folder
  hint: write a path from the unit's folder with "/" and without "..", such as values-{env}.yaml; only {app} and {env} stand for something
5: apps.web.values[1]: "../x.yaml" is not a path below the unit's folder
  hint: write a path from the unit's folder with "/" and without "..", such as values-{env}.yaml; only {app} and {env} stand for something
5: apps.web.values[2]: "." is not a path below the unit's folder
  hint: write a path from the unit's folder with "/" and without "..", such as values-{env}.yaml; only {app} and {env} stand for something
5: apps.web.values[3]: "*.yaml" is not a path below the unit's folder
  hint: write a path from the unit's folder with "/" and without "..", such as values-{env}.yaml; only {app} and {env} stand for something
5: apps.web.values[4]: "values-{environment}.yaml" is not a path below the unit's folder
  hint: write a path from the unit's folder with "/" and without "..", such as values-{env}.yaml; only {app} and {env} stand for something`,
	},
	{
		name: "duplicate environments",
		in:   head + "environments:\n- name: dev\n- name: prod\n- name: dev\n",
		want: `
6: environments[2].name: environment "dev" is there twice, first in line 4`,
		yamlOnly: true,
	},
	{
		name: "placeholders missing",
		in:   head + "units:\n- path: apps/{env}\n- path: apps/{app}\n- path: apps\n- path: apps/{app}/{env}\n  app: web\n",
		want: `
4: units[0].path: "apps/{env}" has no {app}
  hint: put {app} where the app's name is, or add app: name to the entry
5: units[1].path: "apps/{app}" has no {env}
  hint: put {env} where the environment's name is, here or in a values file, or declare environments
6: units[2].path: "apps" has no {app}
  hint: put {app} where the app's name is, or add app: name to the entry
6: units[2].path: "apps" has no {env}
  hint: put {env} where the environment's name is, here or in a values file, or declare environments
8: units[3].app: the path has {app} already
  hint: keep one of them`,
		yamlOnly: true,
	},
	{
		name: "placeholders unclear",
		in:   head + "units:\n- path: \"{app}-{env}\"\n- path: \"{app}{app}/{env}\"\n- path: \"team-*-{app}/{env}\"\n",
		want: `
4: units[0].path: "{app}-{env}" has both {app} and {env}
  hint: declare environments, so that it is clear where one name ends
5: units[1].path: "{app}{app}" has the same placeholder twice
  hint: keep one of them
6: units[2].path: "team-*-{app}" has both * and a placeholder
  hint: use * only in segments of its own`,
		yamlOnly: true,
	},
	{
		name: "Helm settings of others",
		in:   head + "units:\n- path: \"{app}/{env}\"\n  type: plain\n  values: [values.yaml]\n  release: web\n",
		want: `
6: units[0].values is for Helm charts, but the type is plain
  hint: remove it, or set type: helm
7: units[0].release is for Helm charts, but the type is plain
  hint: remove it, or set type: helm`,
		yamlOnly: true,
	},
	{
		name: "undeclared environment",
		in:   head + "environments:\n- name: dev\n- name: prod\napps:\n  web:\n    environments:\n      pord: {}\n      qa: {}\n",
		want: `
9: apps.web.environments.pord: environment "pord" is not declared
  hint: did you mean "prod"?
10: apps.web.environments.qa: environment "qa" is not declared
  hint: known: dev, prod`,
		yamlOnly: true,
	},
	{
		name: "kinds of two scopes",
		in:   head + "defaults:\n  kinds:\n    namespaced: [Widget.example.com]\n    cluster: [Widget.example.com]\n",
		want: `
6: defaults.kinds.cluster[0]: "Widget.example.com" is among the namespaced kinds too
  hint: keep one of them`,
		yamlOnly: true,
	},
	{
		name: "exceptions without reason",
		in:   head + "apps:\n  web:\n    allow:\n      nondeterministic: \" \"\n      plaintextSecrets:\n      - name: a\n      - reason: no name\n      - name: b\n        reason: \"\"\n",
		want: `
6: apps.web.allow.nondeterministic: "" is not a reason
  hint: say in a few words why this is fine here; reviewers will read it
8: missing key "reason" in apps.web.allow.plaintextSecrets[0]
  hint: say in a few words why this is fine here; reviewers will read it
9: missing key "name" in apps.web.allow.plaintextSecrets[1]
  hint: use lower-case letters, digits, "-" and "."; at most 253 characters
11: apps.web.allow.plaintextSecrets[2].reason: "" is not a reason
  hint: say in a few words why this is fine here; reviewers will read it`,
	},
	{
		name: "the same exception twice",
		in:   head + "apps:\n  web:\n    allow:\n      plaintextSecrets:\n      - {name: a, reason: one}\n      - {name: a, namespace: b, reason: another object}\n      - {name: a, reason: two}\n",
		want: `
9: apps.web.allow.plaintextSecrets[2]: secret "a" is there twice, first in line 7`,
		yamlOnly: true,
	},
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range parseErrors {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Parse("plainsail.yaml", []byte(tc.in))
			if c != nil {
				t.Error("got a Config besides the error")
			}
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"), describe(err)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// describe writes every error that was joined, with its hint below it.
func describe(err error) string {
	var lines []string
	for _, err := range unjoin(err) {
		lines = append(lines, strings.TrimPrefix(err.Error(), "plainsail.yaml:"))
		var e *config.Error
		if errors.As(err, &e) && e.Hint != "" {
			lines = append(lines, "  hint: "+e.Hint)
		}
	}
	return strings.Join(lines, "\n")
}

func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
