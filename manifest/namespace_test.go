package manifest_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

const sopsSecret = `# encrypted with SOPS
kind: Secret
apiVersion: v1
stringData:
  b: ENC[AES256_GCM,data:b,iv:i,tag:t,type:str]
  a: ENC[AES256_GCM,data:a,iv:i,tag:t,type:str]
# who it is
metadata:
  name: login # kept
  labels: {z: "1", a: "yes"}
sops:
  mac: ENC[AES256_GCM,data:m,iv:i,tag:t,type:str]
  mac_only_encrypted: true
  age:
    - recipient: age1
      enc: |
        -----BEGIN AGE ENCRYPTED FILE-----
        x
        -----END AGE ENCRYPTED FILE-----
`

func TestSOPSKeepsItsBytes(t *testing.T) {
	t.Parallel()
	want := strings.TrimPrefix(sopsSecret, "# encrypted with SOPS\n")
	for name, in := range map[string]string{
		"alone":             sopsSecret,
		"in a stream":       "a: b\n--- # the secret\n" + sopsSecret + "---\nc: d\n",
		"before an end":     sopsSecret + "...\n",
		"without line end":  strings.TrimSuffix(sopsSecret, "\n"),
		"with blanks below": sopsSecret + "\n\n",
		"byte order mark":   "\ufeff" + sopsSecret,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects := decodeAll(t, in)
			i := slices.IndexFunc(objects, (*manifest.Object).Encrypted)
			if i < 0 {
				t.Fatal("no encrypted object")
			}
			if got := string(yamlOf(t, objects[i])); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if again := yamlOf(t, objects[i].WithoutAnnotation("a")); string(again) != want {
				t.Errorf("WithoutAnnotation changed it to %s", again)
			}
		})
	}
}

func yamlOf(t *testing.T, o *manifest.Object) []byte {
	t.Helper()
	doc, err := o.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDecodeLeavesInputAlone(t *testing.T) {
	t.Parallel()
	in := []byte(sopsSecret + "   \n---\na: b\n")
	saved := string(in)
	objects, err := manifest.Decode(in, "", true)
	if err != nil {
		t.Fatal(err)
	}
	first := string(yamlOf(t, objects[0]))
	for i := range in {
		in[i] = 'x'
	}
	if again := string(yamlOf(t, objects[0])); again != first || !strings.Contains(saved, first) {
		t.Errorf("the object shares memory with the input:\n%s", again)
	}
}

func TestWithNamespace(t *testing.T) {
	t.Parallel()
	before := decodeOne(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
	o, err := before.WithNamespace("web")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(yamlOf(t, o)), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: web\n"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if before.Namespace() != "" || o.Source != before.Source {
		t.Errorf("the original has namespace %q; the copy is from %s", before.Namespace(), o.Source)
	}
}

func TestWithNamespaceSOPS(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"block":     sopsSecret,
		"flow":      strings.Replace(sopsSecret, "metadata:\n  name: login # kept\n  labels: {z: \"1\", a: \"yes\"}\n", "metadata: {name: login, labels: {z: \"1\"}}\n", 1),
		"empty":     strings.Replace(sopsSecret, "  name: login", "  namespace: \"\"\n  name: login", 1),
		"null":      strings.Replace(sopsSecret, "  name: login", "  namespace:\n  name: login", 1),
		"numberish": strings.Replace(sopsSecret, "a: \"yes\"", "a: \"0x1F\"", 1),
	} {
		for _, ns := range []string{"web", "123", "on"} {
			t.Run(name+" "+ns, func(t *testing.T) {
				t.Parallel()
				before := decodeOne(t, in)
				o, err := before.WithNamespace(ns)
				if err != nil {
					t.Fatal(err)
				}
				doc := string(yamlOf(t, o))
				if got, want := topKeys(doc), []string{"kind", "apiVersion", "stringData", "metadata", "sops"}; !slices.Equal(got, want) {
					t.Errorf("keys: got %q, want %q", got, want)
				}
				if strings.Index(doc, "  b: ENC") > strings.Index(doc, "  a: ENC") {
					t.Errorf("the values changed places:\n%s", doc)
				}
				again := decodeOne(t, doc)
				if again.Namespace() != ns || !reflect.DeepEqual(again.Content(), o.Content()) {
					t.Errorf("the document does not say what the object says:\n%s", doc)
				}
				if before.Namespace() != "" {
					t.Error("the original changed")
				}
			})
		}
	}
}

