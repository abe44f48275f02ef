package main

import "testing"

func TestUndecorated(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"# Warning: 'bases' is deprecated.\n":                    "'bases' is deprecated.",
		"warning: cannot overwrite table with non table for a.b": "cannot overwrite table with non table for a.b",
		"WARN dropped key=value":                                 "dropped key=value",
		"W1121 08:44:15.123456   12345 warnings.go:70] old API":  "old API",
		"  \n":             "",
		"Warnings: are":    "Warnings: are",
		"a warning: stays": "a warning: stays",
	} {
		if got := undecorated(line); got != want {
			t.Errorf("undecorated(%q) = %q, want %q", line, got, want)
		}
	}
}
