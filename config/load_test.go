package config_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/config"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	file := &fstest.MapFile{Data: []byte(head + "apps:\n  web: {}\n")}
	want := &config.Config{
		APIVersion: config.APIVersion,
		Kind:       config.Kind,
		Apps:       map[string]config.App{"web": {}},
	}
	for _, tc := range []struct {
		name string
		fsys fstest.MapFS
		want *config.Config
		err  string
	}{
		{"no file", fstest.MapFS{}, &config.Config{}, ""},
		{"plainsail.yaml", fstest.MapFS{"plainsail.yaml": file}, want, ""},
		{"plainsail.yml", fstest.MapFS{"plainsail.yml": file}, want, ""},
		{"both", fstest.MapFS{"plainsail.yaml": file, "plainsail.yml": file}, nil,
			"plainsail.yml: there is a plainsail.yaml too\n  hint: keep one of them"},
		{"error in plainsail.yml", fstest.MapFS{"plainsail.yml": {Data: []byte(head + "app: {}\n")}}, nil,
			"plainsail.yml:3: unknown key \"app\"\n  hint: did you mean \"apps\"?"},
		{"a folder", fstest.MapFS{"plainsail.yaml/x": file}, nil,
			"read configuration: read plainsail.yaml: invalid argument"},
		{"a large file", fstest.MapFS{"plainsail.yaml": {Data: []byte("# " + strings.Repeat("x", config.MaxSize))}}, nil,
			"1: the file is larger than 1 MiB\n  hint: is this the right file?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := config.Load(tc.fsys)
			if diff := cmp.Diff(tc.err, describe(err)); diff != "" {
				t.Errorf("error, -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, got, onlyExported); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestParseAliases: aliases are fine, as long as they do not multiply.
func TestParseAliases(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("plainsail.yaml", []byte(head+"apps:\n  web: &web {namespace: shared}\n  api: *web\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Apps["api"].Namespace; got != "shared" {
		t.Errorf("namespace of api is %q", got)
	}

	bomb := head + "defaults:\n  values: &v [" + strings.Repeat("x,", 999) + "x]\napps:\n"
	for i := range 26 {
		bomb += "  " + string(rune('a'+i)) + ": {values: *v}\n"
	}
	_, err = config.Parse("plainsail.yaml", []byte(bomb))
	const want = "4: apps.j.values[989]: the aliases stand for more than 10000 values\n  hint: write the values out instead of repeating aliases"
	if diff := cmp.Diff(want, describe(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBranch(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ pattern, branch, path string }{
		{"", "env/prod", ""},
		{"rendered/{env}", "rendered/prod", ""},
		{"k8s-{env}.yaml", "k8s-prod.yaml", ""},
		{"rendered", "rendered", "prod"},
	} {
		c := &config.Config{Rendered: config.Rendered{Branch: tc.pattern}}
		if branch, path := c.Branch("prod"); branch != tc.branch || path != tc.path {
			t.Errorf("%q: got %q, %q, want %q, %q", tc.pattern, branch, path, tc.branch, tc.path)
		}
	}
}
