package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

// printResult prints the outcome of a run. JSON is printed also when delivering failed: it says what became of the units.
func printResult(o renderOptions, s Streams, src *source, results []render.Result, reports []publish.Report, failed error) error {
	if o.json {
		return errors.Join(failed, writeJSON(s.Out, outputOf(src, results, reports), "  "))
	}
	var warnings []string
	for _, r := range results {
		for _, w := range r.Warnings {
			warnings = append(warnings, fmt.Sprintf("%s in %s: %s", r.Unit.App, r.Unit.Env, w))
		}
	}
	warn(s.Err, warnings)
	switch {
	case failed != nil:
		return failed
	case o.targets():
		return printReports(s.Out, o, src, reports, results)
	}
	return printUnits(s.Out, results)
}

// printUnits lists what rendered, when it goes nowhere.
func printUnits(w io.Writer, results []render.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range results {
		state := fmt.Sprintf("%d object%s", r.Objects, plural(r.Objects, "", "s"))
		if r.Err != nil {
			state = "failed"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Unit.Env, r.Unit.App, r.Unit.Type, r.Unit.Path, state)
	}
	return t.Flush()
}

// printReports says for each branch or folder what happened, with the files when nothing was written.
func printReports(w io.Writer, o renderOptions, src *source, reports []publish.Report, results []render.Result) error {
	var b strings.Builder
	b.WriteString(effort(results))
	published := false
	for _, r := range reports {
		published = published || r.Status == publish.Published
		fmt.Fprintf(&b, "%s: %s\n", targetName(o, r), outcome(o, r))
		for _, p := range r.Plans {
			switch {
			case o.writes() && len(p.Changes) > 0:
				fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(p.Summary(), "\n", "\n  "))
			case !o.writes():
				for _, c := range p.Changes {
					fmt.Fprintf(&b, "  %-8s %s/%s\n", c.Op, p.Env, c.Path)
				}
			}
		}
	}
	if published && o.push && o.writes() {
		fmt.Fprintf(&b, "pushed to %s\n", src.rendered)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// effort says how little was rendered, "" if everything was.
func effort(results []render.Result) string {
	reused := 0
	for _, r := range results {
		if r.Reused {
			reused++
		}
	}
	switch all := len(results); {
	case reused == 0:
		return ""
	case reused == all:
		return fmt.Sprintf("rendered none of %d, all are unchanged since their last render\n", all)
	default:
		return fmt.Sprintf("rendered %d of %d, the others are unchanged since their last render\n", all-reused, all)
	}
}

// targetName is a branch, or the folder of an environment.
func targetName(o renderOptions, r publish.Report) string {
	if r.Branch != "" {
		return r.Branch
	}
	return path.Join(filepath.ToSlash(o.out), r.Plans[0].Env)
}

func outcome(o renderOptions, r publish.Report) string {
	n := files(r.Changes())
	if r.Changes() == 0 {
		n = "the index" // of what belongs to whom, as when an app without objects is new
	}
	switch {
	case r.Status == publish.Superseded:
		return fmt.Sprintf("already rendered from the newer source commit %s, left alone", r.Newer.Short())
	case r.Status == publish.Unchanged:
		return "unchanged"
	case o.check:
		return n + " differ" + plural(max(r.Changes(), 1), "s", "")
	case !o.writes():
		return "would change " + n
	case r.After != "":
		return fmt.Sprintf("%s changed, commit %s", n, r.After.Short())
	}
	return n + " changed"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func files(n int) string { return fmt.Sprintf("%d file%s", n, plural(n, "", "s")) }
