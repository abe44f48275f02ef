package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	yamlv3 "go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// awkward are strings that some reader or writer of YAML is known to get wrong, or could.
var awkward = []string{
	"", " ", "  ", "\n", "\n\n", "\t", " \n", "a", " a", "a ", "\ta", "a\t", "a\n", "a\n\n", "\na", "\n\na\n", " a\nb", "a\n b", "a\nb ",
	"a \nb", "a\n\n\nb\n\n\n", "a\n \n", "a\n  ", " \n \na", "\t\na", "a\n\tb", "#a", "a #b", "a#b", "a: b", "a:b", "a:", ":a", ": a", ":", "-",
	"- a", "-a", "--", "---", "--- a", "---a", "...", "... a", "....", "?", "? a", "?a", "a\n---\nb", "a\n...\nb", "---\na", "%a", "@a", "`a",
	"&a", "*a", "!a", "!!str", "|", "|-", ">", "'", "''", "'a'", "\"", "\"a\"", "it's", "a'", "say \"x\"", "\\", "\\n", "a\\", "[", "]", "[a]", "{", "}", "{a}",
	"{}", "[]", "a, b", ",", ",a", "y", "Y", "n", "N", "yes", "Yes", "YES", "yEs", "no", "NO", "on", "ON", "off", "true", "True", "TRUE", "false",
	"null", "Null", "NULL", "~", "nil", "none", "=", "<<", "<", "0", "-0", "+0", "00", "01", "08", "0o7", "0O7", "0x1F", "0X1f", "-0x1", "0b1", "0B1", "-0b1", "0b", "0x",
	"1", "-1", "+1", "1_000", "1__", "_1", "0x_1", "1_e3", "1e3", "1E3", "1e+3", "1e-3", "1e", "1e400", "-1e400", ".5", "5.", "+.5", ".", "..", "._5", "1.5", "1.5.2",
	"1,000", ".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN", "inf", "NaN", "Infinity", "12:30", "1:2:3", "12:30:45.5", "1:99", ":30", "2001-01-01", "2001-1-1",
	"2001-01-01T00:00:00Z", "2001-01-01 00:00:00", "9223372036854775807", "9223372036854775808", "18446744073709551616", "123e4567", "1e10", "10m", "0.5Gi",
	"é", "日本", "😀", "\u00a0", "\u00a0a", "\u0085", "a\u0085b", "\u2028", "a\u2028b", "\u2029", "\ufeff", "\ufeffa", "a\ufeff", "\ufffd", "\ufffe", "\uffff",
	"\u200b", "\u200e", "\u202e", "\u2066a", "\x00", "a\x00", "\x01", "\x07", "\x1b[0m", "\x7f", "\u0080", "\u009f", "\r", "a\r", "a\rb", "a\r\nb", "a\r\n", "\r\n",
	"\U0001f468\u200d\U0001f469", "\U0010ffff", "key: |\n  text\n", "a\n# b\n", "# a\nb", "- a\n- b\n", "a:\n  b\n", strings.Repeat("x", 1100), strings.Repeat("long words ", 200),
	strings.Repeat("x", 1100) + "\n" + strings.Repeat("y ", 900), strings.Repeat("\n", 40) + "x", strings.Repeat("'", 200), strings.Repeat("😀", 400),
}

// TestYAMLAwkwardText puts every awkward string, and every pair of them, where text can stand.
func TestYAMLAwkwardText(t *testing.T) {
	t.Parallel()
	for i, s := range awkward {
		other := awkward[(i*7+3)%len(awkward)]
		checkRoundTrip(t, map[string]any{
			"a" + s: s, s: "key", "list": []any{s, other, []any{s, []any{other, s}}, map[string]any{s: s, "z": other}},
			"map": map[string]any{"first": s, "last": other}, "end": map[string]any{s: []any{s}},
		})
		checkRoundTrip(t, map[string]any{"k": s + other, s + other: s})
		checkRoundTrip(t, map[string]any{"k": s + "\n" + other, "l": []any{s + "\n" + other, "x"}})
	}
}

