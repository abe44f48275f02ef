package manifest_test

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

func named(apiVersion, kind, namespace, name string) *manifest.Object {
	metadata := object{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return manifest.New(object{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}, manifest.Source{})
}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ apiVersion, kind, namespace, name, want string }{
		{"v1", "Service", "shop", "web", "shop/service-web.yaml"},
		{"serving.knative.dev/v1", "Service", "shop", "web", "shop/service.serving.knative.dev-web.yaml"},
		{"apps/v1", "Deployment", "shop", "web-2", "shop/deployment.apps-web-2.yaml"},
		{"apps/v1beta1", "Deployment", "shop", "web-2", "shop/deployment.apps-web-2.yaml"},
		{"v1", "Namespace", "", "shop", "namespace-shop.yaml"},
		{"cert-manager.io/v1", "Certificate", "shop", "web", "shop/certificate.cert-manager.io-web.yaml"},
		{"cert-manager.io/v1", "Certificate", "shop", "www.my-shop.com", "shop/certificate.cert-manager.io-www.my-shop.com.yaml"},
		{"acme.cert-manager.io/v1", "Order", "shop", "web", "shop/order.acme.cert_2dmanager.io-web.yaml"},
		{"cluster.x-k8s.io/v1beta1", "Cluster", "infra", "prod", "infra/cluster.cluster.x-k8s.io-prod.yaml"},
		{"secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "shop", "a", "shop/secretproviderclass.secrets-store.csi.x-k8s.io-a.yaml"},
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "certificates.cert-manager.io", "customresourcedefinition.apiextensions.k8s.io-certificates.cert-manager.io.yaml"},
		{"rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:Basic_User", "clusterrole.rbac.authorization.k8s.io-system_3a_42asic_5f_55ser.yaml"},
		{"v1", "ConfigMap", "", "../../etc/passwd", "configmap-_2e._2f.._2fetc_2fpasswd.yaml"},
		{"v1", "ConfigMap", "..", "a", "_2e./configmap-a.yaml"},
		{"v1", "ConfigMap", "a/b", ".", "a_2fb/configmap-_2e.yaml"},
		{"v1", "Config-Map.x", "", "é", "config_2dmap_2ex-_c3_a9.yaml"},
		{"made-up/v1", "Foo", "", "a", "foo.made-up_-a.yaml"},
		{"v1", "ConfigMap", "", strings.Repeat("a", 200), "configmap-" + strings.Repeat("a", 93) + "-74685f4c5f3d8b2a.yaml"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			if got := named(tt.apiVersion, tt.kind, tt.namespace, tt.name).Path(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPathOfGeneratedName(t *testing.T) {
	t.Parallel()
	job := func(image string) *manifest.Object {
		return manifest.New(object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"generateName": "migrate-"}, "spec": object{"image": image}}, manifest.Source{})
	}
	a, b := job("a").Path(), job("b").Path()
	want := regexp.MustCompile(`^job\.batch-migrate-[0-9a-f]{16}\.yaml$`)
	if !want.MatchString(a) || !want.MatchString(b) || a == b || a != job("a").Path() {
		t.Errorf("got %s and %s, want two paths like %s", a, b, want)
	}
}

// TestPathAmbiguous holds pairs that one separator for everything would send to one file.
func TestPathAmbiguous(t *testing.T) {
	t.Parallel()
	for _, tt := range [][2]*manifest.Object{
		{named("v1", "Service", "a", "web"), named("serving.knative.dev/v1", "Service", "a", "web")},
		{named("apps/v1", "Foo", "", "b.io-x"), named("apps-b.io/v1", "Foo", "", "x")},
		{named("a.io/v1", "Foo", "", "b.io-x"), named("a.io-b.io/v1", "Foo", "", "x")},
		{named("cert/v1", "Foo", "", "manager.io-x"), named("cert-manager.io/v1", "Foo", "", "x")},
		{named("cluster.x/v1", "Foo", "", "k8s.io-a"), named("cluster.x-k8s.io/v1", "Foo", "", "a")},
		{named("a-b/v1", "Foo", "", "c"), named("a/v1", "Foo", "", "b-c")},
		{named("v1", "Foo-bar", "", "x"), named("v1", "Foo", "", "bar-x")},
		{named("v1", "Foo.apps", "", "x"), named("apps/v1", "Foo", "", "x")},
		{named("v1", "Foo", "", "A"), named("v1", "Foo", "", "_41")},
		{named("v1", "Foo", "", "a"), named("v1", "Foo", "", "A")},
		{named("v1", "Foo", "a", "b"), named("v1", "Foo", "", "b")},
	} {
		if a, b := tt[0].Path(), tt[1].Path(); a == b {
			t.Errorf("%s and %s are both %s", tt[0].ID(), tt[1].ID(), a)
		}
	}
}

// TestPathExhaustive tries all short identities over an alphabet of what makes paths ambiguous.
func TestPathExhaustive(t *testing.T) {
	t.Parallel()
	var parts, kinds []string
	for _, a := range []string{"apps", "b.io", "x", "c"} {
		parts = append(parts, a)
		for _, b := range []string{"-", ".", "_", "-.", "_-", "_2d"} {
			for _, c := range []string{"", "b.io", "x", "d-e.io"} {
				parts = append(parts, a+b+c, b+a+c)
			}
		}
	}
	kinds = append(kinds, "k", "k-k", "k.apps", "k_", "k-")
	seen := make(map[string]manifest.ID)
	for _, kind := range kinds {
		for _, group := range append(parts, "") {
			for _, name := range parts {
				o := named(group+"/v1", kind, "", name)
				p := o.Path()
				if other, taken := seen[p]; taken && other != o.ID() {
					t.Fatalf("%s and %s are both %s", other, o.ID(), p)
				}
				seen[p] = o.ID()
			}
		}
	}
}

var hashed = regexp.MustCompile(`-[0-9a-f]{16}(\.yaml)?$`)

func FuzzPath(f *testing.F) {
	f.Add("apps", "Foo", "", "b.io-x", "apps-b.io", "Foo", "", "x")
	f.Add("", "Service", "a", "web", "serving.knative.dev", "Service", "a", "web")
	f.Add("a.b", "K", "..", "../..", "a", "K", "ns", "b-A")
	f.Fuzz(func(t *testing.T, g1, k1, ns1, n1, g2, k2, ns2, n2 string) {
		a, b := named(g1+"/v1", k1, ns1, n1), named(g2+"/v1", k2, ns2, n2)
		if strings.Contains(g1+g2, "/") {
			t.Skip() // the rest would be the version
		}
		pa, pb := a.Path(), b.Path()
		for _, p := range []string{pa, pb} {
			if err := checkPath(p); err != nil {
				t.Fatal(err)
			}
		}
		if n1 == "" || n2 == "" || k1 != k2 && lower(k1) == lower(k2) {
			return
		}
		if pa == pb && a.ID() != b.ID() && !hashed.MatchString(pa) && !hashed.MatchString(path.Dir(pa)) {
			t.Fatalf("%q and %q are both %s", a.ID(), b.ID(), pa)
		}
	})
}

// lower is what Path makes of a kind; equal folding is another relation.
func lower(kind string) string { return strings.ToLower(kind) }

// checkPath checks what must hold for the path of any object, also one that is not valid.
func checkPath(p string) error {
	segments := strings.Split(p, "/")
	switch {
	case len(p) > 255:
		return fmt.Errorf("%d bytes: %s", len(p), p)
	case len(segments) > 2:
		return fmt.Errorf("%d folders: %s", len(segments)-1, p)
	case strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789-._/") != "" && strings.ToLower(p) != p:
		return fmt.Errorf("a character that file systems differ on: %q", p)
	case path.Clean(p) != p || path.IsAbs(p):
		return fmt.Errorf("not a clean path: %q", p)
	case !strings.HasSuffix(p, ".yaml"):
		return fmt.Errorf("not .yaml: %s", p)
	}
	for _, s := range segments {
		if s == "" || s[0] == '.' {
			return fmt.Errorf("a hidden or empty segment: %q", p)
		}
	}
	for i := range len(p) {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-._/", rune(p[i])) {
			return fmt.Errorf("the character %q: %q", p[i], p)
		}
	}
	return nil
}
