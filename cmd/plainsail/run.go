package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/config"
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
	sel, err := selectUnits(src.plan, o.envs, o.apps, o.shard)
	if err != nil {
		return err
	}
	engine, err := render.NewEngine(render.EngineOptions{Root: src.root, Base: src.dir, HelmShim: executable()})
	if err != nil {
		return err
	}
	t, closeTarget, err := openTarget(ctx, o, s, src, sel)
	if err != nil {
		return err
	}
	defer closeTarget()
	cache, err := src.openCache(ctx, o, t)
	if err != nil {
		return err
	}
	progress := newProgress(s, len(sel.units))
	results := engine.Units(ctx, sel.units, render.UnitOptions{
		Workers: o.workers, Gates: gates, Progress: progress.done, Cache: cache,
	})
	progress.clear()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := t.(*publish.Remote); !ok {
		localStore(src.dir).write(cache.Store, results, sel.everything)
	}
	failed := failures(results)
	if o.verify {
		failed = append(failed, lies(cache, results)...)
	}
	var reports []publish.Report
	if len(failed) == 0 || !o.atomic {
		reports, err = deliver(ctx, o, t, engine, sel, results)
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

// gates are what every unit's objects must pass before anything is made of them.
var gates = []render.Gate{check.Secrets}

// deliver plans or publishes what was rendered; without a target it does neither.
func deliver(ctx context.Context, o renderOptions, t target, engine *render.Engine, sel selection, results []render.Result) ([]publish.Report, error) {
	if t == nil {
		return nil, nil
	}
	wants, err := publish.NewWants(sel.envs, results, sel.others, func(ctx context.Context, u config.Unit) render.Result {
		return engine.Unit(ctx, u, gates)
	})
	if err != nil {
		return nil, err
	}
	if remote, ok := t.(*publish.Remote); ok {
		remote.Records = render.Records(results)
	}
	if o.check || o.dryRun {
		return t.Plan(ctx, wants)
	}
	return t.Publish(ctx, wants)
}

// openTarget opens where the output goes or is compared with; nil if it goes nowhere.
func openTarget(ctx context.Context, o renderOptions, s Streams, src *source, sel selection) (target, func() error, error) {
	nothing := func() error { return nil }
	if !o.targets() {
		return nil, nothing, nil
	}
	if o.out != "" {
		return &publish.Dir{Path: o.out, Source: src.provenance.Repository, Prune: sel.prune}, nothing, nil
	}
	remote, err := src.openRendered(ctx, s)
	if err != nil {
		return nil, nothing, err
	}
	t := &publish.Remote{
		Repo: remote, Source: src.provenance, Place: src.config.Branch,
		Prune: sel.prune, AllowDiverged: o.allowDiverged,
	}
	if src.repo != nil {
		t.History = src.repo
	}
	return t, remote.Close, nil
}

// lies are the units that would have been reused and came out otherwise: the digest of what they were rendered from missed
// something.
func lies(cache *render.Cache, results []render.Result) []error {
	var errs []error
	for _, r := range results {
		if known, ok := cache.Known(r.Unit); ok && r.Err == nil && r.Record.Tree != known.Tree {
			errs = append(errs, &render.Error{App: r.Unit.App, Env: r.Unit.Env, Err: fmt.Errorf(
				"nothing it was rendered from has changed since it rendered to tree %.10s, and it renders to %.10s now", known.Tree, r.Record.Tree)})
		}
	}
	return errs
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
