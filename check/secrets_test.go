package check_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

const (
	enc     = "ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=,type:str]"
	sops    = "sops: {mac: '" + enc + "', version: 3.9.0}\n"
	secret  = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	plain   = "s.yaml:1: Secret s has plaintext values at "
	partial = "s.yaml:1: Secret s is encrypted by SOPS, but not at "
)

func TestSecrets(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		yaml     string
		err      string
		warnings []string
	}{
		"data":                     {yaml: secret + "data: {b: " + b64("x") + ", a: " + b64("y") + "}\n", err: plain + "data.a, data.b"},
		"stringData":               {yaml: secret + "stringData: {a: x}\n", err: plain + "stringData.a"},
		"both":                     {yaml: secret + "data: {a: eA==}\nstringData: {a: x}\n", err: plain + "data.a, stringData.a"},
		"TLS":                      {yaml: secret + "type: kubernetes.io/tls\ndata: {tls.crt: eA==, tls.key: eA==}\n", err: plain + "data.tls.crt, data.tls.key"},
		"not base64":               {yaml: secret + "data: {a: '%%%'}\n", err: plain + "data.a"},
		"a number":                 {yaml: secret + "stringData: {a: 1}\n", err: plain + "stringData.a"},
		"a mapping":                {yaml: secret + "stringData: {a: {b: c}}\n", err: plain + "stringData.a"},
		"data is a string":         {yaml: secret + "data: abc\n", err: plain + "data"},
		"data is a list":           {yaml: secret + "data: [abc]\n", err: plain + "data"},
		"service account token":    {yaml: secret + "type: kubernetes.io/service-account-token\n"},
		"token with a value":       {yaml: secret + "type: kubernetes.io/service-account-token\ndata: {token: eA==}\n", err: plain + "data.token"},
		"no data":                  {yaml: secret},
		"empty data":               {yaml: secret + "data: {}\nstringData: {}\n"},
		"null data":                {yaml: secret + "data:\nstringData:\n"},
		"empty and null values":    {yaml: secret + "data: {a: '', b: null}\n"},
		"in a namespace":           {yaml: "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\nstringData: {a: x}\n", err: "s.yaml:1: Secret ns/s has plaintext values at stringData.a"},
		"SOPS":                     {yaml: secret + "data: {a: '" + enc + "'}\nstringData: {b: '" + enc + "'}\n" + sops},
		"SOPS, partly":             {yaml: secret + "stringData: {a: x, b: '" + enc + "'}\n" + sops, err: partial + "stringData.a"},
		"SOPS, something after it": {yaml: secret + "stringData: {a: '" + enc + " x'}\n" + sops, err: partial + "stringData.a"},
		"SOPS, two values":         {yaml: secret + "stringData: {a: \"" + enc + "\\n" + enc + "\"}\n" + sops, err: partial + "stringData.a"},
		"ciphertext without sops":  {yaml: secret + "stringData: {a: '" + enc + "'}\n", err: plain + "stringData.a"},
		"sops that is no mapping":  {yaml: secret + "stringData: {a: '" + enc + "'}\nsops: yes\n", err: plain + "stringData.a"},
		"file encrypted by SOPS":   {yaml: secret + "data: {f: " + b64("a: "+enc+"\nsops:\n    mac: "+enc+"\n") + "}\n"},
		"JSON encrypted by SOPS":   {yaml: secret + "data: {f: " + b64("{\"a\": \""+enc+"\", \"sops\": {\n\t\t\"mac\": \""+enc+"\"}}") + "}\n"},
		"dotenv encrypted by SOPS": {yaml: secret + "data: {f: " + b64("A="+enc+"\nsops_mac="+enc+"\n") + "}\n"},
		"Vault plugin":             {yaml: secret + "stringData: {a: '<path:secret/data/db#password>'}\n"},
		"Vault plugin, base64":     {yaml: secret + "data: {a: " + b64("<path:secret/data/db#password | base64encode>") + "}\n"},
		"Vault plugin, more text":  {yaml: secret + "stringData: {a: 'x<path:secret/data/db#password>'}\n", err: plain + "stringData.a"},
		"Vault plugin, short": {yaml: "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {avp.kubernetes.io/path: secret/data/db}}\n" +
			"stringData: {a: <password>, b: '<password | base64encode>'}\n"},
		"Vault plugin, short, no path": {yaml: secret + "stringData: {a: <password>}\n", err: plain + "stringData.a"},
		"vals":                         {yaml: secret + "stringData: {a: 'ref+vault://secret/db#/password'}\n"},
		"vals, more text":              {yaml: secret + "stringData: {a: 'ref+vault://secret/db#/password x'}\n", err: plain + "stringData.a"},
		"last applied": {yaml: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"stringData\":{\"a\":\"x\"}}'}\n",
			err: plain + "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]"},
		"Secret of another group": {yaml: "apiVersion: example.test/v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: x}\n"},
		"ConfigMap":               {yaml: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a: x}\n"},
		"SealedSecret":            {yaml: "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {encryptedData: {a: AgB}}\n"},
		"SealedSecret, template": {yaml: "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {template: {data: {b: x, a: y, c: '{{ .x }}'}}}\n",
			warnings: []string{"s.yaml:1: SealedSecret.bitnami.com s has literal values at spec.template.data.a, spec.template.data.b; they are readable in git"}},
		"ExternalSecret": {yaml: "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s}\nspec: {target: {template: {data: {a: '{{ .pw }}'}}}}\n"},
		"ExternalSecret, template": {yaml: "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s}\nspec: {target: {template: {data: {a: y}}}}\n",
			warnings: []string{"s.yaml:1: ExternalSecret.external-secrets.io s has literal values at spec.target.template.data.a; they are readable in git"}},
		"ClusterExternalSecret, template": {yaml: "apiVersion: external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: s}\nspec: {externalSecretSpec: {target: {template: {data: {a: 1, b: null, c: ''}}}}}\n",
			warnings: []string{"s.yaml:1: ClusterExternalSecret.external-secrets.io s has literal values at spec.externalSecretSpec.target.template.data.a; they are readable in git"}},
		"SOPS, no ciphertext": {yaml: secret + "stringData: {a: 'ENC[AES256_GCM,data:hunter2]'}\n" + sops, err: partial + "stringData.a"},
		"SopsSecret":          {yaml: "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: s}\nspec: {secretTemplates: [{name: a, stringData: {a: '" + enc + "'}}]}\n" + sops},
		"VaultStaticSecret":   {yaml: "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultStaticSecret\nmetadata: {name: s}\nspec: {path: x}\n"},
		"SecretProviderClass": {yaml: "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: {name: s}\nspec: {provider: vault}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warnings, err := check.Secrets(config.Unit{}, set(t, tt.yaml))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.err {
				t.Errorf("got  %s\nwant %s", got, tt.err)
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got)\n%s", diff)
			}
			var pe *check.PlaintextError
			if err != nil && (!errors.As(err, &pe) || pe.Hint() == "") {
				t.Errorf("%v: no hint", err)
			}
		})
	}
}

