package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

func renderCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:  "render",
		Usage: "render every app in every environment, and publish or compare the result",
		Description: `Finds the apps and environments of a source repository, by its folders or its plainsail.yaml, and renders each to
plain YAML, one object a file.

  plainsail render                  render everything and say what is wrong
  plainsail render --push           commit each environment to its branch of the rendered repository, all in one push
  plainsail render --push --dry-run say what --push would change
  plainsail render --out DIR        write DIR/<env>/<app>/…
  plainsail render --check          exit 4 if what is published is not what the source renders to; changes nothing
  plainsail render --check --out DIR  the same for a folder, as in a pre-commit hook

Folders that are found without configuration: apps/<app>/overlays/<env>, charts/<app> with values-<env>.yaml,
environments/<env>/<app>, and a single app at the root or in deploy/. An app that fails is reported, the others go on, and
its last published output stays; --atomic publishes nothing then.

The rendered repository is rendered.repository of plainsail.yaml, else the source's origin, else a bare repository beside
the source. git's own credentials are used; PLAINSAIL_TOKEN, or on GitHub GITHUB_TOKEN, gives an access token.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"C"}, Usage: "the source: a folder `DIR` in a git checkout", Value: "."},
			&cli.StringSliceFlag{Name: "env", Usage: "only this `ENVIRONMENT` (repeatable)"},
			&cli.StringSliceFlag{Name: "app", Usage: "only this `APP` (repeatable)"},
			&cli.StringFlag{Name: "out", Usage: "write the files to this folder `DIR`"},
			&cli.BoolFlag{Name: "push", Usage: "publish to the rendered repository"},
			&cli.BoolFlag{Name: "check", Usage: "compare only; exit 4 if there are differences"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would change, and change nothing"},
			&cli.BoolFlag{Name: "atomic", Usage: "publish nothing if any app fails"},
			&cli.BoolFlag{Name: "allow-dirty", Usage: "publish although the source has uncommitted changes; the commit says so"},
			&cli.BoolFlag{Name: "allow-diverged", Usage: "publish although the last published source commit is not in this one's history"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FORMAT` of the result: text or json", Value: "text"},
			&cli.IntFlag{Name: "workers", Usage: "render `N` apps at once (default: one a processor)"},
		},
		Action: func(c *cli.Context) error {
			o, err := renderOptionsOf(c)
			if err != nil {
				return err
			}
			return runRender(c.Context, o, s)
		},
	}
}

// renderOptions are what the flags of render say.
type renderOptions struct {
	dir                       string
	envs, apps                []string
	out                       string
	push, check, dryRun       bool
	atomic                    bool
	allowDirty, allowDiverged bool
	json                      bool
	workers                   int
}

func renderOptionsOf(c *cli.Context) (renderOptions, error) {
	o := renderOptions{
		dir: c.String("directory"), envs: c.StringSlice("env"), apps: c.StringSlice("app"), out: c.String("out"),
		push: c.Bool("push"), check: c.Bool("check"), dryRun: c.Bool("dry-run"), atomic: c.Bool("atomic"),
		allowDirty: c.Bool("allow-dirty"), allowDiverged: c.Bool("allow-diverged"),
		json: c.String("output") == "json", workers: c.Int("workers"),
	}
	switch format := c.String("output"); {
	case c.Args().Present():
		return o, usagef("name the source with -C DIR", "render takes no arguments, got %q", c.Args().First())
	case format != "text" && format != "json":
		return o, usagef("use text or json", "--output %s: there is no such format", format)
	case o.push && o.out != "":
		return o, usagef("run render twice", "--push and --out exclude each other")
	case o.push && o.check:
		return o, usagef("--check alone compares with what is published", "--push and --check exclude each other")
	case o.workers < 0:
		return o, usagef("leave it out to use all processors", "--workers %d is negative", o.workers)
	}
	return o, nil
}

