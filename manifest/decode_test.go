package manifest_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/plainsail/plainsail/manifest"
)

type object = map[string]any

func TestDecode(t *testing.T) {
	t.Parallel()
	a, b := object{"a": "b"}, object{"c": "d"}
	for _, tt := range []struct {
		name, in string
		want     []object
		lines    []int
	}{
		{name: "nothing"},
		{name: "white space", in: " \n\t\n\n"},
		{name: "one", in: "a: b", want: []object{a}, lines: []int{1}},
		{name: "two", in: "a: b\n---\nc: d\n", want: []object{a, b}, lines: []int{1, 3}},
		{name: "marker first", in: "---\na: b\n", want: []object{a}, lines: []int{2}},
		{name: "markers without documents", in: "---\n---\na: b\n---\n--- \n---\t\nc: d\n---", want: []object{a, b}, lines: []int{3, 7}},
		{name: "comments only", in: "# x\n---\n# y\n---\na: b\n---\n# z", want: []object{a}, lines: []int{5}},
		{name: "null, empty mapping", in: "null\n---\n~\n---\n{}\n---\na: b", want: []object{a}, lines: []int{7}},
		{name: "comment after marker", in: "--- # first\na: b\n--- # second\nc: d\n", want: []object{a, b}, lines: []int{2, 4}},
		{name: "content after marker", in: "--- {a: b}\n--- {c: d} # x\n", want: []object{a, b}, lines: []int{1, 2}},
		{name: "content after marker goes on", in: "--- {a:\n b}\n", want: []object{a}, lines: []int{1}},
		{name: "leading comments", in: "# x\n\n# y\na: b\n---\n\n# z\nc: d\n", want: []object{a, b}, lines: []int{4, 8}},
		{name: "end markers", in: "a: b\n...\n---\nc: d\n...\n", want: []object{a, b}, lines: []int{1, 4}},
		{name: "end marker alone between", in: "a: b\n... # x\nc: d\n", want: []object{a, b}, lines: []int{1, 3}},
		{name: "directives", in: "%YAML 1.1\n---\na: b\n...\n# x\n%YAML 1.2\n%TAG ! tag:example.com,2000:\n---\nc: d\n", want: []object{a, b}, lines: []int{3, 9}},
		{name: "percent in a block", in: "a: |\n %YAML\n---\nc: d\n", want: []object{{"a": "%YAML\n"}, b}, lines: []int{1, 4}},
		{name: "indented markers in a block", in: "a: |\n  ---\n  ...\n  x\n---\nc: d\n", want: []object{{"a": "---\n...\nx\n"}, b}, lines: []int{1, 6}},
		{name: "dashes in text", in: "a: b\n---x: 1\n", want: []object{{"a": "b", "---x": int64(1)}}, lines: []int{1}},
		{name: "CRLF", in: "a: b\r\n---\r\n# x\r\nc: d\r\n", want: []object{a, b}, lines: []int{1, 4}},
		{name: "CRLF in a block", in: "a: |\r\n  x\r\n  y\r\n", want: []object{{"a": "x\ny\n"}}, lines: []int{1}},
		{name: "CR alone", in: "a: b\r---\r# x\rc: d\r", want: []object{a, b}, lines: []int{1, 4}},
		{name: "byte order mark", in: "\ufeffa: b\n", want: []object{a}, lines: []int{1}},
		{name: "byte order mark and marker", in: "\ufeff---\na: b\n", want: []object{a}, lines: []int{2}},
		{name: "byte order mark of a joined file", in: "a: b\n\ufeff---\nc: d\n", want: []object{a, b}, lines: []int{1, 3}},
		{name: "JSON", in: `{"a":"b"}`, want: []object{a}, lines: []int{1}},
		{name: "JSON with tabs", in: "{\n\t\"a\": \"b\",\n\t\"l\": [\n\t\t1\n\t]\n}\n", want: []object{{"a": "b", "l": []any{int64(1)}}}, lines: []int{1}},
		{name: "JSON escapes", in: `{"a":"\ud83d\ude00 \u00e9 \/ \\ud83d\\ude00 \\\ud83d\ude00"}`, want: []object{{"a": "😀 é / \\ud83d\\ude00 \\😀"}}, lines: []int{1}},
		{name: "tab before a comment", in: "a: b\t# x\n", want: []object{a}, lines: []int{1}},
		{name: "anchors", in: "a: &x {z: 1}\nb: *x\n", want: []object{{"a": object{"z": int64(1)}, "b": object{"z": int64(1)}}}, lines: []int{1}},
		{name: "keys that are not text", in: "1: a\ntrue: b\n1.5: c\n010: d\n", want: []object{{"1": "a", "true": "b", "1.5": "c", "8": "d"}}, lines: []int{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, encoded := range []struct {
				name string
				data []byte
			}{
				{"UTF-8", []byte(tt.in)},
				{"UTF-16 LE", utf16Text(binary.LittleEndian, tt.in)},
				{"UTF-16 BE", utf16Text(binary.BigEndian, tt.in)},
			} {
				got, err := manifest.Decode(encoded.data, "f.yaml", true)
				if err != nil {
					t.Fatalf("%s: %v", encoded.name, err)
				}
				if len(got) != len(tt.want) {
					t.Fatalf("%s: got %d objects, want %d", encoded.name, len(got), len(tt.want))
				}
				for i, o := range got {
					if !reflect.DeepEqual(o.Content(), tt.want[i]) {
						t.Errorf("%s: object %d:\n got %#v\nwant %#v", encoded.name, i, o.Content(), tt.want[i])
					}
					if want := (manifest.Source{File: "f.yaml", Line: tt.lines[i]}); o.Source != want {
						t.Errorf("%s: object %d is at %s, want %s", encoded.name, i, o.Source, want)
					}
				}
			}
		})
	}
}

