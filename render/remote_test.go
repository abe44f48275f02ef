package render_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf16"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/yaml"

	"github.com/plainsail/plainsail/render"
)

// outside is everything that a render must never reach: a web server, with and without TLS, and commands in PATH.
type outside struct {
	plain, secure *httptest.Server
	requests      atomic.Int64
	ran           string // a file that appears when a command is run
	tmp           string
	repositories  string // where repository makes its folders: not in tmp
	made          int
}

// watchOutside also points TMPDIR at an empty folder. It changes the environment, so tests that use it run alone.
func watchOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{repositories: t.TempDir()}
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.requests.Add(1)
		http.Error(w, "no", http.StatusNotFound)
	})
	o.plain, o.secure = httptest.NewServer(answer), httptest.NewTLSServer(answer)
	t.Cleanup(o.plain.Close)
	t.Cleanup(o.secure.Close)

	bin := t.TempDir()
	o.ran = filepath.Join(bin, "ran")
	for _, name := range []string{"git", "helm", "docker", "sh", "kustomize", "plainsail-helm"} {
		script := fmt.Sprintf("#!/bin/sh\necho \"$0 $*\" >> %s\nexit 1\n", o.ran)
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	tmp, err := os.MkdirTemp("", "t") // not t.TempDir: sockets need short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	o.tmp = tmp
	t.Setenv("TMPDIR", tmp)
	return o
}

// repository is the function of that name, outside of the watched TMPDIR.
func (o *outside) repository(t *testing.T, text string) string {
	t.Helper()
	o.made++
	root := filepath.Join(o.repositories, fmt.Sprint(o.made))
	writeFiles(t, root, text)
	return root
}

// untouched reports what was reached, and starts afresh.
func (o *outside) untouched(t *testing.T) {
	t.Helper()
	if n := o.requests.Swap(0); n > 0 {
		t.Errorf("the web server was asked %d times", n)
	}
	if ran, err := os.ReadFile(o.ran); err == nil {
		t.Errorf("a command ran: %s", ran)
		os.Remove(o.ran)
	}
	left, err := os.ReadDir(o.tmp)
	if err != nil {
		t.Error(err)
	}
	for _, f := range left {
		t.Errorf("%s was left in the temporary folder", f.Name())
		os.RemoveAll(filepath.Join(o.tmp, f.Name()))
	}
}

func (o *outside) fileForms() []string {
	plain, secure := strings.TrimPrefix(o.plain.URL, "http"), strings.TrimPrefix(o.secure.URL, "https")
	return []string{
		"http" + plain + "/a.yaml", "HTTP" + plain + "/a.yaml", "hTTp" + plain + "/org/repo?ref=v1",
		"https" + secure + "/a.yaml", "HttpS" + secure + "/a.yaml",
	}
}

func (o *outside) baseForms() []string {
	plain, secure := o.plain.URL, o.secure.URL
	return append(o.fileForms(),
		plain+"/org/repo", plain+"/org/repo.git", secure+"/org/repo//path?ref=v1.2.3&timeout=9", secure+"/org/_git/repo",
		"git::"+plain+"/org/repo", "GIT::"+secure+"/org/repo", "git::github.com/org/repo", "git::git@github.com:org/repo",
		"ssh://git@example.test/org/repo", "SSH://git@example.test:22/org/repo.git", "ssh://example.test/org/repo",
		"git@github.com:org/repo", "git@github.com/org/repo", "git@example.test:org/repo.git", "Org-1@example.test:org/repo//path",
		"git@example.test:repo.git", "git@example.test/org/repo",
		"github.com/org/repo", "GitHub.com/org/repo//path?ref=main", "github.com:org/repo.git", "github.com/org/repo/deep/path",
		"file:///srv/git/repo", "FILE:///srv/git/repo.git", "file://srv/git/repo//path",
	)
}