func topKeys(doc string) []string {
	var keys []string
	for line := range strings.Lines(doc) {
		if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "#") {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestWithNamespaceRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"MAC over everything", strings.Replace(sopsSecret, "only_encrypted: true", "only_encrypted: false", 1),
			"f.yaml:2: Secret login is encrypted by SOPS and its MAC covers metadata.namespace, so the namespace web cannot be set here: " +
				"write it into the document and encrypt again, or encrypt with mac_only_encrypted"},
		{"MAC over everything, by default", strings.Replace(sopsSecret, "  mac_only_encrypted: true\n", "", 1),
			"f.yaml:2: Secret login is encrypted by SOPS and its MAC covers metadata.namespace, so the namespace web cannot be set here: " +
				"write it into the document and encrypt again, or encrypt with mac_only_encrypted"},
		{"metadata by alias", "a: &m {name: x}\nkind: Secret\nmetadata: *m\nsops: {mac_only_encrypted: true}\n",
			"f.yaml:1: Secret x is encrypted by SOPS and cannot be given the namespace web: it has no metadata mapping of its own; write it into the document"},
		{"metadata shared", "kind: Secret\nmetadata: &m {name: x}\na: *m\nsops: {mac_only_encrypted: true}\n",
			"f.yaml:1: Secret x is encrypted by SOPS and cannot be given the namespace web: the edited document reads differently; write it into the document"},
		{"no metadata", "kind: Secret\nsops: {mac_only_encrypted: true}\n",
			"f.yaml:1: Secret  is encrypted by SOPS and cannot be given the namespace web: it has no metadata mapping of its own; write it into the document"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := decodeOne(t, tt.in).WithNamespace("web")
			if err == nil || err.Error() != tt.want || o != nil {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestFillNamespace(t *testing.T) {
	t.Parallel()
	objects := []*manifest.Object{
		named("v1", "ConfigMap", "", "a"), named("v1", "ConfigMap", "own", "b"), named("v1", "Namespace", "", "c"),
		named("rbac.authorization.k8s.io/v1", "ClusterRole", "", "d"), named("example.com/v1", "Foo", "", "e"), named("example.com/v2", "Foo", "", "f"),
		named("example.com/v1", "Bar", "", "g"), named("example.com/v1", "Baz", "own", "h"), named("example.com/v1", "Wide", "", "i"),
		manifest.New(object{"a": "b"}, manifest.Source{}), decodeOne(t, sopsSecret),
	}
	wide := manifest.Scopes{}.With(manifest.ScopeCluster, manifest.GroupKind{Group: "example.com", Kind: "Wide"})
	filled, unknown, err := manifest.FillNamespace(objects, "web", wide)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range filled {
		got = append(got, o.ID().String())
	}
	want := []string{"ConfigMap web/a", "ConfigMap own/b", "Namespace c", "ClusterRole.rbac.authorization.k8s.io d", "Foo.example.com e", "Foo.example.com f",
		"Bar.example.com g", "Baz.example.com own/h", "Wide.example.com i", " ", "Secret web/login"}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if want := []manifest.GroupKind{{Group: "example.com", Kind: "Foo"}, {Group: "example.com", Kind: "Bar"}}; !slices.Equal(unknown, want) {
		t.Errorf("unknown: got %v, want %v", unknown, want)
	}
	if objects[0].Namespace() != "" {
		t.Error("an original changed")
	}
}

func TestFillNamespaceErrors(t *testing.T) {
	t.Parallel()
	refused := strings.Replace(sopsSecret, "  mac_only_encrypted: true\n", "", 1)
	filled, unknown, err := manifest.FillNamespace(decodeAll(t, refused+"---\n"+strings.Replace(refused, "login", "other", 1)), "web", manifest.Scopes{})
	if err == nil || filled != nil || unknown != nil {
		t.Fatalf("got %d objects and error %v", len(filled), err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "f.yaml:2: Secret login ") || !strings.HasPrefix(lines[1], "f.yaml:21: Secret other ") {
		t.Errorf("got %q", lines)
	}
}