func utf16Text(order binary.ByteOrder, s string) []byte {
	text := make([]byte, 2)
	order.PutUint16(text, 0xfeff)
	for _, u := range utf16.Encode([]rune(strings.TrimPrefix(s, "\ufeff"))) {
		text = binary.BigEndian.AppendUint16(text, u)
		if order == binary.ByteOrder(binary.LittleEndian) {
			n := len(text)
			text[n-2], text[n-1] = text[n-1], text[n-2]
		}
	}
	return text
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"list", "- a\n", "f.yaml:1: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"},
		{"list later", "a: b\n---\n# x\n- a\n", "f.yaml:4: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"},
		{"JSON list", "[{}]", "f.yaml:1: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"},
		{"scalar", "a: b\n---\ntext\n", "f.yaml:3: the document is a single value; a Kubernetes object is a mapping with apiVersion and kind"},
		{"the scalar =", "=\n", "f.yaml:1: the document is a single value; a Kubernetes object is a mapping with apiVersion and kind"},
		{"block scalar at top", "--- |\n a\n%b\n", "f.yaml:3: found unknown directive name"},
		{"text after end marker", "a: b\n... c: d\n", `f.yaml:2: there is text after "..." on its line`},
		{"two JSON objects", "{\"a\": 1}\n{\"b\": 2}\n", `f.yaml:2: there is text after the document's end; put a line of "---" between two documents`},
		{"two JSON objects on a line", "# x\n{\"a\": 1}{\"b\": 2}\n", `f.yaml:2: there is text after the document's end; put a line of "---" between two documents`},
		{"quoted text over a marker", "a: \"x\n---\ny\"\n", "f.yaml:1: found unexpected end of stream"},
		{"not UTF-8", "a: b\r\nc: d\n# \xff\n", "f.yaml:3: the text is not UTF-8; save the file as UTF-8"},
		{"not UTF-8, CR alone", "a: b\rc: \xff\r", "f.yaml:2: the text is not UTF-8; save the file as UTF-8"},
		{"Latin-1 in line 1", "a: \xe9", "f.yaml:1: the text is not UTF-8; save the file as UTF-8"},
		{"UTF-16, half a unit", "\xff\xfea\x00\n\x00b", "f.yaml:2: the text starts like UTF-16 and goes on otherwise; save the file as UTF-8"},
		{"UTF-16, half a pair", "\xfe\xff\x00a\xd8\x3d\x00b", "f.yaml:1: the text starts like UTF-16 and goes on otherwise; save the file as UTF-8"},
		{"control character", "a: b\n---\nc: d\ne: \"\x01\"\n", "f.yaml:4: the control character U+0001 is not allowed in YAML; write it as an escape in a double-quoted string"},
		{"tab as indentation", "a: b\n---\nc:\n\td: e\n", "f.yaml:4: the line is indented with a tab; YAML takes spaces"},
		{"tab as indentation in a list", "c:\n  - a: b\n  \tc: d\n", "f.yaml:3: the line is indented with a tab; YAML takes spaces"},
		{"duplicate", "# x\n\na: 1\nb: 2\na: 3\n", `f.yaml:5: the key "a" is given twice, first in line 3`},
		{"duplicate in the third document", "# x\na: 1\n---\nb: 1\n---\n# y\n# z\nc:\n  d: 1\n  e: {}\n  d:\n    f: 2\n", `f.yaml:11: the key "d" is given twice, first in line 9`},
		{"duplicate after a marker on its line", "a: 1\n--- {b: 1,\n b: 2}\n", `f.yaml:3: the key "b" is given twice, first in line 2`},
		{"duplicate in a list", "a:\n- b: 1\n  c: 2\n  b: 3\n", `f.yaml:4: the key "b" is given twice, first in line 2`},
		{"duplicate in JSON", "{\n  \"a\": 1,\n  \"a\": 2\n}\n", `f.yaml:3: the key "a" is given twice, first in line 2`},
		{"duplicate null", "a: ~\na: 1\n", `f.yaml:2: the key "a" is given twice, first in line 1`},
		{"duplicate of another type", "1: a\n\"1\": b\n", `f.yaml:1: two keys of a mapping both become "1": one is text and one is not; write both in quotes`},
		{"merge after a key", "x: &x {a: 1}\ny:\n  a: 2\n  <<: *x\n", `f.yaml:4: the merge << gives the key "a" again, which line 3 sets: put << before the keys that override it`},
		{"two merges", "x: &x {a: 1}\ny:\n  <<: *x\n  <<: {a: 2}\n", `f.yaml:4: the key "<<" is given twice, first in line 3`},
		{"merge of a list", "x: &x [1]\ny:\n  <<: *x\n", "f.yaml:1: map merge requires map or sequence of maps as the value"},
		{"anchor missing", "a: b\nc: *hunter2\n", "f.yaml:1: an alias (*name) has no anchor (&name) before it in its document; text that starts with * must be in quotes"},
		{"anchor of another document", "a: &x b\n---\nc: *x\n", "f.yaml:2: an alias (*name) has no anchor (&name) before it in its document; text that starts with * must be in quotes"},
		{"anchor in itself", "a: &x [*x]\n", "f.yaml:1: an anchor (&name) contains an alias (*name) of itself"},
		{"wrong tag", "a: !!int \"hunter2\nhunter2\"\n", "f.yaml:1: a value is not what its tag !!int says"},
		{"template left in", "a: {{ .Values.x }}\n", "f.yaml:1: a mapping or a list stands where a key is expected; {{ }} of a template that was not filled in reads like that"},
		{"key that is a mapping", "? {hunter2: x}\n: y\n", "f.yaml:1: a mapping or a list stands where a key is expected; {{ }} of a template that was not filled in reads like that"},
		{"null key", "data:\n  null: hunter2\n", "f.yaml:1: a mapping has a key that is empty or null; put it in quotes if it is text"},
		{"large key", "18446744073709551615: a\n", "f.yaml:1: a mapping has a key that is not text; put it in quotes"},
		{"binary", "a: !!binary /w==\n", "f.yaml:1: a !!binary value is not text; write it without the tag: Kubernetes takes binary data as base64 text"},
		{"not base64", "a: !!binary hunter2\n", "f.yaml:1: !!binary value contains invalid base64 data"},
		{"not a number", "a: .nan\n", "f.yaml:1: a value is infinite or not a number (.inf, .nan), which JSON has no word for; put it in quotes if it is text"},
		{"infinite", "x: y\n---\na: -.inf\n", "f.yaml:3: a value is infinite or not a number (.inf, .nan), which JSON has no word for; put it in quotes if it is text"},
		{"half a pair in JSON", `{"a":"\ud83d"}`, "f.yaml:1: found invalid Unicode character escape code"},
		{"colon in text", "a: b\n---\nc: d\ne: f: g\n", "f.yaml:4: mapping values are not allowed in this context"},
		{"wrong indentation", "a: b\n---\nc:\n  - d\n e: f\n", "f.yaml:5: did not find expected key"},
		{"list ends early", "a:\n- b\n- c\nd\n", "f.yaml:4: could not find expected ':'"},
		{"flow not closed", "a: b\nc: [d,\ne: f\n", "f.yaml:3: did not find expected ',' or ']'"},
		{"quote not closed", "a: b\nc: \"d\ne: f\n", "f.yaml:3: found unexpected end of stream"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := manifest.Decode([]byte(tt.in), "f.yaml", true)
			if err == nil {
				t.Fatalf("got no error but %d objects, want %s", len(got), tt.want)
			}
			if got != nil {
				t.Errorf("got %d objects along with an error", len(got))
			}
			if err.Error() != tt.want {
				t.Errorf("\n got %s\nwant %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells a value: %v", err)
			}
		})
	}
}

