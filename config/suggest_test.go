package config

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"dev", "prod", "prod-eu", "kubeVersion", "values"}
	for word, want := range map[string]string{
		"prdo":          "prod",
		"pord":          "prod",
		"production":    "",
		"kubeversion":   "kubeVersion",
		"kube_version":  "kubeVersion",
		"KUBEVERSIONS":  "kubeVersion",
		"value":         "values",
		"x":             "",
		"":              "",
		"prod-ue":       "prod-eu",
		"dex":           "dev",
		"environments":  "",
		"kubeVersionnn": "kubeVersion",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
