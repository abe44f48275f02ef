package render_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/render"
)

// TestSOPSThroughKustomize checks that a SOPS document keeps the order of its keys, which its MAC covers, and that one which would
// change its meaning that way is refused. testdata/sops has SOPS itself verify the former.
func TestSOPSThroughKustomize(t *testing.T) {
	t.Parallel()
	const secret = `apiVersion: v1
kind: Secret
metadata:
  name: db
type: WORD
stringData:
  user: ENC[AES256_GCM,data:Zg==,iv:Zg==,tag:Zg==,type:str]
  password: ENC[AES256_GCM,data:Zg==,iv:Zg==,tag:Zg==,type:str]
sops:
  mac: ENC[AES256_GCM,data:Zg==,iv:Zg==,tag:Zg==,type:str]
  encrypted_regex: ^(data|stringData)$
`
	for word, refused := range map[string]bool{`"yes"`: false, `plain`: false, `yes`: true} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"kustomization.yaml": "resources: [secret.yaml]\nnamePrefix: my-\n",
			"secret.yaml":        strings.ReplaceAll(secret, "WORD", word),
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		out, err := engine(t, dir).Kustomize(context.Background(), ".", render.KustomizeOptions{})
		if refused {
			if err == nil || !strings.Contains(err.Error(), "put words such as yes") {
				t.Errorf("%s: %v, want a refusal", word, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", word, err)
			continue
		}
		doc, err := out.Objects[0].YAML()
		if err != nil {
			t.Fatal(err)
		}
		if user, password := strings.Index(string(doc), "user:"), strings.Index(string(doc), "password:"); user > password {
			t.Errorf("%s: keys are in another order:\n%s", word, doc)
		}
	}
}