func set(t testing.TB, text string) manifest.Set {
	t.Helper()
	objects, err := manifest.Decode([]byte(text), "s.yaml", false)
	if err != nil {
		t.Fatal(err)
	}
	set, err := manifest.NewSet(objects)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestSecretsReportsEverySecret(t *testing.T) {
	t.Parallel()
	_, err := check.Secrets(config.Unit{}, set(t, secret+"stringData: {a: x}\n---\n"+strings.Replace(secret, "name: s", "name: r", 1)+"data: {a: eA==}\n"))
	want := "s.yaml:6: Secret r has plaintext values at data.a\ns.yaml:1: Secret s has plaintext values at stringData.a"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSecretExceptions(t *testing.T) {
	t.Parallel()
	in := func(ns string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: " + ns + "}\nstringData: {a: x}\n"
	}
	for name, tt := range map[string]struct {
		yaml     string
		allow    []config.SecretException
		errs     int
		warnings []string
	}{
		"used":              {in("ns"), []config.SecretException{{Name: "s", Reason: "public"}}, 0, nil},
		"used twice":        {in("ns") + "---\n" + in("other"), []config.SecretException{{Name: "s", Reason: "public"}}, 0, nil},
		"in its namespace":  {in("ns") + "---\n" + in("other"), []config.SecretException{{Name: "s", Namespace: "ns", Reason: "public"}}, 1, nil},
		"another name":      {in("ns"), []config.SecretException{{Name: "other", Reason: "public"}}, 1, []string{"the exception for the plaintext Secret other excepts nothing; remove it from plainsail.yaml"}},
		"another namespace": {in("ns"), []config.SecretException{{Name: "s", Namespace: "other", Reason: "public"}}, 1, []string{"the exception for the plaintext Secret other/s excepts nothing; remove it from plainsail.yaml"}},
		"encrypted by now":  {secret + "stringData: {a: '" + enc + "'}\n" + sops, []config.SecretException{{Name: "s", Reason: "public"}}, 0, []string{"the exception for the plaintext Secret s excepts nothing; remove it from plainsail.yaml"}},
		"one of two used":   {in("ns"), []config.SecretException{{Name: "s", Namespace: "ns", Reason: "a"}, {Name: "t", Reason: "b"}}, 0, []string{"the exception for the plaintext Secret t excepts nothing; remove it from plainsail.yaml"}},
		"two for one":       {in("ns"), []config.SecretException{{Name: "s", Reason: "a"}, {Name: "s", Namespace: "ns", Reason: "b"}}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warnings, err := check.Secrets(config.Unit{AllowSecrets: tt.allow}, set(t, tt.yaml))
			errs := 0
			if err != nil {
				errs = len(strings.Split(err.Error(), "\n"))
			}
			if errs != tt.errs {
				t.Errorf("%d errors, want %d: %v", errs, tt.errs, err)
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got)\n%s", diff)
			}
		})
	}
}

