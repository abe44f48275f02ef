package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/plainsail/plainsail/config"
)

// onlyExported leaves out where the keys were, which no two files share.
var onlyExported = cmpopts.IgnoreUnexported(config.Config{})

// FuzzParse: what is accepted says the same after encoding; what is refused
// gives no Config, and errors that name file and line.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, tc := range parseErrors {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("f.yaml", data)
		if err != nil {
			if c != nil {
				t.Fatalf("a Config besides %v", err)
			}
			for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
				var e *config.Error
				if !errors.As(err, &e) || e.File != "f.yaml" || e.Line < 1 || e.Message == "" {
					t.Fatalf("%#v does not say where and what", err)
				}
			}
			return
		}
		encoded, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := config.Parse("f.yaml", encoded)
		if err != nil {
			t.Fatalf("cannot parse what was encoded: %v\n%s", err, encoded)
		}
		if diff := cmp.Diff(c, again, onlyExported); diff != "" {
			t.Fatalf("changed by encoding (-before +after):\n%s\n%s", diff, encoded)
		}
	})
}
