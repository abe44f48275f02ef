package publish

import (
	"fmt"
	"slices"
	"strings"
)

// subject says in words what a commit does: "Render web and api to dev, staging and prod".
func subject(plans []*Plan) string {
	var rendered, removed, renderedTo, removedFrom []string
	for _, p := range plans {
		in, out := p.Apps()
		if len(in) > 0 {
			renderedTo = append(renderedTo, p.Env)
		}
		if len(out) > 0 {
			removedFrom = append(removedFrom, p.Env)
		}
		rendered, removed = append(rendered, in...), append(removed, out...)
	}
	const apps, envs = "apps", "environments"
	switch rendered, removed = distinct(rendered), distinct(removed); {
	case len(rendered) == 0 && len(removed) == 0:
		return "Update the index of rendered files"
	case len(removed) == 0:
		return fmt.Sprintf("Render %s to %s", few(rendered, apps), few(renderedTo, envs))
	case len(rendered) == 0:
		return fmt.Sprintf("Remove %s from %s", few(removed, apps), few(removedFrom, envs))
	default:
		return fmt.Sprintf("Render %s to %s, remove %s", few(rendered, apps), few(renderedTo, envs), few(removed, apps))
	}
}

// few names up to three things and counts more.
func few(names []string, things string) string {
	switch n := len(names); {
	case n > 3:
		return fmt.Sprintf("%d %s", n, things)
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	default:
		return strings.Join(names, "")
	}
}

// Summary has a line for each app that a plan changes, such as "prod/web: 2 files added, 1 changed".
func (p *Plan) Summary() string {
	counts := map[string]map[Op]int{}
	for _, c := range p.Changes {
		if counts[c.App] == nil {
			counts[c.App] = map[Op]int{}
		}
		counts[c.App][c.Op]++
	}
	rendered, removed := p.Apps()
	var lines []string
	for _, app := range rendered {
		lines = append(lines, fmt.Sprintf("%s/%s: %s", p.Env, app, countWords(counts[app])))
	}
	for _, app := range removed {
		lines = append(lines, fmt.Sprintf("%s/%s: app removed, %s", p.Env, app, countWords(counts[app])))
	}
	return strings.Join(lines, "\n")
}

// countWords is such as "2 files added, 1 changed".
func countWords(n map[Op]int) string {
	var parts []string
	for _, op := range []Op{Added, Changed, Removed} {
		switch {
		case n[op] == 0:
		case len(parts) == 0 && n[op] == 1:
			parts = append(parts, fmt.Sprintf("1 file %s", op))
		case len(parts) == 0:
			parts = append(parts, fmt.Sprintf("%d files %s", n[op], op))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n[op], op))
		}
	}
	return strings.Join(parts, ", ")
}

// list has a line an item, and says how many there are beyond most.
func list(items []string, most int) string {
	var lines []string
	for i, item := range items {
		if i == most {
			lines = append(lines, fmt.Sprintf("- and %d more", len(items)-most))
			break
		}
		lines = append(lines, "- "+printable(item))
	}
	return strings.Join(lines, "\n")
}

// distinct is a sorted copy without repetitions.
func distinct(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}
