package render

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/internal/testtools"
)

// What versions.go says about the engines is what go.mod pins, and so do the programs that tests compare with.
func TestVersionsAgreeWithGoMod(t *testing.T) {
	t.Parallel()
	root, err := testtools.Root()
	if err != nil {
		t.Fatal(err)
	}
	main, kustomize, helm := filepath.Join(root, "go.mod"), toolMod(t, "kustomize"), toolMod(t, "helm")
	for _, tt := range []struct{ name, got, mod, module string }{
		{"HelmVersion", HelmVersion, main, "helm.sh/helm/v3"},
		{"HelmVersion", HelmVersion, helm, "helm.sh/helm/v3"},
		{"KustomizeVersion", KustomizeVersion, kustomize, "sigs.k8s.io/kustomize/kustomize/v5"},
		{"kustomizeAPIVersion", kustomizeAPIVersion, main, "sigs.k8s.io/kustomize/api"},
		{"kustomizeAPIVersion", kustomizeAPIVersion, kustomize, "sigs.k8s.io/kustomize/api"},
		{"kustomizeAPIVersion", kustomizeAPIVersion, main, "sigs.k8s.io/kustomize/kyaml"},
		{"kustomizeAPIVersion", kustomizeAPIVersion, kustomize, "sigs.k8s.io/kustomize/kyaml"},
	} {
		if want := required(t, tt.mod, tt.module); tt.got != want {
			t.Errorf("%s is %s; %s requires %s %s", tt.name, tt.got, tt.mod, tt.module, want)
		}
	}
	// The helm command takes the minor version of its k8s.io/client-go for that of Kubernetes.
	minor := strings.Split(required(t, main, "k8s.io/client-go"), ".")[1]
	if want := "v1." + minor + ".0"; DefaultKubeVersion != want {
		t.Errorf("DefaultKubeVersion is %s; the k8s.io/client-go of go.mod stands for %s", DefaultKubeVersion, want)
	}
}

func toolMod(t *testing.T, tool string) string {
	t.Helper()
	dir, err := testtools.ToolDir(tool)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "go.mod")
}

func required(t *testing.T, mod, module string) string {
	t.Helper()
	text, err := os.ReadFile(mod)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^(?:require )?\s*` + regexp.QuoteMeta(module) + ` (v\S+)`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s does not require %s", mod, module)
	}
	return string(m[1])
}
