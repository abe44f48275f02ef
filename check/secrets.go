package check

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
)

// PlaintextError is a Secret that must not reach git as it is. It names the places of values, never the values.
type PlaintextError struct {
	ID     manifest.ID
	Source manifest.Source
	Paths  []string // such as "data.password"
	// Partly is set for a SOPS document with values that are not encrypted, the usual trace of an edit that went wrong.
	Partly bool
}

func (e *PlaintextError) Error() string {
	at := strings.Join(e.Paths, ", ")
	if e.Partly {
		return fmt.Sprintf("%s: %s is encrypted by SOPS, but not at %s", e.Source, e.ID, at)
	}
	return fmt.Sprintf("%s: %s has plaintext values at %s", e.Source, e.ID, at)
}

// Hint is what to do about a PlaintextError.
func (e *PlaintextError) Hint() string {
	if e.Partly {
		return "encrypt the document again with sops"
	}
	return "encrypt the Secret with SOPS, or let the cluster make it from a SealedSecret or an ExternalSecret; what is not secret can be excepted by name, " +
		"with a reason, under allow.plaintextSecrets in plainsail.yaml"
}

// Secrets finds every Secret with a plaintext value: a core/v1 Secret whose data or stringData holds anything but SOPS
// ciphertext or a placeholder that is filled in later (of Argo CD Vault Plugin or vals). Objects that carry ciphertext or
// references by design, such as SealedSecret and ExternalSecret, pass. The error joins one *PlaintextError for each Secret.
// Warnings tell of exceptions that excepted nothing, and of literal values in templates of such objects.
func Secrets(u config.Unit, set manifest.Set) (warnings []string, err error) {
	exceptions := u.AllowSecrets
	var errs []error
	used := make([]bool, len(exceptions))
	for _, o := range set {
		warnings = append(warnings, literalTemplates(o)...)
		if o.Group() != "" || o.Kind() != "Secret" {
			continue
		}
		paths := plaintext(o)
		if len(paths) == 0 {
			continue
		}
		excepted := false
		for i, x := range exceptions {
			if x.Name == o.Name() && (x.Namespace == "" || x.Namespace == o.Namespace()) {
				used[i], excepted = true, true
			}
		}
		if excepted {
			continue
		}
		errs = append(errs, &PlaintextError{ID: o.ID(), Source: o.Source, Paths: paths, Partly: o.Encrypted()})
	}
	for i, x := range exceptions {
		if !used[i] {
			warnings = append(warnings, fmt.Sprintf("the exception for the plaintext %s excepts nothing; remove it from plainsail.yaml",
				manifest.ID{Kind: "Secret", Namespace: x.Namespace, Name: x.Name}))
		}
	}
	return warnings, errors.Join(errs...)
}

// lastApplied is where kubectl apply keeps a copy of the whole object, values and all.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// plaintext are the paths of a Secret's values that anyone could read.
func plaintext(o *manifest.Object) []string {
	var paths []string
	for _, field := range []string{"data", "stringData"} {
		switch values := o.Content()[field].(type) {
		case nil:
		case map[string]any:
			for key, v := range values {
				if !hidden(o, field, v) {
					paths = append(paths, field+"."+key)
				}
			}
		default:
			if !hidden(o, field, values) {
				paths = append(paths, field)
			}
		}
	}
	if o.Annotation(lastApplied) != "" {
		paths = append(paths, "metadata.annotations["+lastApplied+"]")
	}
	sort.Strings(paths)
	return paths
}

// hidden tells whether a value gives nothing away.
func hidden(o *manifest.Object, field string, v any) bool {
	if v == nil {
		return true
	}
	s, ok := v.(string)
	if !ok {
		return false
	}
	if s == "" {
		return true
	}
	if o.Encrypted() {
		return sopsValue.MatchString(s)
	}
	if field == "data" {
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
		if err == nil {
			// kustomize's secretGenerator encodes what its files hold: a file encrypted by SOPS, or a placeholder.
			s = string(decoded)
		}
	}
	return placeholder(o, s) || sopsFile.MatchString(s)
}

var (
	// sopsValue is one encrypted value, whole.
	sopsValue = regexp.MustCompile(`^ENC\[AES256_GCM,data:[\w+/=]*,iv:[\w+/=]+,(?:aad:[\w+/=]*,)?tag:[\w+/=]+,type:[a-z]+\]$`)
	// sopsFile is the message authentication code at the end of an encrypted file, in its YAML, JSON, dotenv and INI forms.
	sopsFile = regexp.MustCompile(`(?m)^\s*"?(?:sops_)?mac"?\s*[:=]\s*"?ENC\[AES256_GCM,`)
	// vaultPath is a placeholder of Argo CD Vault Plugin: <path:secret/data/db#password>.
	vaultPath = regexp.MustCompile(`^<path:[^<>]+>$`)
	// vaultKey is its short form, for objects that name their path in an annotation: <password>.
	vaultKey = regexp.MustCompile(`^<[^<>\s]+(?: *\|[^<>]*)?>$`)
	// valsRef is a reference of vals and helm-secrets: ref+vault://secret/db#/password.
	valsRef = regexp.MustCompile(`^ref\+[a-z0-9]+://\S+$`)
)

func placeholder(o *manifest.Object, s string) bool {
	s = strings.TrimSpace(s)
	return vaultPath.MatchString(s) || valsRef.MatchString(s) ||
		vaultKey.MatchString(s) && o.Annotation("avp.kubernetes.io/path") != ""
}

// literalTemplates warns of values written out in the template of an object that should only refer to them.
func literalTemplates(o *manifest.Object) []string {
	var at []string
	switch (manifest.GroupKind{Group: o.Group(), Kind: o.Kind()}) {
	case manifest.GroupKind{Group: "bitnami.com", Kind: "SealedSecret"}:
		at = []string{"spec", "template", "data"}
	case manifest.GroupKind{Group: "external-secrets.io", Kind: "ExternalSecret"}:
		at = []string{"spec", "target", "template", "data"}
	case manifest.GroupKind{Group: "external-secrets.io", Kind: "ClusterExternalSecret"}:
		at = []string{"spec", "externalSecretSpec", "target", "template", "data"}
	default:
		return nil
	}
	var v any = o.Content()
	for _, key := range at {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	var literal []string
	values, _ := v.(map[string]any)
	for key, value := range values {
		if s, isString := value.(string); value != nil && (!isString || s != "" && !strings.Contains(s, "{{")) {
			literal = append(literal, strings.Join(at, ".")+"."+key)
		}
	}
	if len(literal) == 0 {
		return nil
	}
	sort.Strings(literal)
	return []string{fmt.Sprintf("%s: %s has literal values at %s; they are readable in git", o.Source, o.ID(), strings.Join(literal, ", "))}
}