func TestDecodeWithoutFile(t *testing.T) {
	t.Parallel()
	_, err := manifest.Decode([]byte("a: b\n---\n- c\n"), "", false)
	want := "line 3: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// TestDecodeLax checks what only strict reading refuses.
func TestDecodeLax(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     object
	}{
		{"duplicate", "a: 1\nb: 2\na: 3\n", object{"a": int64(3), "b": int64(2)}},
		{"duplicate null", "a: 1\na: ~\n", object{"a": nil}},
		{"merge after a key, as in Kubernetes", "x: &x {a: 1}\nz:\n  a: 2\n  <<: *x\n", object{"x": object{"a": int64(1)}, "z": object{"a": int64(1)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkContent(t, tt.in, false, tt.want)
			if _, err := manifest.Decode([]byte(tt.in), "", true); err == nil {
				t.Error("strict reading accepts it too")
			}
		})
	}
}

func TestDecodeMerge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     object
	}{
		{"override", "x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  a: 3\n", object{"x": object{"a": int64(1), "b": int64(2)}, "z": object{"a": int64(3), "b": int64(2)}}},
		{"several", "z:\n  <<: [{a: 1}, {a: 2, b: 2}]\n  c: 3\n", object{"z": object{"a": int64(1), "b": int64(2), "c": int64(3)}}},
		{"no overlap", "x: &x {a: 1}\nz: {b: 2, <<: *x}\n", object{"x": object{"a": int64(1)}, "z": object{"a": int64(1), "b": int64(2)}}},
		{"quoted, an ordinary key", "z: {\"<<\": 1}\n", object{"z": object{"<<": int64(1)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkContent(t, tt.in, true, tt.want)
			checkContent(t, tt.in, false, tt.want)
		})
	}
}