// TestSecretValuesAreNeverSaid puts random values everywhere that a Secret, or an object that stands in for one, can hold them.
func TestSecretValuesAreNeverSaid(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		value := fmt.Sprintf("v%x", random.Uint64())
		frames := []string{"%s", "<%s>", "x %s y", "ENC[AES256_GCM,data:%s", "ref+x://%s y", "{{ %s", "<path:%s> "}
		said := fmt.Sprintf(frames[random.IntN(len(frames))], value)
		field := []string{"data", "stringData"}[random.IntN(2)]
		inner := said
		if random.IntN(2) == 0 {
			inner = b64(said)
		}
		text := secret + fmt.Sprintf("%s: {a: %q, b: {c: %q}, d: [%q]}\n", field, inner, inner, inner)
		if random.IntN(3) == 0 {
			text += sops
		}
		text += fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata: {name: l, annotations: {kubectl.kubernetes.io/last-applied-configuration: %q}}\n", said)
		text += fmt.Sprintf("---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: x}\nspec: {template: {data: {a: %q}}}\n", said)
		text += fmt.Sprintf("---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: es}\nspec: {target: {template: {data: {a: %q}}}}\n", said)
		text += fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata: {name: z}\ndata: %q\n", said)
		warnings, err := check.Secrets(config.Unit{}, set(t, text))
		if err == nil {
			t.Fatalf("no error for\n%s", text)
		}
		messages := err.Error() + strings.Join(warnings, "\n") + fmt.Sprintf("%+v %#v", err, warnings)
		for _, v := range []string{value, b64(said)} {
			if strings.Contains(messages, v) {
				t.Fatalf("the value is in the messages:\n%s", messages)
			}
		}
	}
}

func ExampleSecrets() {
	objects, err := manifest.Decode([]byte("apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n"), "db.yaml", true)
	if err != nil {
		panic(err)
	}
	_, err = check.Secrets(config.Unit{}, objects)
	fmt.Println(err)
	// Output: db.yaml:1: Secret db has plaintext values at stringData.password
}