// remoteFields are the places of a kustomization that can name something remote, here %q.
var remoteFields = []struct {
	field, text string
	folder      bool // it can name a folder, and so a git repository
}{
	{"resources", `resources: [cm.yaml, %q]`, true},
	{"bases", `bases: [%q]`, true},
	{"components", `{resources: [cm.yaml], components: [%q]}`, true},
	{"generators", `generators: [%q]`, true},
	{"transformers", `{resources: [cm.yaml], transformers: [%q]}`, true},
	{"validators", `{resources: [cm.yaml], validators: [%q]}`, true},
	{"crds", `{resources: [cm.yaml], crds: [%q]}`, false},
	{"configurations", `{resources: [cm.yaml], configurations: [%q]}`, false},
	{"openapi", `{resources: [cm.yaml], openapi: {path: %q}}`, false},
	{"patches", `{resources: [cm.yaml], patches: [{path: %q}]}`, false},
	{"patchesJson6902", `{resources: [cm.yaml], patchesJson6902: [{path: %q, target: {version: v1, kind: ConfigMap, name: a}}]}`, false},
	{"patchesStrategicMerge", `{resources: [cm.yaml], patchesStrategicMerge: [%q]}`, false},
	{"replacements", `{resources: [cm.yaml], replacements: [{path: %q}]}`, false},
	{"configMapGenerator", `configMapGenerator: [{name: a, files: [%q]}]`, false},
	{"configMapGenerator", `configMapGenerator: [{name: a, files: ["key=%[1]s"]}]`, false},
	{"configMapGenerator", `configMapGenerator: [{name: a, envs: [%q]}]`, false},
	{"configMapGenerator", `configMapGenerator: [{name: a, env: %q}]`, false},
	{"secretGenerator", `secretGenerator: [{name: a, files: [%q]}]`, false},
	{"secretGenerator", `secretGenerator: [{name: a, envs: [%q]}]`, false},
	{"secretGenerator", `secretGenerator: [{name: a, env: %q}]`, false},
	{"helmCharts", `helmCharts: [{name: chart, valuesFile: %q}]`, false},
	{"helmCharts", `helmCharts: [{name: chart, additionalValuesFiles: [%q]}]`, false},
	{"helmChartInflationGenerator", `helmChartInflationGenerator: [{chartName: chart, values: %q}]`, false},
	{"generators: ConfigMapGenerator files", `generators: ['{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, files: ["key=%[1]s"]}']`, false},
	{"generators: ConfigMapGenerator envs", "generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: a}\n  name: a\n  envs: [%q]", false},
	{"generators: SecretGenerator files", "generators:\n- |\n  apiVersion: builtin\n  kind: SecretGenerator\n  metadata: {name: a}\n  name: a\n  files:\n  - %q", false},
	{"generators: HelmChartInflationGenerator valuesFile", "generators:\n- |\n  apiVersion: builtin\n  kind: HelmChartInflationGenerator\n  metadata: {name: a}\n  name: chart\n  valuesFile: %q", false},
	{"generators: HelmChartInflationGenerator additionalValuesFiles", "generators:\n- |\n  apiVersion: builtin\n  kind: HelmChartInflationGenerator\n  metadata: {name: a}\n  name: chart\n  additionalValuesFiles: [%q]", false},
	{"transformers: PatchTransformer path", "resources: [cm.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: a}\n  path: %q", false},
	{"transformers: PatchJson6902Transformer path", "resources: [cm.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: PatchJson6902Transformer\n  metadata: {name: a}\n  target: {version: v1, kind: ConfigMap, name: a}\n  path: %q", false},
	{"transformers: PatchStrategicMergeTransformer paths", "resources: [cm.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: PatchStrategicMergeTransformer\n  metadata: {name: a}\n  paths: [%q]", false},
	{"transformers: ReplacementTransformer replacements", "resources: [cm.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: ReplacementTransformer\n  metadata: {name: a}\n  replacements: [{path: %q}]", false},
	{"transformers: ValueAddTransformer targetFilePath", "resources: [cm.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  metadata: {name: a}\n  value: x\n  targetFilePath: %q", false},
	{"validators: PatchTransformer path", "resources: [cm.yaml]\nvalidators:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: a}\n  path: %q", false},
}

