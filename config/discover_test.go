package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/config"
)

// tree is a file system of empty files.
func tree(files string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, name := range strings.Fields(files) {
		fsys[name] = &fstest.MapFile{}
	}
	return fsys
}

var discoverCases = []struct {
	name  string
	file  string // after head; "": no file
	files string
	want  string // a unit a line; or the errors, as describe writes them
}{
	{
		name: "kustomize overlays",
		files: `apps/web/base/kustomization.yaml
			apps/web/overlays/prod/kustomization.yaml apps/web/overlays/dev/kustomization.yml
			apps/web/overlays/dev/patches/x.yaml apps/web/overlays/components/kustomization.yaml
			apps/web/overlays/_old/kustomization.yaml apps/web/overlays/.x/kustomization.yaml
			apps/web/overlays/notes/README.md apps/README.yaml
			apps/api/overlays/dev/Kustomization apps/group/api/overlays/dev/kustomization.yaml`,
		want: `
dev/api: kustomize apps/api/overlays/dev
dev/web: kustomize apps/web/overlays/dev
prod/web: kustomize apps/web/overlays/prod`,
	},
	{
		name:  "overlays of other types",
		files: `apps/a/overlays/dev/Chart.yaml apps/b/overlays/dev/x.json apps/c/overlays/dev/x.yml`,
		want: `
dev/a: helm apps/a/overlays/dev
dev/b: plain apps/b/overlays/dev
dev/c: plain apps/c/overlays/dev`,
	},
	{
		name: "charts",
		files: `charts/web/Chart.yaml charts/web/values.yaml charts/web/values-dev.yaml charts/web/values-prod.yaml
			charts/lib/Chart.yaml charts/lib/values.yaml charts/nochart/values-dev.yaml`,
		want: `
dev/web: helm charts/web charts/web/values-dev.yaml
prod/web: helm charts/web charts/web/values-prod.yaml`,
	},
	{
		name:  "folders of environments",
		files: `environments/prod/web/x.yaml environments/dev/web/x.yaml environments/dev/api/kustomization.yaml environments/dev/x.yaml`,
		want: `
dev/api: kustomize environments/dev/api
dev/web: plain environments/dev/web
prod/web: plain environments/prod/web`,
	},
	{
		name:  "single app with overlays at the root",
		files: `base/kustomization.yaml kustomization.yaml overlays/dev/kustomization.yaml overlays/base/kustomization.yaml`,
		want:  "dev/shop: kustomize overlays/dev",
	},
	{
		name:  "single app with overlays in deploy",
		files: `deploy/overlays/dev/kustomization.yaml deploy/overlays/prod/x.yaml`,
		want:  "dev/shop: kustomize deploy/overlays/dev\nprod/shop: plain deploy/overlays/prod",
	},
	{
		name:  "single chart at the root",
		files: `Chart.yaml values.yaml values-dev.yaml charts/dependency/Chart.yaml`,
		want:  "dev/shop: helm . values-dev.yaml",
	},
	{
		name:  "single chart in deploy",
		files: `deploy/Chart.yaml deploy/values-dev.yaml`,
		want:  "dev/shop: helm deploy deploy/values-dev.yaml",
	},
	{name: "bare kustomization in deploy", files: `deploy/kustomization.yaml main.go`, want: "default/shop: kustomize deploy"},
	{name: "bare YAML in deploy", files: `deploy/x.yaml`, want: "default/shop: plain deploy"},
	{name: "bare chart at the root", files: `Chart.yaml values.yaml`, want: "default/shop: helm ."},
	{name: "bare kustomization at the root", files: `kustomization.yaml`, want: "default/shop: kustomize ."},
	{
		name:  "conventions add up",
		files: `apps/web/overlays/dev/kustomization.yaml charts/api/Chart.yaml charts/api/values-dev.yaml environments/dev/db/x.yaml overlays/dev/x.yaml deploy/x.yaml`,
		want: `
dev/api: helm charts/api charts/api/values-dev.yaml
dev/db: plain environments/dev/db
dev/shop: plain overlays/dev
dev/web: kustomize apps/web/overlays/dev`,
	},
	{
		name: "usual order of environments",
		files: `environments/prod-us/a/x.yaml environments/prod/a/x.yaml environments/prod-eu/a/x.yaml environments/sandbox/a/x.yaml
			environments/pre-prod-eu/a/x.yaml environments/staging/a/x.yaml environments/uat/a/x.yaml environments/integration/a/x.yaml
			environments/qa/a/x.yaml environments/testing/a/x.yaml environments/development/a/x.yaml environments/dev/a/x.yaml environments/canary/a/x.yaml`,
		want: `
dev/a: plain environments/dev/a
development/a: plain environments/development/a
testing/a: plain environments/testing/a
qa/a: plain environments/qa/a
integration/a: plain environments/integration/a
uat/a: plain environments/uat/a
staging/a: plain environments/staging/a
pre-prod-eu/a: plain environments/pre-prod-eu/a
prod/a: plain environments/prod/a
prod-eu/a: plain environments/prod-eu/a
prod-us/a: plain environments/prod-us/a
canary/a: plain environments/canary/a
sandbox/a: plain environments/sandbox/a`,
	},
	{
		name:  "declared order of environments",
		file:  "environments:\n- name: prod\n- name: empty\n- name: base\n- name: dev\n",
		files: `environments/dev/a/x.yaml environments/prod/a/x.yaml environments/base/a/x.yaml`,
		want: `
prod/a: plain environments/prod/a
base/a: plain environments/base/a
dev/a: plain environments/dev/a`,
	},
	{
		name:  "patterns replace the conventions",
		file:  "units:\n- path: k8s/{env}/{app}\n",
		files: `k8s/dev/web/x.yaml apps/api/overlays/dev/x.yaml`,
		want:  "dev/web: plain k8s/dev/web",
	},
	{
		name:  "parts of segments and stars",
		file:  "units:\n- path: teams/*/{app}/deploy-{env}\n",
		files: `teams/a/web/deploy-dev/x.yaml teams/b/api/deploy-prod/x.yaml teams/b/api/build/x.yaml teams/b/api/deploy-/x.yaml teams/_c/api/deploy-dev/x.yaml`,
		want: `
dev/web: plain teams/a/web/deploy-dev
prod/api: plain teams/b/api/deploy-prod`,
	},
	{
		name:  "a placeholder twice",
		file:  "units:\n- path: \"{app}/{app}-{env}\"\n",
		files: `web/web-dev/x.yaml web/api-dev/x.yaml`,
		want:  "dev/web: plain web/web-dev",
	},
	{
		name:  "both placeholders in one segment",
		file:  "environments: [{name: dev}, {name: eu}]\nunits:\n- path: \"{app}-{env}\"\n",
		files: `web-dev/x.yaml my-api-eu/x.yaml docs/x.yaml`,
		want:  "dev/web: plain web-dev\neu/my-api: plain my-api-eu",
	},
	{
		name:  "both placeholders in one segment, unclear",
		file:  "environments: [{name: eu}, {name: prod-eu}]\nunits:\n- path: \"{app}-{env}\"\n",
		files: `web-prod-eu/x.yaml web-dev/x.yaml`,
		want: `
web-dev: the name fits "{app}-{env}" with no declared environment
  hint: rename the folder, or declare its environment; known: eu, prod-eu
web-prod-eu: may be web-prod in eu or web in prod-eu
  hint: rename the folder, or use a pattern with {app} and {env} in folders of their own`,
	},
	{
		name:  "an app by name",
		file:  "units:\n- path: infra/{env}\n  app: base-system\n",
		files: `infra/dev/x.yaml`,
		want:  "dev/base-system: plain infra/dev",
	},
	{
		name:  "explicit types",
		file:  "units:\n- {path: \"k/{app}/{env}\", type: kustomize}\n- {path: \"p/{app}/{env}\", type: plain}\n",
		files: `k/a/dev/kustomization.yaml k/a/dev/Chart.yaml k/b/dev/x.yaml p/c/dev/kustomization.yaml`,
		want:  "dev/a: kustomize k/a/dev\ndev/c: plain p/c/dev",
	},
	{
		name:  "environments from values files",
		file:  "units:\n- path: \"{app}/chart\"\n  type: helm\n  values: [common.yaml, \"env/{env}/{app}.yaml\"]\n",
		files: `web/chart/Chart.yaml web/chart/common.yaml web/chart/env/dev/web.yaml web/chart/env/prod/web.yaml web/chart/env/qa/api.yaml lib/chart/Chart.yaml`,
		want: `
dev/web: helm web/chart web/chart/common.yaml web/chart/env/dev/web.yaml
prod/web: helm web/chart web/chart/common.yaml web/chart/env/prod/web.yaml`,
	},
	{
		name:  "all declared environments",
		file:  "environments: [{name: dev}, {name: prod}]\nunits:\n- path: \"{app}\"\n  values: [common.yaml]\n",
		files: `web/Chart.yaml web/common.yaml api/x.yaml`,
		want: `
dev/api: plain api
dev/web: helm web web/common.yaml
prod/api: plain api
prod/web: helm web web/common.yaml`,
	},
	{
		name:  "values of all layers",
		file:  "units:\n- {path: \"{app}/{env}\", values: [u.yaml]}\ndefaults: {values: [d.yaml]}\napps:\n  web:\n    values: [\"a-{env}.yaml\"]\n    environments: {dev: {values: [e.yaml]}}\n",
		files: `web/dev/Chart.yaml web/dev/u.yaml web/dev/d.yaml web/dev/a-dev.yaml web/dev/e.yaml api/dev/kustomization.yaml`,
		want: `
dev/api: kustomize api/dev
dev/web: helm web/dev web/dev/d.yaml web/dev/u.yaml web/dev/a-dev.yaml web/dev/e.yaml`,
	},

	// Errors.
	{name: "nothing", files: `main.go README.md config.yaml apps/web/x.yaml`, want: `
found no app to render
  hint: lay the repository out in one of these ways:
  apps/<app>/overlays/<env>/   a kustomization, a chart or plain YAML
  charts/<app>/                a Chart.yaml, and a values-<env>.yaml for each environment
  environments/<env>/<app>/    plain YAML, a kustomization or a chart
  overlays/<env>/              a single app; also as deploy/overlays/<env>/
  Chart.yaml                   a single app, with values-<env>.yaml beside it; also in deploy/
  deploy/                      a single app in one environment, "default"
or say in plainsail.yaml where the units are:
  apiVersion: plainsail.dev/v1alpha1
  kind: Config
  units:
    - path: path/to/{app}/{env}`},
	{
		name:  "patterns that match nothing",
		file:  "units:\n- path: app/{app}/{env}\n- path: charts/{app}\n  type: helm\n  values: [\"values-{env}.yaml\"]\n- path: apps/{app}/{env}\n",
		files: `apps/web/dev/x.yaml charts/web/Chart.yaml`,
		want: `
4: units[0].path: "app/{app}/{env}" matches no unit
  hint: check the path and the type; the folders must hold what the type says
5: units[1].path: "charts/{app}" matches no unit
  hint: check the path and the type; the folders must hold what the type says, and values-{env}.yaml for each environment`,
	},
	{
		name:  "undeclared environments",
		file:  "environments: [{name: dev}, {name: prod}]\n",
		files: `apps/web/overlays/prdo/x.yaml apps/web/overlays/qa/x.yaml charts/web/Chart.yaml charts/web/values-deb.yaml`,
		want: `
apps/web/overlays/prdo: environment "prdo" is not declared in plainsail.yaml
  hint: did you mean "prod"? rename it, or declare the environment
apps/web/overlays/qa: environment "qa" is not declared in plainsail.yaml
  hint: declare it in environments, beside dev, prod
charts/web/values-deb.yaml: environment "deb" is not declared in plainsail.yaml
  hint: did you mean "dev"? rename it, or declare the environment`,
	},
	{
		name:  "found twice",
		files: `apps/web/overlays/dev/x.yaml charts/web/Chart.yaml charts/web/values-dev.yaml`,
		want: `
charts/web: web in dev is in apps/web/overlays/dev too
  hint: rename one of the folders, or write units in plainsail.yaml so that only one of them is found`,
	},
	{
		name:  "found twice, bare",
		files: `kustomization.yaml deploy/x.yaml`,
		want: `
.: shop in default is in deploy too
  hint: rename one of the folders, or write units in plainsail.yaml so that only one of them is found`,
	},
	{
		name:  "two types",
		files: `apps/web/overlays/dev/Chart.yaml apps/web/overlays/dev/kustomization.yaml`,
		want: `
apps/web/overlays/dev: holds both a kustomization and a Chart.yaml
  hint: move one away, or add an entry with this path and a type: to units in plainsail.yaml`,
	},
	{
		name:  "bad names",
		files: `apps/My_App/overlays/dev/x.yaml apps/web/overlays/DEV/x.yaml`,
		want: `
apps/My_App/overlays/dev: "My_App" cannot be the name of an app
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end
apps/web/overlays/DEV: "DEV" cannot be the name of an environment
  hint: use lower-case letters, digits, "-" and "."; begin and end with a letter or digit; at most 63 characters; no ".lock" at the end`,
	},
	{
		name:  "apps and environments without units",
		file:  "apps:\n  wbe: {}\n  web:\n    environments:\n      dve: {}\n      prod: {}\n",
		files: `apps/web/overlays/dev/x.yaml apps/api/overlays/prod/x.yaml`,
		want: `
4: apps.wbe: no unit of an app "wbe" was found
  hint: did you mean "web"?
7: apps.web.environments.dve: no unit of web in "dve" was found
  hint: did you mean "dev"?
8: apps.web.environments.prod: no unit of web in "prod" was found
  hint: known: dev`,
	},
	{
		name:  "settings of another type",
		file:  "apps:\n  web:\n    values: [x.yaml]\n    hooks: drop\n    loadRestrictor: none\n    environments:\n      dev: {includeCRDs: true}\n",
		files: `apps/web/overlays/dev/x.yaml apps/web/overlays/prod/kustomization.yaml`,
		want: `
5: apps.web.values is for helm, but this is kustomize and plain
  hint: remove it, or move it to an app that it is meant for
6: apps.web.hooks is for helm, but this is kustomize and plain
  hint: remove it, or move it to an app that it is meant for
9: apps.web.environments.dev.includeCRDs is for helm, but this is plain
  hint: remove it, or move it to an app that it is meant for`,
	},
	{
		name:  "missing values files",
		file:  "apps:\n  web:\n    values: [extra.yaml, \"{env}/x.yaml\", sub]\n",
		files: `charts/web/Chart.yaml charts/web/values-dev.yaml charts/web/sub/x`,
		want: `
5: apps.web.values[0]: no file charts/web/extra.yaml (web in dev)
  hint: add the file, or take it off the list
5: apps.web.values[1]: no file charts/web/dev/x.yaml (web in dev)
  hint: add the file, or take it off the list
5: apps.web.values[2]: no file charts/web/sub (web in dev)
  hint: add the file, or take it off the list`,
	},
	{
		name:  "names that grow too long or odd",
		file:  "defaults:\n  namespace: \"{app}-{env}\"\n  release: \"{app}-0123456789012345678901234567890123456789012345\"\napps:\n  the.app: {namespace: fine, release: fine}\n",
		files: `apps/my.app/overlays/dev/Chart.yaml apps/my-application/overlays/dev/Chart.yaml apps/the.app/overlays/dev/Chart.yaml apps/my-other-application/overlays/dev/x.yaml`,
		want: `
4: defaults.namespace: "my.app-dev" is not a namespace (my.app in dev)
  hint: use lower-case letters, digits and "-"; at most 63 characters
5: defaults.release: "my-application-0123456789012345678901234567890123456789012345" is not a release name (my-application in dev)
  hint: use lower-case letters, digits, "-" and "."; at most 53 characters`,
	},
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	for _, tc := range discoverCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := &config.Config{}
			if tc.file != "" {
				var err error
				if c, err = config.Parse("plainsail.yaml", []byte(head+tc.file)); err != nil {
					t.Fatal(err)
				}
			}
			plan, err := c.Discover(tree(tc.files), config.DiscoverOptions{DefaultApp: "Shop.git"})
			got := describe(err)
			if err == nil {
				got = list(plan)
			} else if plan != nil {
				t.Error("got a Plan besides the error")
			}
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// list writes a unit a line.
func list(plan *config.Plan) string {
	var lines []string
	for _, u := range plan.Units {
		line := fmt.Sprintf("%s/%s: %s %s %s", u.Env, u.App, u.Type, u.Path, strings.Join(u.Values, " "))
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}

func TestDiscoverEnvironments(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("plainsail.yaml", []byte(head+"environments: [{name: prod}, {name: empty}, {name: dev}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Discover(tree("overlays/dev/x.yaml"), config.DiscoverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"prod", "empty", "dev"}, plan.Environments); diff != "" {
		t.Errorf("declared ones, -want +got:\n%s", diff)
	}
	plan, err = new(config.Config).Discover(tree("overlays/prod/x.yaml overlays/dev/x.yaml"), config.DiscoverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dev", "prod"}, plan.Environments); diff != "" {
		t.Errorf("found ones, -want +got:\n%s", diff)
	}
}

func TestDefaultApp(t *testing.T) {
	t.Parallel()
	for repository, want := range map[string]string{
		"shop":       "shop",
		"Web_Shop":   "web-shop",
		"shop.git":   "shop",
		"web.shop":   "web.shop",
		"":           "app",
		"...":        "app",
		"shop.lock":  "app",
		"-shop-":     "shop",
		"Grüße":      "gr--e",
		"a/../../b!": "app",
	} {
		plan, err := new(config.Config).Discover(tree("deploy/x.yaml"), config.DiscoverOptions{DefaultApp: repository})
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Units[0].App; got != want {
			t.Errorf("%q: got %q, want %q", repository, got, want)
		}
	}
}

// TestDiscoverSymlinks: links to folders and files count, and loops and links
// that lead nowhere do not hurt.
func TestDiscoverSymlinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("no symlinks here: ", err)
		}
	}
	write("apps/web/overlays/dev/kustomization.yaml")
	write("apps/web/overlays/prod/README")
	link("dev", "apps/web/overlays/qa")
	link("../dev/kustomization.yaml", "apps/web/overlays/prod/kustomization.yaml")
	link(".", "apps/web/overlays/loop")
	link("../..", "apps/web/overlays/up")
	link("nowhere", "apps/web/overlays/uat")
	link("web", "apps/alias")

	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	plan, err := new(config.Config).Discover(root.FS(), config.DiscoverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `dev/alias: kustomize apps/alias/overlays/dev
dev/web: kustomize apps/web/overlays/dev
qa/alias: kustomize apps/alias/overlays/qa
qa/web: kustomize apps/web/overlays/qa
prod/alias: kustomize apps/alias/overlays/prod
prod/web: kustomize apps/web/overlays/prod`
	if diff := cmp.Diff(want, list(plan)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// locked is a file system with one path that cannot be opened.
type locked struct {
	fs.FS
	path string
}

func (l locked) Open(name string) (fs.File, error) {
	if name == l.path {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.FS.Open(name)
}

// TestDiscoverUnreadable: what cannot be read is never taken for missing.
func TestDiscoverUnreadable(t *testing.T) {
	t.Parallel()
	files := tree("apps/web/overlays/dev/kustomization.yaml charts/api/Chart.yaml charts/api/values-dev.yaml")
	for _, path := range []string{"apps", "apps/web/overlays", "apps/web/overlays/dev", "charts/api"} {
		plan, err := new(config.Config).Discover(locked{files, path}, config.DiscoverOptions{})
		want := "look for units: open " + path + ": permission denied"
		if plan != nil || !errors.Is(err, fs.ErrPermission) || err.Error() != want {
			t.Errorf("%s: got %v, %v, want %s", path, plan, err, want)
		}
	}
	if c, err := config.Load(locked{files, config.FileName}); c != nil || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Load: got %v, %v", c, err)
	}
}

func TestDetectType(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		files string
		want  config.Type
		err   string
	}{
		{"d/kustomization.yaml d/x.yaml", config.Kustomize, ""},
		{"d/kustomization.yml", config.Kustomize, ""},
		{"d/Kustomization", config.Kustomize, ""},
		{"d/Chart.yaml d/values.yaml", config.Helm, ""},
		{"d/x.yaml", config.Plain, ""},
		{"d/x.yml", config.Plain, ""},
		{"d/x.json", config.Plain, ""},
		{"d/Chart.yaml d/Kustomization", "",
			"d: holds both a kustomization and a Chart.yaml\n  hint: say which one it is, with type: kustomize or type: helm"},
		{"d/x/x.yaml d/README.md", "",
			"d: nothing to render here\n  hint: a unit's folder holds a kustomization.yaml, a Chart.yaml or YAML files"},
		{"x.yaml", "", "look into d: open d: file does not exist"},
	} {
		got, err := config.DetectType(tree(tc.files), "d")
		if got != tc.want || describe(err) != tc.err {
			t.Errorf("%s: got %q, %q, want %q, %q", tc.files, got, describe(err), tc.want, tc.err)
		}
	}
}
