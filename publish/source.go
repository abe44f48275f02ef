package publish

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
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
	}, "  ")
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
	fmt.Fprintf(&b, "From %s %s: %s\n", oneLine(s.Repository), s.Commit.Hash.Short(), s.Commit.Subject())
	for _, p := range plans {
		if len(p.Changes) > 0 {
			fmt.Fprintf(&b, "\n%s\n", p.Summary())
		}
	}
	if len(s.Dirty) > 0 {
		fmt.Fprintf(&b, "\nRendered with uncommitted changes in:\n%s\n", list(s.Dirty, 20))
	}
	b.WriteString("\n")
	trailer := func(key, value string) { fmt.Fprintf(&b, "%s: %s\n", key, oneLine(value)) }
	trailer(TrailerRepository, s.Repository)
	trailer(TrailerCommit, string(s.Commit.Hash))
	if len(s.Dirty) > 0 {
		trailer(trailerDirty, "true")
	}
	trailer(trailerVersion, s.Version)
	trailer(trailerKustomize, render.KustomizeVersion)
	trailer(trailerHelm, render.HelmVersion)
	// A commit message must not hold it, and a source commit's subject may.
	return strings.ReplaceAll(b.String(), "\x00", "")
}

// sourceOf reads the source repository and commit from the trailers of a rendered commit's message; both are "" if there are none.
func sourceOf(message string) (repository string, commit gitrepo.Hash) {
	text := strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n"))
	for line := range strings.Lines(text[strings.LastIndex(text, "\n\n")+1:]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case TrailerRepository:
			repository = value
		case TrailerCommit:
			commit = gitrepo.Hash(value)
		}
	}
	if repository == "" || !isCommit(commit) {
		return "", ""
	}
	return repository, commit
}

var fullHash = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// isCommit tells a full object name from whatever somebody may have written in its place.
func isCommit(h gitrepo.Hash) bool { return fullHash.MatchString(string(h)) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// encodeJSON is for values that always encode: strings, and maps and lists of strings.
func encodeJSON(v any, indent string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	_ = enc.Encode(v)
	return b.Bytes()
}