const remoteNeighbours = `
-- cm.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
-- charts/chart/Chart.yaml --
apiVersion: v2
name: chart
version: 1.0.0
-- charts/chart/values.yaml --
a: 1
`

func TestRemoteIsRefused(t *testing.T) {
	out := watchOutside(t)
	root := out.repository(t, remoteNeighbours)
	e := engine(t, root)
	for _, f := range remoteFields {
		forms := out.fileForms()
		if f.folder {
			forms = out.baseForms()
		}
		for _, ref := range forms {
			writeFiles(t, root, "-- kustomization.yaml --\n"+fmt.Sprintf(f.text, ref)+"\n")
			checkRefused(t, e, fmt.Sprintf("%s: %s is remote, and rendering uses no network", f.field, ref))
			out.untouched(t)
		}
	}
}

// What must be refused is really remote to kustomize: without the guard, the same kustomizations ask the web server or run git.
func TestRemoteFieldsAreRemoteToKustomize(t *testing.T) {
	out := watchOutside(t)
	root := out.repository(t, remoteNeighbours)
	defer openapi.ResetOpenAPI()
	for _, f := range remoteFields {
		writeFiles(t, root, "-- kustomization.yaml --\n"+fmt.Sprintf(f.text, out.plain.URL+"/org/repo/a.yaml")+"\n")
		o := krusty.MakeDefaultOptions()
		o.PluginConfig.HelmConfig = types.HelmConfig{Enabled: true, Command: filepath.Join(root, "none")}
		if _, err := krusty.MakeKustomizer(o).Run(filesys.MakeFsOnDisk(), root); err == nil {
			t.Errorf("%s: no error", f.text)
		}
		_, err := os.Stat(out.ran)
		if out.requests.Swap(0) == 0 && err != nil && !strings.Contains(f.text, "valuesFile:") && !strings.Contains(f.text, "values:") {
			t.Errorf("%s: kustomize reaches for nothing; is the test right?", f.text)
		}
		os.Remove(out.ran)
	}
}

// checkRefused builds the kustomization at the root with and without the load restrictor.
func checkRefused(t *testing.T, e *render.Engine, want string) {
	t.Helper()
	for _, free := range []bool{false, true} {
		_, err := e.Kustomize(context.Background(), ".", render.KustomizeOptions{EnableHelm: true, NoLoadRestrictor: free})
		var se *render.SourceError
		if !errors.As(err, &se) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		} else if se.File == "" || se.Hint == "" {
			t.Errorf("%v: no file or no hint", err)
		}
	}
}