func FuzzYAMLText(f *testing.F) {
	for _, s := range awkward {
		f.Add(s, "x")
		f.Add(s+"\n"+s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "\ufffd"), strings.ToValidUTF8(b, "\ufffd")
		checkRoundTrip(t, map[string]any{a: b, "list": []any{a, []any{b, a}, map[string]any{b: a, "z": nil}}, "map": map[string]any{a: map[string]any{b: a}}})
	})
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte(`{"a":[1,-1,1.5,1e3,1e21,1e-7,1.0,18446744073709551615,9223372036854775808,1e19,-0.0],"b":{"c":null,"d":true,"":[],"e":{},"f":[[]],"g":[{}],"h":[[1,[2]],{"x":[3]}]}}`))
	f.Add([]byte(`{"kind":"ConfigMap","data":{"a\nb":"x\n\n","yes":"no"," ":"\t"}}`))
	f.Fuzz(func(t *testing.T, js []byte) {
		v, err := FromJSON(js)
		if err != nil {
			t.Skip()
		}
		if m, ok := v.(map[string]any); ok {
			checkRoundTrip(t, m)
		} else {
			checkRoundTrip(t, map[string]any{"v": v})
		}
	})
}

// TestYAMLRandomTrees is the same for trees of awkward strings, which a fuzzer takes long to find.
func TestYAMLRandomTrees(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		checkRoundTrip(t, map[string]any{"v": randomTree(r, 4), "w": randomTree(r, 3)})
	}
}

func randomTree(r *rand.Rand, depth int) any {
	kinds := 9
	if depth == 0 {
		kinds = 7
	}
	switch r.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return int64(r.Uint64())
	case 3:
		return exactFloat(r.NormFloat64() * float64(r.Uint64()))
	case 7:
		m := map[string]any{}
		for range r.IntN(4) {
			m[awkward[r.IntN(len(awkward))]] = randomTree(r, depth-1)
		}
		return m
	case 8:
		l := []any{}
		for range r.IntN(4) {
			l = append(l, randomTree(r, depth-1))
		}
		return l
	}
	return awkward[r.IntN(len(awkward))] + awkward[r.IntN(len(awkward))]
}

// checkRoundTrip checks that content is written to the same bytes every time, is read back as it was, and means the same to
// the other readers that manifests meet.
func checkRoundTrip(t *testing.T, content map[string]any) {
	t.Helper()
	doc, err := New(content, Source{}).YAML()
	if err != nil {
		t.Fatalf("YAML(%#v): %v", content, err)
	}
	again, _ := New(content, Source{}).YAML()
	if !bytes.Equal(doc, again) {
		t.Fatalf("two encodings differ:\n%s\n%s", doc, again)
	}
	if len(content) == 0 {
		return
	}
	objects, err := Decode(doc, "", true)
	if err != nil {
		t.Fatalf("Decode: %v\n%s", err, doc)
	}
	if len(objects) != 1 {
		t.Fatalf("got %d objects, want 1:\n%s", len(objects), doc)
	}
	if got := objects[0].content; !reflect.DeepEqual(got, content) {
		t.Fatalf("read back\n got %#v\nwant %#v\n%s", got, content, doc)
	}
	twice := append(append(bytes.Clone(doc), "---\n"...), doc...)
	if objects, err = Decode(twice, "", true); err != nil || len(objects) != 2 || !reflect.DeepEqual(objects[0].content, content) {
		t.Fatalf("read twice from one stream: %d objects, error %v\n%s", len(objects), err, doc)
	}
	var v3 any
	if err := yamlv3.Unmarshal(doc, &v3); err != nil {
		t.Fatalf("yaml v3: %v\n%s", err, doc)
	}
	if got, want := asJSON(t, v3), asJSON(t, content); got != want {
		t.Fatalf("yaml v3 reads\n got %s\nwant %s\n%s", got, want, doc)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	js, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%v: %#v", err, v)
	}
	return string(js)
}

