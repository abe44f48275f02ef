package publish

import "strings"

// onBranches tells whether each environment has a branch of its own, rather than a folder of one branch.
func (r *Remote) onBranches() bool {
	_, folder := r.Place("*")
	return folder == ""
}

// pattern is the refs that Place can give, as a pattern for Refs.
func (r *Remote) pattern() string {
	name, _ := r.Place("*")
	return headPrefix + name
}

// envOf is the environment that a branch belongs to by its name, "" for none.
func (r *Remote) envOf(branch string) string {
	pattern, folder := r.Place("*")
	before, _, ok := strings.Cut(pattern, "*")
	if !ok || folder != "" {
		return ""
	}
	rest, ok := strings.CutPrefix(branch, before)
	if !ok {
		return ""
	}
	// The pattern may hold the environment several times.
	for i := len(rest); i > 0; i-- {
		if env := rest[:i]; !strings.Contains(env, "/") {
			if name, _ := r.Place(env); name == branch {
				return env
			}
		}
	}
	return ""
}