// Kustomize reads more than plain block style YAML, and so must the guard.
func TestRemoteIsRefusedInAnyNotation(t *testing.T) {
	out := watchOutside(t)
	url := out.plain.URL + "/a.yaml"
	plugin := fmt.Sprintf("apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nname: a\nfiles: [%s]\n", url)
	escaped := strings.ReplaceAll(url, "http", `\u0068tt\x70`)
	for name, files := range map[string]string{
		"JSON":                   fmt.Sprintf("-- kustomization.yaml --\n{\"resources\": [%q]}\n", url),
		"JSON with escapes":      fmt.Sprintf("-- kustomization.yaml --\n{\"\\u0072esources\": [\"%s\"]}\n", escaped),
		"key in upper case":      fmt.Sprintf("-- kustomization.yaml --\nRESOURCES: [%s]\n", url),
		"key in odd case":        fmt.Sprintf("-- kustomization.yaml --\nreſources: [%s]\n", url),
		"list entry in odd case": fmt.Sprintf("-- kustomization.yaml --\nresources: [cm.yaml]\nPatches: [{PATH: %s}]\n", url),
		"openapi in odd case":    fmt.Sprintf("-- kustomization.yaml --\nresources: [cm.yaml]\nopenAPI: {path: %s}\n", url),
		"alias":                  fmt.Sprintf("-- kustomization.yaml --\nnamePrefix: &u %s\nresources: [*u]\n", url),
		"alias of a list":        fmt.Sprintf("-- kustomization.yaml --\ncrds: &u [%s]\nresources: *u\n", url),
		"merge key":              fmt.Sprintf("-- kustomization.yaml --\nresources: [cm.yaml]\nmetadata: &m {name: a}\npatches:\n- <<: {path: %s}\n", url),
		"tag":                    fmt.Sprintf("-- kustomization.yaml --\nresources: [!!str %s]\n", url),
		"escapes":                fmt.Sprintf("-- kustomization.yaml --\n\"resource\\u0073\": [\"%s\"]\n", escaped),
		"folded":                 fmt.Sprintf("-- kustomization.yaml --\nresources:\n- >-\n  %s\n", url),
		"after a comment":        fmt.Sprintf("-- kustomization.yaml --\n# resources: [%s]\nresources: # %[1]s\n- %[1]s\n", url),
		"UTF-16":                 "-- kustomization.yaml --\n" + toUTF16("resources: ["+url+"]\n"),
		"byte order mark":        "-- kustomization.yaml --\n\ufeffresources: [" + url + "]\n",
		"CRLF":                   "-- kustomization.yaml --\nresources:\r\n- " + url + "\r\n",
		"kustomization.yml":      "-- kustomization.yml --\nresources: [" + url + "]\n",
		"Kustomization":          "-- Kustomization --\nresources: [" + url + "]\n",
		"symbolic link":          "-- other.txt --\nresources: [" + url + "]\n-- kustomization.yaml -> other.txt --\n",
		"base":                   "-- kustomization.yaml --\nresources: [base]\n-- base/kustomization.yaml --\nresources: [" + url + "]\n",
		"component":              "-- kustomization.yaml --\ncomponents: [c]\n-- c/kustomization.yaml --\nkind: Component\nresources: [" + url + "]\n",
		"plugin file":            "-- kustomization.yaml --\ngenerators: [a.txt]\n-- a.txt --\n" + plugin,
		"plugin in upper case":   "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\n" + strings.Replace(plugin, "files", "FILES", 1),
		"plugin as second":       "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\n" + strings.Replace(plugin, "files: ["+url, "files: [cm.yaml", 1) + "---\n" + strings.ReplaceAll(plugin, "name: a", "name: b"),
		"plugin with alias":      "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\nx: &b builtin\n" + strings.Replace(plugin, "apiVersion: builtin", "apiVersion: *b", 1),
		"plugin with escape":     "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\n" + strings.Replace(plugin, "builtin", `"\u0062uiltin"`, 1),
		"plugin in JSON":         "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\n" + toJSON(t, plugin),
		"plugin in a List":       "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\n{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [" + toJSON(t, plugin) + "]}\n",
		"plugin folder":          "-- kustomization.yaml --\ngenerators: [g]\n-- g/kustomization.yaml --\nresources: [a.yaml]\n-- g/a.yaml --\n" + plugin,
		"plugin folder's base":   "-- kustomization.yaml --\ngenerators: [g]\n-- g/kustomization.yaml --\nresources: [../h]\n-- h/kustomization.yaml --\nresources: [a.yaml]\n-- h/a.yaml --\n" + plugin,
		"local plugin":           "-- kustomization.yaml --\ngenerators: [a.yaml]\n-- a.yaml --\n" + strings.Replace(plugin, "{name: a}", "{name: a, annotations: {config.kubernetes.io/local-config: 'true'}}", 1),
		"plugin in a base":       "-- kustomization.yaml --\nresources: [base]\n-- base/kustomization.yaml --\nresources: [cm.yaml]\ntransformers: [t.yaml]\n-- base/cm.yaml --\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n-- base/t.yaml --\n{apiVersion: builtin, kind: PatchTransformer, metadata: {name: a}, path: \"" + url + "\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			root := out.repository(t, remoteNeighbours+files)
			checkRefused(t, engine(t, root), url+" is remote, and rendering uses no network")
			out.untouched(t)
		})
	}
}

