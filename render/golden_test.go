package render_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/internal/testtools"
	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

var update = flag.Bool("update", false, "rewrite testdata/render/*/want")

// goldenCase is case.yaml of a folder of testdata/render: what the configuration would say of the unit in the folder in.
type goldenCase struct {
	Type           config.Type
	Path           string
	Namespace      string
	Release        string
	Values         []string
	KubeVersion    string
	APIVersions    []string
	IncludeCRDs    *bool
	DropHooks      bool
	LoadRestrictor config.LoadRestrictor
}

func (c goldenCase) unit() config.Unit {
	u := unit(c.Type, c.Path)
	u.Namespace, u.Values, u.KubeVersion, u.APIVersions, u.DropHooks = c.Namespace, c.Values, c.KubeVersion, c.APIVersions, c.DropHooks
	if c.Release != "" {
		u.Release = c.Release
	}
	if c.IncludeCRDs != nil {
		u.IncludeCRDs = *c.IncludeCRDs
	}
	if c.LoadRestrictor != "" {
		u.LoadRestrictor = c.LoadRestrictor
	}
	return u
}

const goldenDir = "../testdata/render"

// eachGolden runs a test for each case, with a copy of its source.
func eachGolden(t *testing.T, test func(t *testing.T, dir, root string, c goldenCase)) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(goldenDir, "*", "case.yaml"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases in %s: %v", goldenDir, err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			var c goldenCase
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.UnmarshalStrict(data, &c); err != nil {
				t.Fatal(err)
			}
			test(t, dir, goldenSource(t, filepath.Join(dir, "in")), c)
		})
	}
}

// goldenSource copies a source. A folder NAME.tgz.d becomes the packaged chart NAME.tgz.
func goldenSource(t *testing.T, in string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(root, os.DirFS(in)); err != nil {
		t.Fatal(err)
	}
	var packed []string
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasSuffix(path, ".tgz.d") {
			packed = append(packed, path)
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range packed {
		name := strings.TrimSuffix(filepath.Base(dir), ".tgz.d")
		packFolder(t, strings.TrimSuffix(dir, ".d"), name[:strings.LastIndex(name, "-")], dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestGolden renders each case as a unit, through everything that a unit goes through, and compares the whole tree of files.
func TestGolden(t *testing.T) {
	t.Parallel()
	eachGolden(t, func(t *testing.T, dir, root string, c goldenCase) {
		r := engine(t, root).Unit(context.Background(), c.unit(), nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		got := map[string]string{}
		for _, o := range r.Set {
			y, err := o.YAML()
			if err != nil {
				t.Fatal(err)
			}
			got[o.Path()] = string(y)
		}
		if len(r.Warnings) > 0 {
			got["WARNINGS"] = strings.Join(r.Warnings, "\n") + "\n"
		}
		want := filepath.Join(dir, "want")
		if *update {
			writeTree(t, want, got)
		}
		if diff := cmp.Diff(readTree(t, want), got); diff != "" {
			t.Errorf("go test ./render -run TestGolden -update rewrites %s (-want +got)\n%s", want, diff)
		}
	})
}

func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

func writeTree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReferees gives each case to the real kustomize and helm, and compares what they print with what the engines give.
func TestReferees(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it builds kustomize and helm")
	}
	t.Parallel()
	kustomize, helm := testtools.Build(t, "kustomize"), testtools.Build(t, "helm")
	eachGolden(t, func(t *testing.T, _, root string, c goldenCase) {
		u := c.unit()
		path := filepath.Join(root, c.Path)
		var cmd *exec.Cmd
		var out *render.Output
		var err error
		e := engine(t, root)
		switch c.Type {
		case config.Kustomize:
			out, err = e.Kustomize(context.Background(), c.Path, render.KustomizeOptions{EnableHelm: true,
				NoLoadRestrictor: c.LoadRestrictor == config.LoadNone, KubeVersion: c.KubeVersion, APIVersions: c.APIVersions})
			args := []string{"build", path, "--enable-helm", "--helm-command", helm}
			if c.LoadRestrictor == config.LoadNone {
				args = append(args, "--load-restrictor", "LoadRestrictionsNone")
			}
			if c.KubeVersion != "" {
				args = append(args, "--helm-kube-version", c.KubeVersion)
			}
			for _, v := range c.APIVersions {
				args = append(args, "--helm-api-versions", v)
			}
			cmd = exec.Command(kustomize, args...)
		case config.Helm:
			out, err = e.Helm(context.Background(), c.Path, render.HelmOptions{Release: u.Release, Namespace: c.Namespace, Values: c.Values,
				KubeVersion: c.KubeVersion, APIVersions: c.APIVersions, IncludeCRDs: u.IncludeCRDs})
			args := []string{"template", u.Release, path}
			if c.Namespace != "" {
				args = append(args, "--namespace", c.Namespace)
			}
			for _, v := range c.Values {
				args = append(args, "--values", filepath.Join(root, v))
			}
			if c.KubeVersion != "" {
				args = append(args, "--kube-version", c.KubeVersion)
			}
			for _, v := range c.APIVersions {
				args = append(args, "--api-versions", v)
			}
			if u.IncludeCRDs {
				args = append(args, "--include-crds")
			}
			cmd = exec.Command(helm, args...)
		default:
			t.Skip("plain files have no referee")
		}
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.Output()
		if err != nil {
			var ee *exec.ExitError
			errors.As(err, &ee)
			t.Fatalf("%s: %v\n%s", cmd, err, ee.Stderr)
		}
		want, err := manifest.Decode(stdout, "reference", false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(canonical(t, want, nil), canonical(t, out.Objects, nil)); diff != "" {
			t.Errorf("objects differ (-reference +plainsail)\n%s", diff)
		}
	})
}
