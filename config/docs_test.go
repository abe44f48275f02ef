package config_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/config"
)

// TestDocumentation: what the documentation shows works as pasted, and it has a
// word on every key.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	s := compile(t)
	fences := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(text, -1)
	if len(fences) < 3 {
		t.Errorf("found %d examples", len(fences))
	}
	for _, fence := range fences {
		if _, err := config.Parse("configuration.md", []byte(fence[1])); err != nil {
			t.Errorf("%v in:\n%s", err, fence[1])
		}
		if err := s.Validate(instance(t, fence[1])); err != nil {
			t.Errorf("%v in:\n%s", err, fence[1])
		}
	}
	keys := regexp.MustCompile(`(?m)^ +"(\w+)": \{$`).FindAllStringSubmatch(string(config.Schema), -1)
	for _, key := range keys {
		switch key[1] {
		case "items", "not", "properties", "propertyNames", "additionalProperties": // words of JSON Schema
		default:
			if !regexp.MustCompile("`[\\w.<>]*\\b"+key[1]+"\\b").MatchString(text) && !strings.Contains(text, "\n## "+key[1]) {
				t.Errorf("configuration.md does not mention %s", key[1])
			}
		}
	}
}
