package config

import (
	"cmp"
	"slices"
	"strings"
)

// ranks is the usual order of promotion.
var ranks = rank(
	[]string{"dev", "development"},
	[]string{"test", "testing"},
	[]string{"qa"},
	[]string{"int", "integration"},
	[]string{"uat"},
	[]string{"stage", "staging"},
	[]string{"preprod", "pre-prod"},
	[]string{"prod", "production"},
)

func rank(groups ...[]string) map[string]int {
	m := map[string]int{}
	for i, names := range groups {
		for _, name := range names {
			m[name] = i
		}
	}
	return m
}

// sortEnvironments sorts by usual rank, then by name. A variant (prod-eu) ranks
// with what it varies; other names come last.
func sortEnvironments(names []string) {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(a, b))
	})
}

func rankOf(name string) int {
	// Cut from the right, so that pre-prod-eu is found as pre-prod.
	for rest := name; ; {
		if r, ok := ranks[rest]; ok {
			return r
		}
		cut := strings.LastIndexAny(rest, "-.")
		if cut < 0 {
			return len(ranks)
		}
		rest = rest[:cut]
	}
}