// target is where rendered output goes, or is compared with: branches or a folder.
type target interface {
	Plan(ctx context.Context, wants []publish.Want) ([]publish.Report, error)
	Publish(ctx context.Context, wants []publish.Want) ([]publish.Report, error)
}

func runRender(ctx context.Context, o renderOptions, s Streams) error {
	src, err := openSource(ctx, o, s)
	if err != nil {
		return err
	}
	if o.push && !o.dryRun {
		if err := src.publishable(o.allowDirty); err != nil {
			return err
		}
	}
	sel, err := selectUnits(src.plan, o.envs, o.apps)
	if err != nil {
		return err
	}
	engine, err := render.NewEngine(render.EngineOptions{Root: src.root, Base: src.dir, HelmShim: executable()})
	if err != nil {
		return err
	}
	progress := newProgress(s, len(sel.units))
	results := engine.Units(ctx, sel.units, render.UnitOptions{
		Workers: o.workers, Gates: []render.Gate{check.Secrets}, Progress: progress.done,
	})
	progress.clear()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed := failures(results)
	if len(failed) > 0 && o.atomic {
		return errors.Join(append(failed, fmt.Errorf("%d of %d apps failed, so nothing was published (--atomic)", len(failed), len(results)))...)
	}
	reports, err := deliver(ctx, o, s, src, sel, results)
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	if err := printResult(o, s, src, results, reports); err != nil {
		return err
	}
	if len(failed) > 0 {
		return errors.Join(append(failed, fmt.Errorf("%d of %d apps failed; the output of the others is not affected", len(failed), len(results)))...)
	}
	if o.check && changes(reports) > 0 {
		return errDiffers
	}
	return nil
}

// deliver plans or publishes what was rendered; without a target it does neither.
func deliver(ctx context.Context, o renderOptions, s Streams, src *source, sel selection, results []render.Result) ([]publish.Report, error) {
	if !o.push && !o.check && !o.dryRun && o.out == "" {
		return nil, nil
	}
	wants, err := publish.NewWants(sel.envs, results, sel.others)
	if err != nil {
		return nil, err
	}
	t, closeTarget, err := openTarget(ctx, o, s, src, sel)
	if err != nil {
		return nil, err
	}
	defer closeTarget()
	if o.check || o.dryRun {
		return t.Plan(ctx, wants)
	}
	return t.Publish(ctx, wants)
}

func openTarget(ctx context.Context, o renderOptions, s Streams, src *source, sel selection) (target, func() error, error) {
	if o.out != "" {
		return dirTarget{publish.Dir{Path: o.out, Source: src.provenance.Repository, Prune: sel.everything}}, func() error { return nil }, nil
	}
	remote, err := src.openRendered(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	t := &publish.Remote{
		Repo: remote, Source: src.provenance, Place: src.config.Branch,
		Prune: sel.everything, AllowDiverged: o.allowDiverged,
	}
	if src.repo != nil {
		t.History = src.repo
	}
	return t, remote.Close, nil
}

// dirTarget gives a folder the form of a target.
type dirTarget struct{ dir publish.Dir }

func (t dirTarget) Plan(_ context.Context, wants []publish.Want) ([]publish.Report, error) {
	return t.dir.Plan(wants)
}

func (t dirTarget) Publish(_ context.Context, wants []publish.Want) ([]publish.Report, error) {
	return t.dir.Publish(wants)
}

// failures are the errors of units, in their order.
func failures(results []render.Result) []error {
	var errs []error
	for _, r := range results {
		if r.Err != nil {
			errs = append(errs, r.Err)
		}
	}
	return errs
}

func changes(reports []publish.Report) int {
	n := 0
	for _, r := range reports {
		if r.Status == publish.Published {
			n += max(r.Changes(), 1)
		}
	}
	return n
}

// displayPath is a path as people typed or see it.
func displayPath(path string) string { return strings.TrimSuffix(filepath.ToSlash(path), "/") }
