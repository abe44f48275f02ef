package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

// inActions tells whether GitHub Actions runs this.
func inActions(s Streams) bool { return s.Env("GITHUB_ACTIONS") == "true" }

// annotate makes GitHub Actions show errors beside the lines that they are about. The runner reads its commands from stderr
// as well, and stdout is for data.
func annotate(s Streams, src *source, err error) {
	var differs *differsError
	if err == nil || !inActions(s) || errors.As(err, &differs) {
		return
	}
	for _, e := range flatten(err) {
		if _, ends := e.(*partError); ends {
			continue
		}
		for _, p := range places(e) {
			fmt.Fprintln(s.Err, p.command(src))
		}
	}
}

// command is the place as a workflow command. Its file counts from the top of the checkout.
func (p place) command(src *source) string {
	var properties []string
	if p.file != "" {
		file := p.file
		if src != nil && !filepath.IsAbs(file) {
			file = filepath.Join(src.dir, file)
		}
		if src != nil {
			if rel, err := filepath.Rel(src.root, file); err == nil && filepath.IsLocal(rel) {
				file = rel
			}
		}
		properties = append(properties, "file="+escapeProperty(filepath.ToSlash(file)))
	}
	if p.line > 0 {
		properties = append(properties, fmt.Sprintf("line=%d", p.line))
	}
	if p.title != "" {
		properties = append(properties, "title="+escapeProperty(p.title))
	}
	command := "::error"
	if len(properties) > 0 {
		command += " " + strings.Join(properties, ",")
	}
	return command + "::" + escapeData(p.message)
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func escapeData(s string) string     { return dataEscapes.Replace(s) }
func escapeProperty(s string) string { return propertyEscapes.Replace(s) }

// summarize writes the step's summary, and the outputs changed and commits when this run publishes.
func summarize(s Streams, o renderOptions, src *source, results []render.Result, reports []publish.Report, failed error) error {
	if !inActions(s) || !o.targets() {
		return nil
	}
	errs := []error{appendTo(s.Env("GITHUB_STEP_SUMMARY"), summary(o, src, results, reports, failed))}
	if o.push {
		commits := map[string]string{}
		for _, r := range reports {
			if o.writes() && r.Status == publish.Published {
				commits[r.Branch] = string(r.After)
			}
		}
		// A map of strings always encodes, on one line.
		list, _ := json.Marshal(commits)
		errs = append(errs, appendTo(s.Env("GITHUB_OUTPUT"), fmt.Sprintf("changed=%t\ncommits=%s\n", changes(reports) > 0, list)))
	}
	return errors.Join(errs...)
}

// summary is a table of what happened, as markdown.
func summary(o renderOptions, src *source, results []render.Result, reports []publish.Report, failed error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### plainsail render\n\n")
	if h := src.provenance.Commit.Hash; h != "" {
		fmt.Fprintf(&b, "Source commit `%s`\n\n", h.Short())
	}
	if len(reports) > 0 {
		fmt.Fprintf(&b, "| target | result |\n| --- | --- |\n")
		for _, r := range reports {
			fmt.Fprintf(&b, "| `%s` | %s |\n", cell(targetName(o, r)), cell(outcome(o, r)))
		}
		b.WriteString("\n")
	}
	for _, r := range results {
		if r.Err != nil {
			fmt.Fprintf(&b, "- **failed**: %s in %s\n", r.Unit.App, r.Unit.Env)
			for _, p := range places(r.Err) {
				fmt.Fprintf(&b, "  - %s\n", code(p.at()+p.message))
			}
		}
	}
	if failed != nil {
		for _, e := range flatten(failed) {
			fmt.Fprintf(&b, "- **failed**: %s\n", code(e.Error()))
		}
	}
	return b.String()
}

// code is text that markdown leaves alone, on one line.
func code(s string) string { return "`" + strings.NewReplacer("`", "'", "\n", " ").Replace(s) + "`" }

func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }

// appendTo adds to a file of the runner's; none is named outside a step.
func appendTo(file, text string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("tell GitHub Actions about the run: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