func checkContent(t *testing.T, in string, strict bool, want object) {
	t.Helper()
	got, err := manifest.Decode([]byte(in), "", strict)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || !reflect.DeepEqual(got[0].Content(), want) {
		t.Errorf("got %d objects, the first %#v\nwant %#v", len(got), got[0].Content(), want)
	}
}

// TestDecodeScalars checks that scalars are what Kubernetes takes them for, with integers exact.
func TestDecodeScalars(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want any
	}{
		{"yes", true}, {"no", false}, {"on", true}, {"Off", false}, {"y", true}, {"N", false}, {"true", true}, {"tRue", "tRue"}, {`"yes"`, "yes"},
		{"~", nil}, {"null", nil}, {"", nil}, {"''", ""}, {"nil", "nil"}, {"=", "="}, {"<<", "<<"}, {"12:30", "12:30"}, {"2001-01-01", "2001-01-01"},
		{"017", int64(15)}, {"0o17", int64(15)}, {"08", int64(8)}, {"0x1F", int64(31)}, {"0b11", int64(3)}, {"1_000", int64(1000)}, {"+1", int64(1)}, {"-0", int64(0)},
		{"9007199254740993", int64(9007199254740993)}, {"9223372036854775807", int64(math.MaxInt64)}, {"-9223372036854775808", int64(math.MinInt64)},
		{"9223372036854775808", uint64(1 << 63)}, {"18446744073709551615", uint64(math.MaxUint64)}, {"18446744073709551616", float64(1 << 64)},
		{"1.5", 1.5}, {".5", 0.5}, {"1e3", int64(1000)}, {"1.0", int64(1)}, {"-0.0", int64(0)}, {"1e-7", 1e-7}, {"1e20", 1e20}, {"1e400", "1e400"}, {"1.1.1", "1.1.1"},
		{"!!str 1", "1"}, {"!!float 1", int64(1)}, {"!!binary aGk=", "hi"}, {"!local x", "x"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			checkContent(t, "v: "+tt.in+"\n", true, object{"v": tt.want})
			checkContent(t, "{v: "+tt.in+"}", true, object{"v": tt.want})
		})
	}
}

func TestFromJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want any
	}{
		{`null`, nil}, {`"a"`, "a"}, {`1`, int64(1)}, {`1.0`, int64(1)}, {`1e3`, int64(1000)}, {`-0`, int64(0)}, {`-0.0`, int64(0)}, {`1.5`, 1.5},
		{`9007199254740993`, int64(9007199254740993)}, {`18446744073709551615`, uint64(math.MaxUint64)}, {`18446744073709551616`, float64(1 << 64)},
		{`[1,{"a":2,"b":[]}]`, []any{int64(1), object{"a": int64(2), "b": []any{}}}},
	} {
		got, err := manifest.FromJSON([]byte(tt.in))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %#v and error %v, want %#v", tt.in, got, err, tt.want)
		}
	}
	for in, want := range map[string]string{
		`1e400`:          "the number 1e400 does not fit a 64-bit float",
		`{"a":[-1e999]}`: "the number -1e999 does not fit a 64-bit float",
		`{} {}`:          "there is text after the value",
		`{`:              "unexpected EOF",
	} {
		if got, err := manifest.FromJSON([]byte(in)); err == nil || err.Error() != want || got != nil {
			t.Errorf("%s: got %#v and error %v, want %s", in, got, err, want)
		}
	}
}

// TestDecodeBombs checks that small hostile input takes bounded time and memory.
func TestDecodeBombs(t *testing.T) {
	t.Parallel()
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	merges := "a0: &a0 {k: v}\n"
	for i := range 40 {
		merges += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d]}\n", i+1, i+1, i, i)
	}
	const (
		aliasing = "f.yaml:1: its aliases (*name) multiply its size beyond bounds"
		grown    = "f.yaml:1: written out in full, the document is many times its size: it multiplies itself with aliases (*name), or is nested too deeply"
	)
	for _, tt := range []struct{ name, in, want string }{
		{"billion laughs", laughs, aliasing},
		{"merges", merges, aliasing},
		{"long text, many aliases", "a: &a " + strings.Repeat("x", 100_000) + "\nb: [" + strings.Repeat("*a,", 50_000) + "]\n", grown},
		{"long key, many aliases", "a: &a {" + strings.Repeat("x", 900) + ": 1}\nb: [" + strings.Repeat("*a,", 50_000) + "]\n", grown},
		{"lists in lists", "a: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), grown},
		{"mappings in mappings", strings.Repeat("{a: ", 9_000) + strings.Repeat("}", 9_000), grown},
		{"many leaves, deep down", "a: " + strings.Repeat("[", 2_000) + strings.Repeat("1,", 100_000) + strings.Repeat("]", 2_000), grown},
		{"deeper than the parser goes", "a: " + strings.Repeat("[", 100_000), "f.yaml:1: exceeded max depth of 10000"},
		{"lists in lists on lines", strings.Repeat("- ", 50_000), "f.yaml:1: exceeded max depth of 10000"},
		{"many directives", strings.Repeat("%\n", 500_000) + "- a", "f.yaml:500001: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"},
		{"many markers", strings.Repeat("---\n", 500_000) + "- a", "f.yaml:500001: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"},
		{"many CR", strings.Repeat("#\r", 500_000) + "- a", "f.yaml:500001: the document is a list; a Kubernetes object is a mapping with apiVersion and kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, strict := range []bool{true, false} {
				start := time.Now()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := manifest.Decode([]byte(tt.in), "f.yaml", strict)
				runtime.ReadMemStats(&after)
				if err == nil || err.Error() != tt.want {
					t.Errorf("strict %v:\n got %.200v\nwant %s", strict, err, tt.want)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("strict %v: took %s", strict, took)
				}
				if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 600 {
					t.Errorf("strict %v: allocated %d MiB for %d KiB", strict, mib, len(tt.in)>>10)
				}
			}
		})
	}
}

