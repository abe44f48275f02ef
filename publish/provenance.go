package publish

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render"
)

// Source is where rendered output comes from.
type Source struct {
	Repository string         // its address, without credentials
	Commit     gitrepo.Commit // that was rendered
	Dirty      []string       // files that differed from the commit
	Version    string         // of plainsail
}

// MetadataPath is where Argo CD's source hydrator and gitops-promoter look for where an environment's files come from.
const MetadataPath = "hydrator.metadata"

// metadata has the field names of gitops-promoter's contract for hydrators (docs/advanced-usage/custom-hydrator.md).
type metadata struct {
	RepoURL  string   `json:"repoURL,omitempty"`
	DrySHA   string   `json:"drySha"`
	Commands []string `json:"commands,omitempty"`
	Author   string   `json:"author,omitempty"`
	Date     string   `json:"date,omitempty"`
	Subject  string   `json:"subject,omitempty"`
	Body     string   `json:"body,omitempty"`
}

// metadata is the content of MetadataPath.
func (s Source) metadata(env string) []byte {
	return encodeJSON(metadata{
		RepoURL:  s.Repository,
		DrySHA:   string(s.Commit.Hash),
		Commands: []string{"plainsail render --env " + env},
		Author:   fmt.Sprintf("%s <%s>", s.Commit.Author.Name, s.Commit.Author.Email),
		Date:     s.Commit.Author.When.Format(time.RFC3339),
		Subject:  s.Commit.Subject(),
		Body:     s.Commit.Body(),
	})
}

func encodeJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // strings and maps of strings always encode
	return b.Bytes()
}

// Trailers of rendered commits.
const (
	TrailerRepository = "Source-Repository"
	TrailerCommit     = "Source-Commit"
	trailerDirty      = "Source-Dirty"
	trailerVersion    = "Plainsail-Version"
	trailerKustomize  = "Kustomize-Version"
	trailerHelm       = "Helm-Version"
)

// message is the commit message for the plans of one branch.
func (s Source) message(plans []*Plan) string {
	var b strings.Builder
	b.WriteString(subject(plans) + "\n\n")
	fmt.Fprintf(&b, "From %s %s: %s\n", s.Repository, s.Commit.Hash.Short(), s.Commit.Subject())
	for _, p := range plans {
		if len(p.Changes) > 0 {
			fmt.Fprintf(&b, "\n%s\n", p.Summary())
		}
	}
	if len(s.Dirty) > 0 {
		fmt.Fprintf(&b, "\nRendered with uncommitted changes in:\n%s\n", list(s.Dirty, 20))
	}
	b.WriteString("\n")
	trailer := func(key, value string) { fmt.Fprintf(&b, "%s: %s\n", key, value) }
	trailer(TrailerRepository, s.Repository)
	trailer(TrailerCommit, string(s.Commit.Hash))
	if len(s.Dirty) > 0 {
		trailer(trailerDirty, "true")
	}
	trailer(trailerVersion, s.Version)
	trailer(trailerKustomize, render.KustomizeVersion)
	trailer(trailerHelm, render.HelmVersion)
	return b.String()
}

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
	switch rendered, removed = distinct(rendered), distinct(removed); {
	case len(rendered) == 0 && len(removed) == 0:
		return "Update the index of rendered files"
	case len(removed) == 0:
		return fmt.Sprintf("Render %s to %s", apps(rendered), words(renderedTo))
	case len(rendered) == 0:
		return fmt.Sprintf("Remove %s from %s", apps(removed), words(removedFrom))
	default:
		return fmt.Sprintf("Render %s to %s, remove %s", apps(rendered), words(renderedTo), apps(removed))
	}
}

func distinct(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// apps names up to three apps and counts more.
func apps(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%d apps", len(names))
	}
	return words(names)
}

func words(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
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

func list(items []string, most int) string {
	var b strings.Builder
	for i, item := range items {
		if i == most {
			fmt.Fprintf(&b, "- and %d more", len(items)-most)
			break
		}
		fmt.Fprintf(&b, "- %s\n", item)
	}
	return strings.TrimRight(b.String(), "\n")
}

// sourceOf reads the source repository and commit from the trailers of a rendered commit's message.
func sourceOf(message string) (repository string, commit gitrepo.Hash) {
	paragraphs := strings.Split(strings.TrimSpace(message), "\n\n")
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case TrailerRepository:
			repository = value
		case TrailerCommit:
			commit = gitrepo.Hash(value)
		}
	}
	return repository, commit
}