// The configuration of a plugin may come out of a kustomization. What that makes of it is not known before it is built.
func TestComputedPluginsAreRefused(t *testing.T) {
	out := watchOutside(t)
	const plugin = "-- g/a.yaml --\n{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, name: a, files: [cm.yaml]}\n"
	for field, text := range map[string]string{
		"patches":        `patches: [{patch: '[{"op": "replace", "path": "/files/0", "value": "` + out.plain.URL + `"}]', target: {kind: ConfigMapGenerator}}]`,
		"replacements":   `replacements: [{source: {kind: ConfigMapGenerator}, targets: [{select: {kind: ConfigMapGenerator}, fieldPaths: [files.0]}]}]`,
		"components":     `components: [../c]`,
		"configurations": `configurations: [c.yaml]`,
		"transformers":   `transformers: [t.yaml]`,
		"generators":     `generators: [t.yaml]`,
		"helmCharts":     `helmCharts: [{name: chart}]`,
		"vars":           `vars: [{name: A, objref: {kind: ConfigMapGenerator, name: a, apiVersion: builtin}}]`,
	} {
		t.Run(field, func(t *testing.T) {
			root := out.repository(t, remoteNeighbours+"-- kustomization.yaml --\ngenerators: [g]\n-- g/kustomization.yaml --\nresources: [a.yaml]\n"+text+"\n"+plugin)
			checkRefused(t, engine(t, root), "g/kustomization.yaml:2: "+field+" of a folder of generators: it computes the configuration of plugins, which cannot be checked for remote files")
			out.untouched(t)
		})
	}
}

