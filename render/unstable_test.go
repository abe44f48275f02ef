package render_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

const chartYAML = "-- c/Chart.yaml --\napiVersion: v2\nname: web\nversion: 1.0.0\n"

// object is a template of one object with a value.
func object(value string) string {
	return "-- c/templates/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: " + value + "\n"
}

func TestUnstable(t *testing.T) {
	t.Parallel()
	secret := "-- c/templates/a.yaml --\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n"
	const template = "c/templates/a.yaml:6: "
	for name, tt := range map[string]struct {
		files string
		want  []string
	}{
		// One for each function.
		"randAlphaNum":             {object(`{{ randAlphaNum 12 }}`), []string{template + "randAlphaNum"}},
		"randAlpha":                {object(`{{ randAlpha 12 }}`), []string{template + "randAlpha"}},
		"randNumeric":              {object(`"{{ randNumeric 12 }}"`), []string{template + "randNumeric"}},
		"randAscii":                {object(`{{ randAscii 12 | quote }}`), []string{template + "randAscii"}},
		"randInt":                  {object(`"{{ randInt 0 3 }}"`), []string{template + "randInt"}},
		"randBytes":                {object(`{{ randBytes 12 }}`), []string{template + "randBytes"}},
		"shuffle":                  {object(`{{ shuffle "abc" }}`), []string{template + "shuffle"}},
		"uuidv4":                   {object(`{{ uuidv4 }}`), []string{template + "uuidv4"}},
		"bcrypt":                   {object(`{{ bcrypt "x" }}`), []string{template + "bcrypt"}},
		"htpasswd":                 {object(`{{ htpasswd "u" "p" }}`), []string{template + "htpasswd"}},
		"encryptAES":               {object(`{{ encryptAES "0123456789abcdef" "x" }}`), []string{template + "encryptAES"}},
		"genPrivateKey":            {object(`{{ genPrivateKey "ed25519" | b64enc }}`), []string{template + "genPrivateKey"}},
		"genCA":                    {object(`{{ (genCA "x" 1).Cert | b64enc }}`), []string{template + "genCA"}},
		"genCAWithKey":             {object(`{{ (genCAWithKey "x" 1 (genPrivateKey "ecdsa")).Cert | b64enc }}`), []string{template + "genCAWithKey", template + "genPrivateKey"}},
		"genSelfSignedCert":        {object(`{{ (genSelfSignedCert "x" nil nil 1).Cert | b64enc }}`), []string{template + "genSelfSignedCert"}},
		"genSelfSignedCertWithKey": {object(`{{ (genSelfSignedCertWithKey "x" nil nil 1 (genPrivateKey "ecdsa")).Cert | b64enc }}`), []string{template + "genSelfSignedCertWithKey", template + "genPrivateKey"}},
		"genSignedCert":            {object(`{{ $ca := genCA "x" 1 }}{{ (genSignedCert "x" nil nil 1 $ca).Cert | b64enc }}`), []string{template + "genCA", template + "genSignedCert"}},
		"genSignedCertWithKey":     {object(`{{ $ca := genCA "x" 1 }}{{ (genSignedCertWithKey "x" nil nil 1 $ca (genPrivateKey "ecdsa")).Cert | b64enc }}`), []string{template + "genCA", template + "genSignedCertWithKey", template + "genPrivateKey"}},
		"keys":                     {object(`{{ keys (dict "a" 1 "b" 2) | join "," }}`), []string{template + "keys"}},
		"values":                   {object(`{{ values (dict "a" 1 "b" 2) | join "," }}`), []string{template + "values"}},
		"now":                      {object(`{{ now }}`), []string{template + "now"}},
		"now, date only":           {object(`{{ now | date "2006-01-02" | quote }}`), []string{template + "now"}},
		"now, year only":           {object(`{{ now.Year | quote }}`), []string{template + "now"}},
		"now, far ahead":           {object(`{{ now | dateModify "48h" | htmlDate | quote }}`), []string{template + "now"}},
		"ago":                      {object(`{{ ago (toDate "2006-01-02" "2020-01-01") | trunc 4 }}`), []string{template + "ago"}},
		"lookup":                   {object(`{{ dig "metadata" "uid" "none" (lookup "v1" "Secret" "ns" "x") }}`), []string{template + "lookup"}},

		"lookup as a condition": {object(`{{ if lookup "v1" "Secret" "ns" "x" }}yes{{ else }}no{{ end }}`), []string{template + "lookup"}},
		"lookup, negated":       {object(`{{ if not (lookup "v1" "Secret" "ns" "x") }}yes{{ else }}no{{ end }}`), []string{template + "lookup"}},
		"lookup of items":       {object(`{{ (lookup "v1" "Secret" "ns" "").items | default list | len | quote }}`), []string{template + "lookup"}},
		"lookup in a range":     {object(`x{{ range (lookup "v1" "Secret" "ns" "").items }}{{ .metadata.name }}{{ end }}`), []string{template + "lookup"}},
		"lookup, nested":        {object(`{{ if and true (or false (lookup "v1" "Node" "" "")) }}yes{{ end }}x`), []string{template + "lookup"}},
		"lookup without effect": {object(`{{ $x := lookup "v1" "Secret" "ns" "x" }}same`), nil},
		"reuse or generate": {secret + `{{- $old := lookup "v1" "Secret" .Release.Namespace "a" }}
data:
  {{- if $old }}
  pw: {{ index $old.data "pw" }}
  {{- else }}
  pw: {{ randAlphaNum 20 | b64enc }}
  {{- end }}
`, []string{"c/templates/a.yaml:5: lookup", "c/templates/a.yaml:10: randAlphaNum"}},

		// Not reached, or thrown away.
		"not reached":               {object(`{{ if .Values.generate }}{{ randAlphaNum 12 }}{{ end }}x`), nil},
		"thrown away":               {object(`{{ default (randAlphaNum 10) .Values.pw }}`) + "-- c/values.yaml --\npw: set\n", nil},
		"not thrown away":           {object(`{{ default (randAlphaNum 10) .Values.pw }}`), []string{template + "randAlphaNum"}},
		"only its length":           {object(`{{ len (randAlphaNum 10) | quote }}`), nil},
		"in a comment":              {object(`{{/* randAlphaNum 10 */}}x # randAlphaNum`), nil},
		"only a word":               {object(`"now randAlphaNum lookup"`), nil},
		"in notes":                  {object(`x`) + "-- c/templates/NOTES.txt --\n{{ randAlphaNum 10 }}\n", nil},
		"defined and not included":  {object(`x`) + "-- c/templates/_h.tpl --\n{{ define \"h\" }}{{ randAlphaNum 10 }}{{ end }}\n", nil},
		"sorted keys":               {object(`{{ keys (dict "a" 1 "b" 2) | sortAlpha | join "," }}`), nil},
		"sorted keys in parens":     {object(`{{ sortAlpha (keys (dict "a" 1 "b" 2)) | join "," }}`), nil},
		"number of keys":            {object(`{{ keys (dict "a" 1 "b" 2) | len | quote }}`), nil},
		"keys of one":               {object(`{{ keys (dict "a" 1) | join "," }}`), nil},
		"now in a value as it is":   {object(`{{ .Values.text | quote }} {{/* tpl */}}{{ tpl "" . }}`) + "-- c/values.yaml --\ntext: '{{ now }}'\n", nil},
		"now in a file as it is":    {object(`{{ .Files.Get "f.txt" | quote }}{{ tpl "" . }}`) + "-- c/f.txt --\n{{ now }}", nil},
		"certificate that is given": {object(`{{ if not .Values.cert }}{{ (genCA "x" 1).Cert | b64enc }}{{ else }}{{ .Values.cert }}{{ end }}`) + "-- c/values.yaml --\ncert: set\n", nil},

		// Elsewhere than in a template of the chart.
		"in a helper": {object(`{{ include "h" . }}`) + "-- c/templates/_h.tpl --\n\n{{ define \"h\" }}\n{{- randAlphaNum 10 }}{{ end }}\n", []string{"c/templates/_h.tpl:3: randAlphaNum"}},
		"helper in a helper": {object(`{{ include "g" . }}`) + "-- c/templates/_h.tpl --\n{{ define \"h\" }}\n{{- uuidv4 }}{{ end }}\n{{ define \"g\" }}{{ include \"h\" . }}{{ end }}\n",
			[]string{"c/templates/_h.tpl:2: uuidv4"}},
		"in a value":        {object(`{{ tpl .Values.pw . }}`) + "-- c/values.yaml --\npw: '{{ randAlphaNum 10 }}'\n", []string{"c values.pw: randAlphaNum"}},
		"in a nested value": {object(`{{ tpl (index .Values.list 1).pw . }}`) + "-- c/values.yaml --\nlist: [1, {pw: '{{ now }}'}]\n", []string{"c values.list[1].pw: now"}},
		"in one of two values": {object(`{{ tpl .Values.b . }}`) + "-- c/values.yaml --\na: '{{ randAlphaNum 10 }}'\nb: '{{ randAlpha 10 }}'\n",
			[]string{"c values.b: randAlpha"}},
		"in a file": {object(`{{ tpl (.Files.Get "files/f.txt") . }}`) + "-- c/files/f.txt --\n{{- /* */ -}}\n{{ randAlphaNum 10 }}", []string{"c/files/f.txt:2: randAlphaNum"}},
		"in a subchart": {object(`x`) + "-- c/charts/sub/Chart.yaml --\napiVersion: v2\nname: sub\nversion: 1.0.0\n" +
			"-- c/charts/sub/templates/s.yaml --\nkind: A\nx: {{ uuidv4 }}\napiVersion: v1\nmetadata: {name: s}\n", []string{"c/charts/sub/templates/s.yaml:2: uuidv4"}},
		"in a subchart's value": {object(`x`) + "-- c/charts/sub/Chart.yaml --\napiVersion: v2\nname: sub\nversion: 1.0.0\n-- c/charts/sub/values.yaml --\npw: '{{ uuidv4 }}'\n" +
			"-- c/charts/sub/templates/s.yaml --\nkind: A\nx: {{ tpl .Values.pw . }}\napiVersion: v1\nmetadata: {name: s}\n", []string{"c values.sub.pw: uuidv4"}},
		"in a subchart under another name": {object(`x`) + "-- c/Chart.yaml --\napiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: sub, version: 1.0.0, alias: other}]\n" +
			"-- c/charts/folder/Chart.yaml --\napiVersion: v2\nname: sub\nversion: 1.0.0\n" +
			"-- c/charts/folder/templates/s.yaml --\nkind: A\nx: {{ uuidv4 }}\napiVersion: v1\nmetadata: {name: s}\n", []string{"c/charts/folder/templates/s.yaml:2: uuidv4"}},
		"in a subchart that is off": {object(`x`) + "-- c/Chart.yaml --\napiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: sub, version: 1.0.0, condition: sub.enabled}]\n-- c/values.yaml --\nsub: {enabled: false}\n" +
			"-- c/charts/sub/Chart.yaml --\napiVersion: v2\nname: sub\nversion: 1.0.0\n" +
			"-- c/charts/sub/templates/s.yaml --\nkind: A\nx: {{ uuidv4 }}\napiVersion: v1\nmetadata: {name: s}\n", nil},

		// Several.
		"two on one line": {object(`{{ if .Values.x }}{{ uuidv4 }}{{ end }}{{ randAlphaNum 5 }}`), []string{template + "randAlphaNum"}},
		"two kinds":       {object(`{{ randAlphaNum 5 }}`) + "-- c/templates/b.yaml --\nkind: B\nx: {{ now | date \"2006\" | quote }}\napiVersion: v1\nmetadata: {name: s}\n", []string{template + "randAlphaNum", "c/templates/b.yaml:2: now"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t, chartYAML+tt.files)
			out, err := engine(t, root).Helm(context.Background(), "c", render.HelmOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, calls(out)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkThroughKustomize(t, root, len(tt.want))
		})
	}
}

