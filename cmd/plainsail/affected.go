package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

func affectedCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:  "affected",
		Usage: "say which apps in which environments a change touches, and through which file",
		Description: `Compares the source, as it is in the work tree, with the commit that --since and HEAD last had in common, and names the
apps and environments that look at a file that differs. It goes by what their renders really read, not by folder names: a
shared base, a component, a values file, a file that was not there before. Only what is not known from an earlier run is
rendered; nothing is published. A chart's templates can read every file of the chart, so a values file in a chart's folder
touches all who use the chart, unless the chart's .helmignore leaves it out (values-*.yaml).

  plainsail affected --since origin/main
  plainsail affected --since HEAD~1 --output json
  plainsail affected --since "$BASE" --output matrix    one line for the matrix of a GitHub Actions job

Apps that the change removes are not named. In a clone one commit deep the base must be there: fetch-depth: 0 in
actions/checkout.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"C"}, Usage: "the source: a folder `DIR` in a git checkout", Value: "."},
			&cli.StringFlag{Name: "since", Usage: "compare with this `REVISION`: a branch, a tag or a commit"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FORMAT` of the result: text, json or matrix", Value: "text"},
		},
		Action: func(c *cli.Context) error {
			format := c.String("output")
			switch {
			case c.Args().Present():
				return usagef("name the source with -C DIR", "affected takes no arguments, got %q", c.Args().First())
			case c.String("since") == "":
				return usagef("plainsail affected --since origin/main", "affected needs --since")
			case format != "text" && format != "json" && format != "matrix":
				return usagef("use text, json or matrix", "--output %s: there is no such format", format)
			}
			out, err := findAffected(c.Context, renderOptions{dir: c.String("directory")}, c.String("since"), s)
			if err != nil {
				return err
			}
			return printAffected(s.Out, format, out)
		},
	}
}

// affectedOutput is what affected --output json prints. Fields are only ever added.
type affectedOutput struct {
	Since   string         `json:"since"`   // the commit compared with
	Changed []string       `json:"changed"` // the files that differ
	Units   []affectedUnit `json:"units"`   // those that look at one of them
}

// affectedUnit is one app in one environment.
type affectedUnit struct {
	App     string   `json:"app"`
	Env     string   `json:"env"`
	Path    string   `json:"path"`
	Through []string `json:"through"` // the files that differ and that it looks at
}

func findAffected(ctx context.Context, o renderOptions, since string, s Streams) (affectedOutput, error) {
	src, err := openSource(ctx, o, s)
	if err != nil {
		return affectedOutput{}, err
	}
	if src.repo == nil || src.head != nil {
		return affectedOutput{}, usagef("run it in a checkout with a commit to compare with", "affected: %v", src.head)
	}
	diff, err := src.repo.Since(ctx, since)
	if errors.Is(err, gitrepo.ErrNotFound) {
		return affectedOutput{}, usagef("fetch it first; in GitHub Actions, set fetch-depth: 0 for actions/checkout", "--since %s: there is no such revision in this clone", since)
	}
	if err != nil {
		return affectedOutput{}, err
	}
	results, err := src.reads(ctx, o, s)
	if err != nil {
		return affectedOutput{}, err
	}
	out := affectedOutput{Since: string(diff.Base), Changed: []string{}, Units: []affectedUnit{}}
	var edits []render.Edit
	for p, status := range diff.Paths {
		out.Changed = append(out.Changed, p)
		edits = append(edits, render.Edit{Path: p, Moved: status != gitrepo.Modified})
	}
	slices.Sort(out.Changed)
	touched := render.NewTouched(edits, hadFiles(diff.Entries), src.hasFiles)
	configured := src.configured(ctx, diff)
	for _, r := range results {
		through := append(configured(r.Unit), touched.By(r.Reads)...)
		if len(through) > 0 {
			out.Units = append(out.Units, affectedUnit{r.Unit.App, r.Unit.Env, r.Unit.Path, through})
		}
	}
	return out, ctx.Err()
}

