package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/plainsail/plainsail/config"
)

// good are files that both Parse and the schema accept.
var good = []string{
	head,
	head + "apps: {}\n",
	head + "apps: {web: {}, my.app: {environments: {prod-eu: {}}}}\n",
	head + "environments: [{name: dev}]\n",
	head + "units: [{path: \"{app}/{env}\", type: auto, values: []}]\n",
	head + "units: [{path: ., app: web, type: helm, values: [\"values-{env}.yaml\"]}]\n",
	head + "units: [{path: \"a b/ü/..x/*/.{app}/{env}.d\"}]\n",
	head + "rendered: {repository: ../rendered.git, branch: main}\n",
	head + "rendered: {repository: \"git@git.example.com:acme/rendered.git\", branch: \"k8s/v1.x/{env}-yaml\"}\n",
	head + "rendered: {repository: \"ssh://git@git.example.com:2222/acme/rendered.git\"}\n",
	head + "rendered: {repository: /srv/my repositories/rendered}\n",
	head + "defaults: {kubeVersion: \"1.34\", includeCRDs: false, hooks: drop, kinds: {}, allow: {}}\n",
	head + "defaults: {apiVersions: [v1, apps/v1, example.com/v1beta1/Widget, example.com/v2alpha10]}\n",
	head + "defaults: {namespace: \"{app}-{env}\", release: \"r.{app}\", values: [\"x/{env}.yaml\"]}\n",
	head + "defaults: {allow: {nondeterministic: \"why: it is fine\"}}\n",
}

// TestSchemaAgrees: for whatever a schema can express, an editor and Parse say
// the same of a file.
func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	s := compile(t)
	rich, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range append(good, string(rich)) {
		if _, err := config.Parse("plainsail.yaml", []byte(in)); err != nil {
			t.Errorf("Parse refuses:\n%s\n%v", in, err)
		}
		if err := s.Validate(instance(t, in)); err != nil {
			t.Errorf("the schema refuses:\n%s\n%v", in, err)
		}
	}
	for _, tc := range parseErrors {
		if tc.yamlOnly {
			continue
		}
		if err := s.Validate(instance(t, tc.in)); err == nil {
			t.Errorf("%s: the schema accepts:\n%s", tc.name, tc.in)
		}
	}
}

// TestSchemaSeesEachError takes the files with several problems apart: the
// schema must refuse every text that a format refuses, not only one of them.
func TestSchemaSeesEachError(t *testing.T) {
	t.Parallel()
	s := compile(t)
	for key, texts := range map[string][]string{
		"rendered: {branch: %}":             {"", "-x", "a//b", "/a", "a/", "a..b", "a.lock", "a.lock/b", "HEAD", "refs/x", "a b", "{app}", "a~1", "@{0}", ".a", "a/.b", "a."},
		"rendered: {repository: %}":         {"", " ", "-x", "ext::sh", "https://a:b@c/d", "a\nb", "a "},
		"units: [{path: %}]":                {"", "/", "..", "a/..", "../a", "a//b", "a/", "{x}", "a{", "a}", "**", "a?", "[a]", `a\b`, "./a", "a/./b", "a/."},
		"defaults: {values: [%]}":           {"", "/", "..", "a/..", ".", "*", "{x}", `a\b`},
		"defaults: {kubeVersion: %}":        {"", "1", "2.1", "1.34.1.2", "1.x", "v", "1.34-gke", "1.34\n"},
		"defaults: {apiVersions: [%]}":      {"", "apps", "apps/", "/v1", "v", "apps/v1/", "apps/v1/widget", "a/b/c/d", "Apps/v1"},
		"defaults: {namespace: %}":          {"", "-a", "a-", "A", "a.b", "{x}", "a_b"},
		"defaults: {release: %}":            {"", "-a", "a.", "A", "{x}", "a_b"},
		"defaults: {kinds: {cluster: [%]}}": {"", "A", "a.b", "A.", "A.b_c", "A.B"},
		"environments: [{name: %}]":         {"", "A", "a_b", "a/b", ".", "..", ".a", "a.", "-a", "a-", "a..b", "a.-b", "a.lock", "a\n", strings.Repeat("a", 64)},
		"apps: {%: {}}":                     {"", "A", "a_b", "a/b", "..", "a.lock", strings.Repeat("a", 64)},
		"apps: {a: {allow: {plaintextSecrets: [{reason: x, name: %}]}}}":               {"", "A", "a_b", "a/b", strings.Repeat("a", 254)},
		"apps: {a: {allow: {plaintextSecrets: [{reason: x, name: a, namespace: %}]}}}": {"", "A", "a.b", strings.Repeat("a", 64)},
		"apps: {a: {allow: {nondeterministic: %}}}":                                    {"", " ", "\n\t"},
	} {
		for _, text := range texts {
			quoted, err := json.Marshal(text) // JSON strings are YAML strings
			if err != nil {
				t.Fatal(err)
			}
			in := head + strings.Replace(key, "%", string(quoted), 1) + "\n"
			if _, err := config.Parse("plainsail.yaml", []byte(in)); err == nil {
				t.Errorf("Parse accepts %s", in)
			}
			if err := s.Validate(instance(t, in)); err == nil {
				t.Errorf("the schema accepts %s", in)
			}
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plainsail.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("plainsail.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance reads YAML the way an editor does.
func instance(t *testing.T, in string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(in), &v); err != nil {
		t.Fatalf("%v in:\n%s", err, in)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	v, err = jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
