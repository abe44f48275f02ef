package main

import (
	"encoding/json"
	"io"

	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

// renderOutput is what render --output json prints. Fields are only ever added.
type renderOutput struct {
	Source   sourceOutput   `json:"source"`
	Rendered string         `json:"rendered,omitempty"` // the rendered repository, when branches are published or compared
	Units    []unitOutput   `json:"units"`
	Targets  []targetOutput `json:"targets"`
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
	Reused   bool     `json:"reused"` // not rendered, as nothing that it is rendered from has changed
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

func outputOf(src *source, results []render.Result, reports []publish.Report) renderOutput {
	out := renderOutput{
		Source: sourceOutput{src.provenance.Repository, string(src.provenance.Commit.Hash), len(src.provenance.Dirty) > 0},
		Units:  []unitOutput{}, Targets: []targetOutput{},
	}
	if len(reports) > 0 && reports[0].Branch != "" {
		out.Rendered = src.rendered
	}
	for _, r := range results {
		u := unitOutput{App: r.Unit.App, Env: r.Unit.Env, Path: r.Unit.Path, Type: string(r.Unit.Type), Objects: r.Objects, Reused: r.Reused, Warnings: r.Warnings}
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

// errorOutput is what a failed command writes to stderr, as one line, when its output is JSON.
type errorOutput struct {
	Errors   []errorEntry `json:"errors"`
	ExitCode int          `json:"exitCode"`
}

// errorEntry is one thing that is wrong.
type errorEntry struct {
	Error string   `json:"error"`
	Hints []string `json:"hints,omitempty"`
}

func reportJSON(w io.Writer, err error) {
	out := errorOutput{ExitCode: exitCode(err)}
	for _, e := range flatten(err) {
		out.Errors = append(out.Errors, errorEntry{e.Error(), hints(e)})
	}
	_ = writeJSON(w, out, "")
}

// writeJSON writes one document, on one line if there is no indent.
func writeJSON(w io.Writer, v any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(v)
}