// Paths that only look like a repository are paths.
func TestLocalPathsThatLookRemote(t *testing.T) {
	t.Parallel()
	root := repository(t, `
-- kustomization.yaml --
resources: [user@2x.yaml, github.com, http/base]
configMapGenerator:
- name: icons
  files: [icon@2x.png, key=icons@2x/a.png, github.com/org/repo/a.txt]
  literals: ["url=https://example.test/a", "repo=github.com/org/repo"]
commonAnnotations: {home: https://github.com/org/repo}
images: [{name: github.com/org/repo, newName: example.test/repo}]
patches:
- target: {kind: ConfigMap}
  patch: |
    - op: add
      path: /metadata/annotations/more
      value: http://example.test/a
-- user@2x.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
-- icon@2x.png --
1
-- icons@2x/a.png --
2
-- github.com/kustomization.yaml --
resources: [b.yaml]
-- github.com/b.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
-- github.com/org/repo/a.txt --
3
-- http/base/kustomization.yaml --
resources: [c.yaml]
-- http/base/c.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
`)
	out, err := engine(t, root).Kustomize(context.Background(), ".", render.KustomizeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(out.Objects); got != 4 {
		t.Errorf("%d objects, want 4", got)
	}
}

// The guard looks at every field of a kustomization that a later version of kustomize may bring: this test fails until somebody
// has said what a new one holds.
func TestGuardKnowsEveryField(t *testing.T) {
	t.Parallel()
	known := map[string]string{
		"Kustomization": "TypeMeta MetaData OpenAPI NamePrefix NameSuffix Namespace CommonLabels Labels CommonAnnotations PatchesStrategicMerge " +
			"PatchesJson6902 Patches Images ImageTags Replacements Replicas Vars SortOptions Resources Components Crds Bases ConfigMapGenerator " +
			"SecretGenerator HelmGlobals HelmCharts HelmChartInflationGenerator GeneratorOptions Configurations Generators Transformers Validators BuildMetadata",
		"Patch":            "Path Patch Target Options",
		"ReplacementField": "Replacement Path",
		"KvPairSources":    "LiteralSources FileSources EnvSources EnvSource",
		"HelmGlobals":      "ChartHome ConfigHome",
		"HelmChart": "Name Version Repo ReleaseName Namespace AdditionalValuesFiles ValuesFile ValuesInline ValuesMerge IncludeCRDs SkipHooks " +
			"ApiVersions KubeVersion NameTemplate SkipTests Debug Devel",
	}
	for _, v := range []any{types.Kustomization{}, types.Patch{}, types.ReplacementField{}, types.KvPairSources{}, types.HelmGlobals{}, types.HelmChart{}} {
		typ := reflect.TypeOf(v)
		var fields []string
		for i := range typ.NumField() {
			fields = append(fields, typ.Field(i).Name)
		}
		if got := strings.Join(fields, " "); got != known[typ.Name()] {
			t.Errorf("types.%s has the fields\n\t%s\nthe guard knows\n\t%s", typ.Name(), got, known[typ.Name()])
		}
	}
}

func TestRemoteValuesAndCharts(t *testing.T) {
	out := watchOutside(t)
	root := out.repository(t, remoteNeighbours)
	e := engine(t, root)
	for _, ref := range append(out.fileForms(), "oci://example.test/values.yaml", "s3://bucket/values.yaml", "git+https://example.test/a", "secrets://a.yaml") {
		for name, o := range map[string]render.HelmOptions{
			"values": {Values: []string{ref}}, "set-file": {SetFile: []string{"a=" + ref}},
		} {
			_, err := e.Helm(context.Background(), "charts/chart", o)
			if err == nil || !strings.Contains(err.Error(), "values from the network cannot be used") {
				t.Errorf("%s %s: got %v", name, ref, err)
			}
		}
		if !strings.Contains(ref, "://") {
			continue
		}
		if _, err := e.Helm(context.Background(), ref, render.HelmOptions{}); err == nil || !strings.Contains(err.Error(), "it is remote, and rendering uses no network") {
			t.Errorf("chart %s: got %v", ref, err)
		}
		if _, err := e.Kustomize(context.Background(), ref, render.KustomizeOptions{}); err == nil || !strings.Contains(err.Error(), "it is remote, and rendering uses no network") {
			t.Errorf("kustomization %s: got %v", ref, err)
		}
	}
	out.untouched(t)
}

// A chart that is not in the repository is never fetched, and the message says how to put it there.
func TestMissingChartsAreRefused(t *testing.T) {
	out := watchOutside(t)
	for _, repo := range []string{out.plain.URL, out.secure.URL + "/charts", "oci://example.test/charts"} {
		root := out.repository(t, fmt.Sprintf("-- app/kustomization.yaml --\nhelmCharts:\n- name: web\n  repo: %s\n  version: 1.2.3\n", repo))
		_, err := engine(t, root).Kustomize(context.Background(), "app", render.KustomizeOptions{EnableHelm: true})
		want := "is not in the repository (app/charts/web-1.2.3/web), and rendering uses no network"
		var se *render.SourceError
		if !errors.As(err, &se) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
			continue
		}
		if !strings.HasPrefix(se.Hint, "pin it by committing it: helm pull ") || !strings.HasSuffix(se.Hint, " --version 1.2.3 --untar --untardir app/charts/web-1.2.3") {
			t.Errorf("hint %s", se.Hint)
		}
		if se.File != "app/kustomization.yaml" {
			t.Errorf("file %q", se.File)
		}
		out.untouched(t)
	}
}

func toUTF16(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func toJSON(t *testing.T, y string) string {
	t.Helper()
	js, err := yaml.YAMLToJSON([]byte(y))
	if err != nil || !json.Valid(js) {
		t.Fatal(err)
	}
	return string(js)
}