func calls(out *render.Output) []string {
	var got []string
	for _, c := range out.Unstable {
		got = append(got, c.String())
	}
	return got
}

// checkThroughKustomize inflates the chart c with helmCharts.
func checkThroughKustomize(t *testing.T, root string, want int) {
	t.Helper()
	writeFiles(t, root, "-- kustomization.yaml --\nhelmGlobals: {chartHome: .}\nhelmCharts: [{name: c}]\n")
	if !exists(filepath.Join(root, "c", "values.yaml")) {
		writeFiles(t, root, "-- c/values.yaml --\n")
	}
	out, err := engine(t, root).Kustomize(context.Background(), ".", render.KustomizeOptions{EnableHelm: true})
	if err != nil {
		t.Error(err)
	} else if len(out.Unstable) != want {
		t.Errorf("in helmCharts: got %v, want %d calls", out.Unstable, want)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestUnstableInAnArchive(t *testing.T) {
	t.Parallel()
	root := repository(t, chartYAML+object("x"))
	pack(t, filepath.Join(root, "c/charts/sub-2.0.0.tgz"), "sub", "-- Chart.yaml --\napiVersion: v2\nname: sub\nversion: 2.0.0\n-- templates/s.yaml --\nkind: A\nx: {{ uuidv4 }}\napiVersion: v1\nmetadata: {name: s}\n")
	pack(t, filepath.Join(root, "web.tgz"), "web", strings.ReplaceAll(chartYAML+object("{{ now }}"), "-- c/", "-- "))
	for path, want := range map[string]string{
		"c":       "c/charts/sub-2.0.0.tgz/templates/s.yaml:2: uuidv4",
		"web.tgz": "web.tgz/templates/a.yaml:6: now",
	} {
		out, err := engine(t, root).Helm(context.Background(), path, render.HelmOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := calls(out); len(got) != 1 || got[0] != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

// pack writes a packaged chart of the files in a text.
func pack(t *testing.T, path, name, text string) {
	t.Helper()
	packFolder(t, path, name, repository(t, text))
}

// packFolder writes a packaged chart of the files in a folder.
func packFolder(t *testing.T, path, name, dir string) {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for file, text := range readTree(t, dir) {
		// Helm wants everything below one folder.
		if err := w.WriteHeader(&tar.Header{Name: name + "/" + file, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What a unit says when its chart is not stable, and that a reason in the configuration lets it pass.
func TestUnstableUnit(t *testing.T) {
	t.Parallel()
	root := repository(t, chartYAML+object("{{ randAlphaNum 12 }}"))
	e := engine(t, root)
	u := unit(config.Helm, "c")
	r := e.Unit(context.Background(), u, nil)
	want := "render app in dev: the output changes without any change to the source, because of\n    c/templates/a.yaml:6: randAlphaNum"
	if r.Err == nil || r.Err.Error() != want {
		t.Errorf("got %v\nwant %s", r.Err, want)
	}
	u.AllowNondeterministic = "it is a demo"
	if r := e.Unit(context.Background(), u, nil); r.Err != nil || len(r.Set) != 1 {
		t.Errorf("got %v, %d objects", r.Err, len(r.Set))
	}
}

// The price of looking: nothing for a chart without suspects, one render more for a chart that does not reach its own.
func TestUnstableCost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value string
		want  int
	}{
		"without suspects": {"x", 1},
		"unreached":        {"{{ if .Values.x }}{{ uuidv4 }}{{ end }}", 2},
		"reached":          {"{{ uuidv4 }}", 3}, // itself, trapped, again
	} {
		root := repository(t, chartYAML+object(tt.value))
		e := engine(t, root)
		before := e.Renders()
		if _, err := e.Helm(context.Background(), "c", render.HelmOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := int(e.Renders() - before); got != tt.want {
			t.Errorf("%s: %d renders, want %d", name, got, tt.want)
		}
	}
}

func ExampleCall() {
	fmt.Println(render.Call{Function: "randAlphaNum", File: "charts/web/templates/secret.yaml", Line: 12})
	// Output: charts/web/templates/secret.yaml:12: randAlphaNum
}
