package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
)

// target is where rendered output goes, or is compared with: branches or a folder.
type target interface {
	Plan(ctx context.Context, wants []publish.Want) ([]publish.Report, error)
	Publish(ctx context.Context, wants []publish.Want) ([]publish.Report, error)
}

func runRender(ctx context.Context, o renderOptions, s Streams) error {
	src, err := openSource(ctx, o, s)
	if err == nil {
		err = src.render(ctx, o, s)
	}
	if ctx.Err() == nil {
		annotate(s, src, err)
	}
	return err
}

func (src *source) render(ctx context.Context, o renderOptions, s Streams) error {
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
	var reports []publish.Report
	if len(failed) == 0 || !o.atomic {
		reports, err = deliver(ctx, o, s, src, sel, results)
	}
	err = errors.Join(printResult(o, s, src, results, reports, err), summarize(s, o, src, results, reports, err))
	if len(failed) > 0 {
		return errors.Join(errors.Join(failed...), err, &partError{len(failed), len(results), o.atomic && o.writes()})
	}
	if err == nil && o.check && changes(reports) > 0 {
		return &differsError{o.updateHint()}
	}
	return err
}

// partError ends the list of units that failed.
type partError struct {
	failed, total int
	atomic        bool
}

func (e *partError) Error() string {
	msg := fmt.Sprintf("%d of %d renders failed", e.failed, e.total)
	if e.atomic {
		return msg + ", so nothing was written (--atomic)"
	}
	return msg
}

// deliver plans or publishes what was rendered; without a target it does neither.
func deliver(ctx context.Context, o renderOptions, s Streams, src *source, sel selection, results []render.Result) ([]publish.Report, error) {
	if !o.targets() {
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
