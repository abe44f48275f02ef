package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

// renderOutput is what render --output json prints. Fields are only ever added.
type renderOutput struct {
	Source  sourceOutput   `json:"source"`
	Units   []unitOutput   `json:"units"`
	Targets []targetOutput `json:"targets"`
}

// sourceOutput is where the output comes from.
type sourceOutput struct {
	Repository string `json:"repository"`
	Commit     string `json:"commit,omitempty"`
	Dirty      bool   `json:"dirty"`
}

// unitOutput is one app in one environment.
type unitOutput struct {
	App      string   `json:"app"`
	Env      string   `json:"env"`
	Path     string   `json:"path"`
	Type     string   `json:"type"`
	Objects  int      `json:"objects"`
	Warnings []string `json:"warnings,omitempty"`
	Error    string   `json:"error,omitempty"`
	Hints    []string `json:"hints,omitempty"`
}

// targetOutput is one branch, or the folder of one environment.
type targetOutput struct {
	Branch       string         `json:"branch,omitempty"`
	Environments []string       `json:"environments"`
	Status       string         `json:"status"` // published, unchanged or superseded; with --check and --dry-run what would be
	Before       string         `json:"before,omitempty"`
	Commit       string         `json:"commit,omitempty"`
	SupersededBy string         `json:"supersededBy,omitempty"`
	Changes      []changeOutput `json:"changes"`
}

// changeOutput is one file.
type changeOutput struct {
	Env  string `json:"env"`
	App  string `json:"app"`
	Path string `json:"path"` // from the environment's root
	Op   string `json:"op"`   // added, changed or removed
}

func printResult(o renderOptions, s Streams, src *source, results []render.Result, reports []publish.Report) error {
	if o.json {
		enc := json.NewEncoder(s.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(outputOf(src, results, reports))
	}
	var warnings []string
	for _, r := range results {
		for _, w := range r.Warnings {
			warnings = append(warnings, fmt.Sprintf("%s in %s: %s", r.Unit.App, r.Unit.Env, w))
		}
	}
	warn(s.Err, warnings)
	if reports == nil {
		return printUnits(s.Out, results)
	}
	return printReports(s.Out, o, src, reports)
}

func outputOf(src *source, results []render.Result, reports []publish.Report) renderOutput {
	out := renderOutput{
		Source: sourceOutput{src.provenance.Repository, string(src.provenance.Commit.Hash), len(src.provenance.Dirty) > 0},
		Units:  []unitOutput{}, Targets: []targetOutput{},
	}
	for _, r := range results {
		u := unitOutput{App: r.Unit.App, Env: r.Unit.Env, Path: r.Unit.Path, Type: string(r.Unit.Type), Objects: len(r.Set), Warnings: r.Warnings}
		if r.Err != nil {
			u.Error, u.Hints = r.Err.Error(), hints(r.Err)
		}
		out.Units = append(out.Units, u)
	}
	for _, r := range reports {
		t := targetOutput{Branch: r.Branch, Environments: []string{}, Status: string(r.Status), Before: string(r.Before), SupersededBy: string(r.Newer), Changes: []changeOutput{}}
		if r.After != r.Before {
			t.Commit = string(r.After)
		}
		for _, p := range r.Plans {
			t.Environments = append(t.Environments, p.Env)
			for _, c := range p.Changes {
				t.Changes = append(t.Changes, changeOutput{p.Env, c.App, c.Path, string(c.Op)})
			}
		}
		out.Targets = append(out.Targets, t)
	}
	return out
}

// printUnits lists what rendered, when it goes nowhere.
func printUnits(w io.Writer, results []render.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range results {
		state := fmt.Sprintf("%d objects", len(r.Set))
		if len(r.Set) == 1 {
			state = "1 object"
		}
		if r.Err != nil {
			state = "failed"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Unit.Env, r.Unit.App, r.Unit.Type, r.Unit.Path, state)
	}
	return t.Flush()
}

// printReports says for each branch or folder what happened, with the files when nothing was written.
func printReports(w io.Writer, o renderOptions, src *source, reports []publish.Report) error {
	would := o.check || o.dryRun
	var errs []error
	for _, r := range reports {
		_, err := fmt.Fprintln(w, reportLine(o, r))
		errs = append(errs, err)
		for _, p := range r.Plans {
			for _, c := range p.Changes {
				if would {
					_, err := fmt.Fprintf(w, "  %-8s %s/%s\n", c.Op, p.Env, c.Path)
					errs = append(errs, err)
				}
			}
			if !would && len(p.Changes) > 0 {
				_, err := fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(p.Summary(), "\n", "\n  "))
				errs = append(errs, err)
			}
		}
	}
	if o.push && !would && published(reports) {
		_, err := fmt.Fprintf(w, "pushed to %s\n", src.rendered)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func published(reports []publish.Report) bool {
	for _, r := range reports {
		if r.Status == publish.Published {
			return true
		}
	}
	return false
}

func reportLine(o renderOptions, r publish.Report) string {
	name := r.Branch
	if name == "" {
		name = displayPath(o.out) + "/" + r.Plans[0].Env
	}
	switch {
	case r.Status == publish.Superseded:
		return fmt.Sprintf("%s: already rendered from the newer source commit %s, left alone", name, r.Newer.Short())
	case r.Status == publish.Unchanged:
		return name + ": unchanged"
	case o.check:
		return fmt.Sprintf("%s: differs in %s", name, files(r.Changes()))
	case o.dryRun:
		return fmt.Sprintf("%s: would change %s", name, files(r.Changes()))
	case r.After != "":
		return fmt.Sprintf("%s: %s written, commit %s", name, files(r.Changes()), r.After.Short())
	}
	return fmt.Sprintf("%s: %s written", name, files(r.Changes()))
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