// reads renders what is not known, and finds out what every unit looks at. Units that fail are no reason to stop: what they looked
// at until then tells too.
func (src *source) reads(ctx context.Context, o renderOptions, s Streams) ([]render.Result, error) {
	engine, err := render.NewEngine(render.EngineOptions{Root: src.root, Base: src.dir, HelmShim: executable()})
	if err != nil {
		return nil, err
	}
	// The published digests know most of a fresh clone. Without a way to them, everything is rendered.
	var t target
	if remote, err := src.openRendered(ctx, s); err == nil {
		defer remote.Close()
		t = &publish.Remote{Repo: remote, Source: src.provenance, Place: src.config.Branch}
	}
	cache, err := src.openCache(ctx, o, t)
	if err != nil && ctx.Err() == nil {
		cache, err = src.openCache(ctx, o, nil)
	}
	if err != nil {
		return nil, err
	}
	progress := newProgress(s, len(src.plan.Units))
	results := engine.Units(ctx, src.plan.Units, render.UnitOptions{Gates: gates, Progress: progress.done, Cache: cache})
	progress.clear()
	localStore(src.dir).write(cache.Store, results, true)
	return results, ctx.Err()
}

// hadFiles tells which folders a commit has, by its files.
func hadFiles(entries []gitrepo.Entry) func(string) bool {
	folders := map[string]bool{".": true}
	for _, e := range entries {
		for dir := path.Dir(e.Path); !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	return func(folder string) bool { return folders[folder] }
}

func (src *source) hasFiles(folder string) bool {
	info, err := os.Stat(filepath.Join(src.root, filepath.FromSlash(folder)))
	return err == nil && info.IsDir()
}

// configured tells, when plainsail.yaml is among the changed files, which units it sets otherwise than before.
func (src *source) configured(ctx context.Context, diff gitrepo.Difference) func(config.Unit) []string {
	none := func(config.Unit) []string { return nil }
	file := src.configFile(diff)
	if file == "" {
		return none
	}
	all := func(config.Unit) []string { return []string{file} }
	before := &config.Config{}
	if i := slices.IndexFunc(diff.Entries, func(e gitrepo.Entry) bool { return e.Path == file }); i >= 0 {
		data, err := src.repo.ReadBlob(ctx, diff.Entries[i].Hash)
		if err != nil {
			return all
		}
		if before, err = config.Parse(file, data); err != nil {
			return all
		}
	}
	plan, err := before.Discover(os.DirFS(src.dir), config.DiscoverOptions{DefaultApp: filepath.Base(src.provenance.Repository)})
	if err != nil {
		return all // the folders have changed with it
	}
	was := map[string]config.Unit{}
	for _, u := range plan.Units {
		was[render.Key(u)] = u
	}
	return func(u config.Unit) []string {
		if old, ok := was[render.Key(u)]; ok && reflect.DeepEqual(old, u) {
			return nil
		}
		return []string{file}
	}
}

// configFile is the changed file that configures plainsail, "" if none has changed.
func (src *source) configFile(diff gitrepo.Difference) string {
	folder, err := filepath.Rel(src.root, src.dir)
	if err != nil {
		return ""
	}
	for _, name := range []string{config.FileName, strings.TrimSuffix(config.FileName, ".yaml") + ".yml"} {
		file := path.Join(filepath.ToSlash(folder), name)
		if _, changed := diff.Paths[file]; changed {
			return file
		}
	}
	return ""
}

func printAffected(w io.Writer, format string, out affectedOutput) error {
	switch format {
	case "json":
		return writeJSON(w, out, "  ")
	case "matrix":
		matrix := struct {
			Include []map[string]string `json:"include"`
		}{[]map[string]string{}}
		for _, u := range out.Units {
			matrix.Include = append(matrix.Include, map[string]string{"app": u.App, "env": u.Env})
		}
		return writeJSON(w, matrix, "")
	}
	units := map[string][]string{}
	for _, u := range out.Units {
		for _, file := range u.Through {
			units[file] = append(units[file], u.App+"/"+u.Env)
		}
	}
	for _, file := range out.Changed {
		line := file + " → " + strings.Join(units[file], ", ")
		if len(units[file]) == 0 {
			line = file + " touches nothing that is rendered"
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
