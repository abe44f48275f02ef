package manifest_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

// TestYAMLStyle pins how things look: people review it, and a change of style is a change of every rendered file.
func TestYAMLStyle(t *testing.T) {
	t.Parallel()
	const want = `a.conf: |
  [server]
  port = 8080

  [client]
args:
- --listen=:8080
- -v
- "-1"
- '*.example.com'
- '{"json": true}'
- 'it''s: here'
- :8080
- a b, c
bool: true
colon: 'a: b'
date: "2001-01-01"
empty: ""
emptyList: []
emptyMap: {}
floats:
- 0.5
- 1.0e+21
- 1.5e-07
- 1000000
hash: a#b
image: nginx:1.25@sha256:0123
integers:
- -9223372036854775808
- 18446744073709551615
nested:
- - a
  - - b
- c:
  - d: e
    f: g
  h: i
"no": "no"
"null": null
octal: "0644"
password: "1e10"
path: /a/b-c_d.e
quantity: 100m
spaces: ' a '
tabs: "a\tb"
template: |2-

    indented
  not
trailing: |+
  x

umlaut: Grüße, 世界 😀
unseen: "a\u2028b\u202ec\x1b"
url: https://example.com/?a=b&c=#d
version: 1.2.3
zero: "0"
`
	o := manifest.New(object{
		"bool": true, "null": nil, "empty": "", "emptyMap": object{}, "emptyList": []any{}, "no": "no", "octal": "0644", "zero": "0",
		"integers": []any{int64(math.MinInt64), uint64(math.MaxUint64)}, "floats": []any{0.5, 1e21, 1.5e-7, 1e6},
		"args":   []any{"--listen=:8080", "-v", "-1", "*.example.com", `{"json": true}`, "it's: here", ":8080", "a b, c"},
		"a.conf": "[server]\nport = 8080\n\n[client]\n", "template": "\n  indented\nnot", "trailing": "x\n\n", "nested": []any{
			[]any{"a", []any{"b"}}, object{"c": []any{object{"d": "e", "f": "g"}}, "h": "i"}},
		"date": "2001-01-01", "password": "1e10", "version": "1.2.3", "quantity": "100m", "path": "/a/b-c_d.e", "url": "https://example.com/?a=b&c=#d",
		"image": "nginx:1.25@sha256:0123", "hash": "a#b", "colon": "a: b", "spaces": " a ", "tabs": "a\tb", "umlaut": "Grüße, 世界 😀", "unseen": "a\u2028b\u202ec\x1b",
	}, manifest.Source{})
	got, err := o.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestYAMLLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a long line ", 500) + "ends"
	key := strings.Repeat("k", 200)
	got, err := manifest.New(object{"text": long, "map": object{key: object{"a": "b"}}, "list": object{key: []any{"a"}}, "z": object{key: "a"}}, manifest.Source{}).YAML()
	want := "list:\n  ? " + key + "\n  :\n    - a\nmap:\n  ? " + key + "\n  :\n    a: b\ntext: " + long + "\nz:\n  ? " + key + "\n  : a\n"
	if err != nil || string(got) != want {
		t.Errorf("error %v\n got %s\nwant %s", err, got, want)
	}
}

// TestYAMLEqualBytes checks that the order in which a map happens to be walked does not show. The keys are such that a
// comparison by "natural" order, with numbers in them compared as numbers, goes in circles.
func TestYAMLEqualBytes(t *testing.T) {
	t.Parallel()
	content := object{}
	for _, k := range []string{"a1", "a01", "a001", "a-", "a.", "a1b", "a01b", "a10", "a9", "a_", "aB", "ab", "a0", "a00", "10", "9", "09", "1a", "01a", "a/b", "a-b", "a b"} {
		content[k] = "x"
	}
	first := string(yamlOf(t, manifest.New(content, manifest.Source{})))
	for range 100 {
		copied := object{}
		for k, v := range content {
			copied[k] = v
		}
		if again := string(yamlOf(t, manifest.New(copied, manifest.Source{}))); again != first {
			t.Fatalf("got %s\nthen %s", first, again)
		}
	}
}

func TestYAMLOfNothing(t *testing.T) {
	t.Parallel()
	for _, content := range []object{nil, {}} {
		if got := string(yamlOf(t, manifest.New(content, manifest.Source{}))); got != "{}\n" {
			t.Errorf("got %q", got)
		}
	}
}

func TestYAMLErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  string
	}{
		{math.NaN(), "the number NaN cannot be written as JSON"},
		{math.Inf(-1), "the number -Inf cannot be written as JSON"},
		{1, "a value of type int cannot be written as YAML"},
		{"a\xff", "a text is not UTF-8"},
		{object{"\xff": "a"}, "a text is not UTF-8"},
		{[]string{"a"}, "a value of type []string cannot be written as YAML"},
	} {
		got, err := manifest.New(object{"a": []any{tt.value}}, manifest.Source{}).YAML()
		if err == nil || err.Error() != tt.want || got != nil {
			t.Errorf("%#v: got %q and error %v, want %s", tt.value, got, err, tt.want)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	objects := decodeAll(t, "a: b\n---\n"+strings.TrimPrefix(sopsSecret, "# encrypted with SOPS\n")+"---\nc: d\n")
	if err := manifest.Encode(&out, objects); err != nil {
		t.Fatal(err)
	}
	want := "a: b\n---\n" + strings.TrimPrefix(sopsSecret, "# encrypted with SOPS\n") + "---\nc: d\n"
	if out.String() != want {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
	if err := manifest.Encode(&out, []*manifest.Object{manifest.New(object{"a": 1}, manifest.Source{})}); err == nil {
		t.Error("an object that cannot be written gives no error")
	}
	full := errors.New("the disk is full")
	for after := range 3 {
		if err := manifest.Encode(&limited{after, full}, objects[:2]); !errors.Is(err, full) {
			t.Errorf("full after %d writes: got %v", after, err)
		}
	}
}

type limited struct {
	writes int
	err    error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.writes == 0 {
		return 0, l.err
	}
	l.writes--
	return len(p), nil
}
