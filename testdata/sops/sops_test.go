// Package sops tests against SOPS itself that what plainsail writes still verifies. It is a module of its own, so that
// the hundred modules that SOPS needs for its key services stay out of plainsail's.
package sops

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/stores/yaml"

	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

// plaintext has its keys in an order of its own, so that sorting them would show.
const plaintext = `kind: Secret
apiVersion: v1
type: Opaque
metadata:
  name: login
  labels:
    zone: "1"
    app: web
stringData:
  username: admin
  password: "yes"
  config.ini: |
    [server]
    port = 8080

    [client]
data:
  token: aHVudGVyMg==
`

// key makes an age key and lets SOPS find it.
func key(t *testing.T) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY", identity.String())
	t.Setenv("SOPS_AGE_KEY_FILE", "")
	t.Setenv("HOME", t.TempDir())
	return identity
}

func store() *yaml.Store { return yaml.NewStore(&config.YAMLStoreConfig{Indent: 2}) }

// encrypt is what "sops encrypt --encrypted-regex '^(data|stringData)$'" does.
func encrypt(t *testing.T, plain string, identity *age.X25519Identity, macOnlyEncrypted bool) []byte {
	t.Helper()
	recipients, err := sopsage.MasterKeysFromRecipients(identity.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	var group sops.KeyGroup
	for _, r := range recipients {
		group = append(group, r)
	}
	branches, err := store().LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	tree := sops.Tree{Branches: branches, Metadata: sops.Metadata{
		KeyGroups: []sops.KeyGroup{group}, EncryptedRegex: "^(data|stringData)$", MACOnlyEncrypted: macOnlyEncrypted, Version: "3.13.3",
	}}
	dataKey, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(dataKey, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.LastModified = time.Now().UTC()
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, dataKey, tree.Metadata.LastModified.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := store().EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(doc, []byte("hunter2")) || !bytes.Contains(doc, []byte("ENC[AES256_GCM,")) {
		t.Fatalf("not encrypted:\n%s", doc)
	}
	return doc
}

// decrypt is what "sops decrypt" does. The error says that the MAC does not match.
func decrypt(t *testing.T, doc []byte) (string, error) {
	t.Helper()
	tree, err := store().LoadEncryptedFile(doc)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	dataKey, err := tree.Metadata.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()}, sops.DefaultDecryptionOrder)
	if err != nil {
		t.Fatal(err)
	}
	cipher := aes.NewCipher()
	computed, err := tree.Decrypt(dataKey, cipher)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := store().EmitPlainFile(tree.Branches)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := cipher.Decrypt(tree.Metadata.MessageAuthenticationCode, dataKey, tree.Metadata.LastModified.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	if stored != computed {
		return string(plain), fmt.Errorf("the MAC does not match")
	}
	return string(plain), nil
}

// one decodes a document that must hold one encrypted object.
func one(t *testing.T, doc []byte) *manifest.Object {
	t.Helper()
	objects, err := manifest.Decode(doc, "login.yaml", true)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 1 || !objects[0].Encrypted() {
		t.Fatalf("got %d objects of\n%s", len(objects), doc)
	}
	return objects[0]
}

func written(t *testing.T, o *manifest.Object) []byte {
	t.Helper()
	doc, err := o.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDecodeAndWrite(t *testing.T) {
	identity := key(t)
	for _, macOnly := range []bool{true, false} {
		doc := encrypt(t, plaintext, identity, macOnly)
		for name, stream := range map[string][]byte{
			"alone":         doc,
			"second":        append([]byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n--- # the secret\n# its comment\n"), doc...),
			"Windows":       bytes.ReplaceAll(doc, []byte("\n"), []byte("\r\n")),
			"with comments": append([]byte("# comment\n"), bytes.Replace(doc, []byte("metadata:\n"), []byte("# comment\nmetadata: # comment\n"), 1)...),
		} {
			t.Run(fmt.Sprintf("%s, mac_only_encrypted %v", name, macOnly), func(t *testing.T) {
				objects, err := manifest.Decode(stream, "login.yaml", true)
				if err != nil {
					t.Fatal(err)
				}
				out := written(t, objects[len(objects)-1])
				got, err := decrypt(t, out)
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if name == "alone" && got != plaintext {
					t.Errorf("decrypted\n got %s\nwant %s", got, plaintext)
				}
				if name == "alone" && !bytes.Equal(out, doc) {
					t.Errorf("the document changed\n got %s\nwant %s", out, doc)
				}
			})
		}
	}
}

// TestSortedKeysBreakTheMAC shows why the order is kept.
func TestSortedKeysBreakTheMAC(t *testing.T) {
	o := one(t, encrypt(t, plaintext, key(t), true))
	sorted := written(t, manifest.New(o.Content(), o.Source))
	if _, err := decrypt(t, sorted); err == nil {
		t.Error("the MAC verifies in any order: is the order still worth keeping?")
	}
}

func TestWithNamespace(t *testing.T) {
	identity := key(t)
	for name, plain := range map[string]string{
		"none":  plaintext,
		"empty": strings.Replace(plaintext, "  labels:", "  namespace: \"\"\n  labels:", 1),
		"null":  strings.Replace(plaintext, "  labels:", "  namespace:\n  labels:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			o, err := one(t, encrypt(t, plain, identity, true)).WithNamespace("web")
			if err != nil {
				t.Fatal(err)
			}
			out := written(t, o)
			got, err := decrypt(t, out)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if moved := one(t, out); moved.Namespace() != "web" || !strings.Contains(got, "namespace: web\n") {
				t.Errorf("the namespace is %q in\n%s", moved.Namespace(), got)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		_, err := one(t, encrypt(t, plaintext, identity, false)).WithNamespace("web")
		want := "login.yaml:1: Secret login is encrypted by SOPS and its MAC covers metadata.namespace, so the namespace web " +
			"cannot be set here: write it into the document and encrypt again, or encrypt with mac_only_encrypted"
		if err == nil || err.Error() != want {
			t.Errorf("got error %v\nwant %s", err, want)
		}
	})
}

// TestKustomize passes an encrypted Secret through kustomize, which renames it, moves it and labels it.
func TestKustomize(t *testing.T) {
	identity := key(t)
	for _, macOnly := range []bool{true, false} {
		t.Run(fmt.Sprintf("mac_only_encrypted %v", macOnly), func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "login.yaml", encrypt(t, plaintext, identity, macOnly))
			write(t, dir, "kustomization.yaml", []byte("resources: [login.yaml]\nnamePrefix: dev-\nnamespace: web\nlabels:\n- pairs: {team: red}\n"))
			out := written(t, kustomized(t, dir))
			got, err := decrypt(t, out)
			if verifies := err == nil; verifies != macOnly {
				t.Errorf("decrypting gives error %v:\n%s", err, out)
			}
			for _, want := range []string{"name: dev-login\n", "namespace: web\n", "team: red\n", "password: \"yes\"\n", "\n    port = 8080\n\n    [client]\n"} {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing from\n%s", want, got)
				}
			}
		})
	}
	// Without changes to what the MAC covers, the other kind verifies too.
	dir := t.TempDir()
	write(t, dir, "login.yaml", encrypt(t, plaintext, identity, false))
	write(t, dir, "kustomization.yaml", []byte("resources: [login.yaml]\n"))
	if out := written(t, kustomized(t, dir)); true {
		if _, err := decrypt(t, out); err != nil {
			t.Errorf("unchanged, mac_only_encrypted false: %v\n%s", err, out)
		}
	}
}

func kustomized(t *testing.T, dir string) *manifest.Object {
	t.Helper()
	engine, err := render.NewEngine(render.EngineOptions{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	out, err := engine.Kustomize(context.Background(), dir, render.KustomizeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Objects) != 1 {
		t.Fatalf("got %d objects, want 1", len(out.Objects))
	}
	return out.Objects[0]
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestStreamSharesOneMAC pins how SOPS encrypts a file of several documents: under one MAC, so that none of them verifies
// in a file of its own.
func TestStreamSharesOneMAC(t *testing.T) {
	doc := encrypt(t, plaintext+"---\n"+strings.Replace(plaintext, "name: login", "name: other", 1), key(t), true)
	objects, err := manifest.Decode(doc, "login.yaml", true)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 2 {
		t.Fatalf("got %d objects, want 2:\n%s", len(objects), doc)
	}
	for _, o := range objects {
		if _, err := decrypt(t, written(t, o)); err == nil {
			t.Errorf("%s verifies alone", o.ID())
		}
	}
	var stream bytes.Buffer
	if err := manifest.Encode(&stream, objects); err != nil {
		t.Fatal(err)
	}
	if _, err := decrypt(t, stream.Bytes()); err != nil {
		t.Errorf("the stream as a whole: %v", err)
	}
}