// FuzzDecodeLikeKubernetes compares with sigs.k8s.io/yaml, which is what Kubernetes reads YAML with: what it reads, Decode
// reads the same or refuses; and Decode reads nothing that it does not.
func FuzzDecodeLikeKubernetes(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	for _, s := range awkward {
		f.Add([]byte("a: " + s + "\n" + s + ": b\n"))
		f.Add([]byte("{a: " + s + "}\n"))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !utf8.Valid(doc) || bytes.HasPrefix(doc, byteOrderMark) {
			t.Skip()
		}
		docs, err := split(doc)
		if err != nil || len(docs) != 1 {
			t.Skip()
		}
		for _, strict := range []bool{false, true} {
			checkLikeKubernetes(t, docs[0].text, strict)
		}
	})
}

// documents are small documents with every feature of YAML that changes what is read.
var documents = []string{
	"a: {b: [1, 0x1F, 0o17, 017, 0b11, 1_000, 1.5, 1e3, .5, -1, +1]}\n",
	"a: [yes, no, on, off, y, n, true, false, ~, null, , =, 12:30, 2001-01-01]\n",
	"1: a\n1.5: b\ntrue: c\n-1: d\n.inf: e\n", "1e70: a\n-1e70: b\n1e-70: c\n.nan: d\n",
	"1: a\n\"1\": b\n",
	"null: a\n", "? [a]\n: b\n", "? {a: b}\n: c\n",
	"a: &x {b: c}\nd: {<<: *x, b: e}\nf: {b: 1, <<: *x}\n",
	"a: &x {b: c}\nd:\n  <<: [*x, {b: f, g: h}]\n",
	"a: 1\nb: 2\na: 3\n",
	"a: |\n  text\n\n  more\nb: >-\n  folded\n  text\n",
	"a: !!binary aGVsbG8=\nb: !!str 1\nc: !!int \"2\"\nd: !!float 1\ne: !foo bar\n",
	"a: !!binary /w==\n", "a: .nan\n", "a: 1e400\n", "a: 18446744073709551615\nb: 18446744073709551616\nc: 9223372036854775808\n",
	"a: 1.0\nb: 1e20\nc: 123456789012345678901234567890\nd: -0.0\ne: 9.0e18\nf: 1.8446744073709552e19\n",
	"{\"a\": \"\\ud83d\\ude00\\u00e9\\/\"}\n", "{\"a\": \"\\/\"}\n", "{\"a\": 1}\n{\"b\": 2}\n", "[a]\n", "a\n", "", "# only a comment\n", "a: 'x\n\n  y'\nb: \"x\\\n  y\"\n",
}

func TestDecodeLikeKubernetes(t *testing.T) {
	t.Parallel()
	for i, doc := range documents {
		for _, strict := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d strict=%v", i, strict), func(t *testing.T) {
				t.Parallel()
				checkLikeKubernetes(t, []byte(doc), strict)
			})
		}
	}
	for _, s := range awkward {
		checkLikeKubernetes(t, []byte("a: "+s+"\n"+s+": b\n"), false)
	}
}

func checkLikeKubernetes(t *testing.T, doc []byte, strict bool) {
	t.Helper()
	toJSON := sigsyaml.YAMLToJSON
	if strict {
		toJSON = sigsyaml.YAMLToJSONStrict
	}
	want, wantErr := toJSON(doc)
	objects, err := Decode(doc, "", strict)
	switch {
	case err != nil:
		return // strictly more is refused: the tests of Decode say what
	case wantErr != nil:
		if strings.Contains(wantErr.Error(), "already set in map") || isEscape(wantErr) {
			return // keys that override a merge; escapes of JSON
		}
		t.Fatalf("Decode reads what sigs.k8s.io/yaml refuses with %v:\n%s", wantErr, doc)
	case len(objects) == 0:
		if s := string(want); s != "null" && s != "{}" {
			t.Fatalf("Decode reads nothing, sigs.k8s.io/yaml reads %s:\n%s", want, doc)
		}
		return
	}
	wantValue, err := FromJSON(want)
	if err != nil {
		t.Fatalf("FromJSON(%s): %v", want, err)
	}
	if got := any(objects[0].content); len(objects) != 1 || !reflect.DeepEqual(got, wantValue) {
		t.Fatalf("got %#v\nwant %#v\n%s", got, wantValue, doc)
	}
}