// TestDecodeHonestSize checks that the bounds leave large but honest documents alone.
func TestDecodeHonestSize(t *testing.T) {
	t.Parallel()
	in := "default: &d {image: nginx, ports: [80, 443], env: {A: b}}\nall:\n" + strings.Repeat("- {<<: *d, name: x}\n", 5_000)
	if _, err := manifest.Decode([]byte(in), "f.yaml", true); err != nil {
		t.Errorf("anchors: %v", err)
	}
	in = `{"a":` + strings.Repeat(`{"b":[`, 100) + `"` + strings.Repeat("x", 1<<20) + `"` + strings.Repeat(`]}`, 100) + `}`
	if _, err := manifest.Decode([]byte(in), "f.yaml", true); err != nil {
		t.Errorf("nested 200 deep: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a: b\n---\nc: d\n", "--- {a: b}\n...\n%YAML 1.1\n---\nc: |\n ---\n", "a: &x {b: c}\nd: {<<: *x}\n", "\ufeff---\r\na: b\r\n", "sops: {}\nb: 1\n",
		"\xff\xfea\x00:\x00 \x00b\x00", "a: b\na: c\n", "- a", "a: \xff", "a:\n\tb", "{\"a\": 1}{\"b\": 2}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, strict := range []bool{false, true} {
			saved := string(in)
			objects, err := manifest.Decode(in, "f.yaml", strict)
			if string(in) != saved {
				t.Fatal("Decode changed its input")
			}
			if err != nil {
				if objects != nil {
					t.Fatal("objects along with an error")
				}
				if !strings.HasPrefix(err.Error(), "f.yaml:") {
					t.Fatalf("an error without a line: %v", err)
				}
				continue
			}
			lines := strings.Count(saved, "\n") + strings.Count(saved, "\r") + 1
			for _, o := range objects {
				if len(o.Content()) == 0 || o.Source.Line < 1 || o.Source.Line > lines {
					t.Fatalf("object at %s with %d keys", o.Source, len(o.Content()))
				}
				doc, err := o.YAML()
				if err != nil {
					t.Fatal(err)
				}
				// A SOPS document is kept with whatever made it ambiguous.
				again, err := manifest.Decode(doc, "", strict && !o.Encrypted())
				if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0].Content(), o.Content()) {
					t.Fatalf("read again: %v\n%s", err, doc)
				}
			}
		}
	})
}
