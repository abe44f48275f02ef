package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
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
	var wrong []error
	if o.verify {
		wrong = lies(cache, results)
	}
	failed := failures(results)
	var reports []publish.Report
	if len(failed) == 0 || !o.atomic {
		reports, err = deliver(ctx, o, t, engine, cache, sel, results)
	}
	if remote, ok := t.(*publish.Remote); !ok {
		localStore(src.dir).write(cache.Store, results, sel.everything)
	} else if remote.Unkept != nil {
		warn(s.Err, []string{"the next run renders everything again: " + remote.Unkept.Error()})
	}
	err = errors.Join(printResult(o, s, src, results, reports, err), summarize(s, o, src, results, reports, err))
	err = errors.Join(errors.Join(wrong...), err)
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
func deliver(ctx context.Context, o renderOptions, t target, engine *render.Engine, cache *render.Cache, sel selection, results []render.Result) ([]publish.Report, error) {
	if t == nil {
		return nil, nil
	}
	records := make(map[string]readset.Record, len(results))
	at := make(map[string]*render.Result, len(results))
	for i, r := range results {
		records[render.Key(r.Unit)] = r.Record
		at[render.Key(r.Unit)] = &results[i]
	}
	var mu sync.Mutex
	wants, err := publish.NewWants(sel.envs, results, sel.others, func(ctx context.Context, u config.Unit) render.Result {
		rendered := engine.Unit(ctx, u, gates)
		mu.Lock()
		defer mu.Unlock()
		was := at[render.Key(u)]
		was.Reused = false
		if rendered.Err != nil || cache.Hash(rendered.Files) != was.Record.Tree {
			was.Record = readset.Record{} // it told something else
			records[render.Key(u)] = was.Record
		}
		return rendered
	})
	if err != nil {
		return nil, err
	}
	if remote, ok := t.(*publish.Remote); ok {
		remote.Records = records
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
		if known, ok := cache.Known(r.Unit); ok && r.Record.Tree != "" && r.Record.Tree != known.Tree {
			errs = append(errs, &render.Error{App: r.Unit.App, Env: r.Unit.Env, Err: &lieError{known.Tree, r.Record.Tree}})
		}
	}
	return errs
}

// lieError is a kept digest that was wrong.
type lieError struct{ was, is string }

func (e *lieError) Error() string {
	return fmt.Sprintf("nothing it was rendered from has changed since it rendered to tree %.10s, and it renders to %.10s now", e.was, e.is)
}

// Hint is what to do about it.
func (e *lieError) Hint() string {
	return "what this run rendered is right, and render --verify --push publishes it and corrects what is known; please report this: " +
		"unless somebody edited " + publish.DigestsRef + ", plainsail overlooked a file"
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
