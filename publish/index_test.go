package publish

import (
	"reflect"
	"strings"
	"testing"
)

func TestIndexEncodesOneFileALine(t *testing.T) {
	t.Parallel()
	x := Index{Units: map[string]IndexUnit{
		"web": {"https://example.com/apps", []string{"web/b.yaml", "web/a&b.yaml"}},
		"api": {Source: "other"},
	}}
	const want = `{
 "apiVersion": "plainsail.dev/v1alpha1",
 "kind": "Index",
 "units": {
  "api": {
   "source": "other",
   "files": []
  },
  "web": {
   "source": "https://example.com/apps",
   "files": [
    "web/a&b.yaml",
    "web/b.yaml"
   ]
  }
 }
}
`
	if got := string(x.Encode()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	back, err := DecodeIndex([]byte(want))
	if err != nil || string(back.Encode()) != want {
		t.Errorf("decoded: %v, %v", back, err)
	}
	if got := (Index{}).Encode(); string(got) != string(Index{Units: map[string]IndexUnit{}}.Encode()) {
		t.Errorf("no units and none yet differ: %s", got)
	}
}

func index(units string) string {
	return `{"apiVersion": "plainsail.dev/v1alpha1", "kind": "Index", "units": {` + units + `}}`
}

func TestDecodeIndexRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ data, want string }{
		"nothing":          {"", "EOF"},
		"conflict markers": {index("") + "\n>>>>>>> theirs\n", "after the end"},
		"two values":       {index("") + index(""), "after the end"},
		"another version":  {`{"apiVersion": "v2", "kind": "Index"}`, `apiVersion "v2"`},
		"another kind":     {`{"apiVersion": "plainsail.dev/v1alpha1", "kind": "X"}`, `kind "X"`},
		"an unknown key":   {`{"apiVersion": "plainsail.dev/v1alpha1", "kind": "Index", "x": 1}`, `"x"`},
		"a list":           {"[]", "cannot unmarshal"},
		"parent folder":    {index(`"web": {"files": ["web/../../x"]}`), `".." segment`},
		"absolute":         {index(`"web": {"files": ["/etc/passwd"]}`), "absolute"},
		"git's own":        {index(`"web": {"files": ["web/.GIT/config"]}`), ".git"},
		"another app's":    {index(`"web": {"files": ["api/x.yaml"]}`), "not in the folder of the app"},
		"a file of nobody": {index(`"web": {"files": ["README.md"]}`), "not in the folder of the app"},
		"the folder":       {index(`"web": {"files": ["web"]}`), "not in the folder of the app"},
		"itself":           {index(`".plainsail": {"files": [".plainsail/index.json"]}`), "cannot be the name of an app"},
		"nested app":       {index(`"a/b": {"files": ["a/b/x"]}`), "cannot be the name of an app"},
		"no app":           {index(`"": {"files": ["/x"]}`), "cannot be the name of an app"},
		"NUL":              {index(`"web": {"files": ["web/\u0000"]}`), "NUL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, err := DecodeIndex([]byte(test.data))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), IndexPath+": ") {
				t.Errorf("error = %v, want %q", err, test.want)
			}
			if !reflect.DeepEqual(x, Index{}) {
				t.Errorf("an index beside the error: %v", x)
			}
		})
	}
}

func FuzzDecodeIndex(f *testing.F) {
	f.Add([]byte(index("")))
	f.Add([]byte(index(`"web": {"source": "s", "files": ["web/a.yaml", "web/ns/b.yaml", "web/a.yaml"]}`)))
	f.Add([]byte(index(`"web": {"files": ["web/../x"]}`)))
	f.Add([]byte(index(`"w\u00e9b": {"files": null}, "a": null`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := DecodeIndex(data)
		if err != nil {
			if len(x.Units) > 0 {
				t.Fatalf("units beside the error: %v", x)
			}
			return
		}
		for app, u := range x.Units {
			for _, file := range u.Files {
				if !strings.HasPrefix(file, app+"/") || strings.Contains("/"+file+"/", "/../") || strings.HasPrefix(file, ".plainsail") {
					t.Fatalf("app %q owns %q", app, file)
				}
			}
		}
		once := x.Encode()
		y, err := DecodeIndex(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := y.Encode(); string(twice) != string(once) {
			t.Fatalf("encoded again:\n%s\nbefore:\n%s", twice, once)
		}
	})
}
