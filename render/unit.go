package render

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render/readset"
)

// Result is what became of one unit: its objects, or the word that they are what they were, or an error.
type Result struct {
	Unit     config.Unit
	Objects  int               // how many
	Set      manifest.Set      // nil if Reused
	Files    map[string][]byte // the objects as files, by their paths below the unit's app; nil if Reused
	Warnings []string
	Err      error // an *Error

	// Reused tells that the unit was not rendered, as everything it was rendered from is as it was: its files are those of
	// Record.Tree.
	Reused bool
	// Reads are what the unit's source was rendered from, also if that failed; nil without a Cache.
	Reads []readset.Read
	// Record is what the unit was rendered from, to be reused; the zero value without a Cache, and for output that changes by itself.
	Record readset.Record
}

// Gate looks at a unit's objects before anything is made of them. Its warnings are said; its error stops the unit.
type Gate func(config.Unit, manifest.Set) (warnings []string, err error)

// UnitOptions shapes the rendering of units.
type UnitOptions struct {
	Workers  int          // how many units at once; the number of processors when 0
	Gates    []Gate       // in order; all are asked, so that everything wrong is said at once
	Progress func(Result) // called for each unit when it is done, one call at a time; may be nil
	Cache    *Cache       // what earlier runs found out; nil renders everything and records nothing
}

// Units renders every unit, several at once, and returns the results in the order of the units. A unit that fails does not stop
// the others. When ctx ends, units not yet begun fail with its error.
func (e *Engine) Units(ctx context.Context, units []config.Unit, o UnitOptions) []Result {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	results := make([]Result, len(units))
	shared := &sources{engine: e}
	o.Cache.use(e)
	if o.Cache != nil {
		shared.tree = o.Cache.Tree
	}
	var progress sync.Mutex
	var g errgroup.Group
	g.SetLimit(workers)
	for i, u := range units {
		g.Go(func() error {
			if known, ok := o.Cache.lookup(u); ok {
				results[i] = Result{Unit: u, Objects: known.Objects, Warnings: known.Warnings, Reused: true, Reads: known.Reads, Record: known}
			} else {
				from := shared.render(ctx, u)
				results[i] = unit(u, from, o.Gates)
				o.Cache.record(&results[i], from)
			}
			if o.Progress != nil {
				progress.Lock()
				defer progress.Unlock()
				o.Progress(results[i])
			}
			return nil
		})
	}
	g.Wait()
	return results
}

// Unit renders one unit: its source through its engine, then what every unit goes through (lists opened, tests dropped,
// namespaces filled in, identities proved unique), then the gates.
func (e *Engine) Unit(ctx context.Context, u config.Unit, gates []Gate) Result {
	return unit(u, (&sources{engine: e}).render(ctx, u), gates)
}

func unit(u config.Unit, from sourced, gates []Gate) Result {
	r := Result{Unit: u, Reads: from.reads}
	if r.Err = from.err; r.Err == nil {
		r.Set, r.Warnings, r.Err = objects(u, from.out)
	}
	var errs []error
	if r.Err == nil {
		for _, gate := range gates {
			warnings, err := gate(u, r.Set)
			r.Warnings = append(r.Warnings, warnings...)
			if err != nil {
				errs = append(errs, err)
			}
		}
		r.Err = errors.Join(errs...)
	}
	if r.Err == nil {
		r.Files, r.Err = files(r.Set)
	}
	r.Objects = len(r.Set)
	if r.Err != nil {
		r.Set, r.Objects, r.Err = nil, 0, &Error{App: u.App, Env: u.Env, Err: r.Err}
	}
	return r
}

// files are the objects as they are written.
func files(set manifest.Set) (map[string][]byte, error) {
	m := make(map[string][]byte, len(set))
	for _, o := range set {
		data, err := o.YAML()
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", o.ID(), err)
		}
		m[o.Path()] = data
	}
	return m, nil
}

// objects are a unit's, out of what its engine gave.
func objects(u config.Unit, out *Output) (manifest.Set, []string, error) {
	if len(out.Unstable) > 0 && u.AllowNondeterministic == "" {
		return nil, nil, unstableError(u, out.Unstable)
	}
	warnings := slices.Clone(out.Warnings)
	objects, err := manifest.Expand(out.Objects)
	if err != nil {
		return nil, nil, err
	}
	if u.Type != config.Plain {
		objects = dropHooks(objects, u.DropHooks)
	}
	if u.Namespace != "" {
		var unknown []manifest.GroupKind
		objects, unknown, err = manifest.FillNamespace(objects, u.Namespace, scopes(u, objects))
		if err != nil {
			return nil, nil, err
		}
		for _, gk := range unknown {
			warnings = append(warnings, fmt.Sprintf("%s: objects of kind %s have no namespace and none was filled in, as nothing says whether the kind has one: "+
				"render its CustomResourceDefinition in the same app, or list it under kinds in plainsail.yaml", u.Path, gk))
		}
	}
	set, err := manifest.NewSet(objects)
	if err != nil {
		return nil, nil, err
	}
	if len(set) == 0 {
		warnings = append(warnings, fmt.Sprintf("%s: it renders no objects at all", u.Path))
	}
	return set, warnings, nil
}

func (e *Engine) source(ctx context.Context, u config.Unit) (*Output, error) {
	switch u.Type {
	case config.Kustomize:
		return e.Kustomize(ctx, u.Path, KustomizeOptions{
			EnableHelm: true, NoLoadRestrictor: u.LoadRestrictor == config.LoadNone,
			KubeVersion: u.KubeVersion, APIVersions: u.APIVersions,
		})
	case config.Helm:
		return e.Helm(ctx, u.Path, HelmOptions{
			Release: u.Release, Namespace: u.Namespace, Values: u.Values,
			KubeVersion: u.KubeVersion, APIVersions: u.APIVersions, IncludeCRDs: u.IncludeCRDs,
		})
	case config.Plain:
		return e.Plain(ctx, u.Path)
	}
	return nil, fmt.Errorf("%s: unknown type %q", u.Path, u.Type)
}

func unstableError(u config.Unit, calls []Call) error {
	var b strings.Builder
	b.WriteString("the output changes without any change to the source, because of")
	for _, c := range calls {
		b.WriteString("\n" + c.String())
	}
	return &SourceError{Err: errors.New(b.String()), Hint: fmt.Sprintf(
		"give the chart the value it makes up (most take an existing Secret or a password), or allow it in plainsail.yaml: "+
			"apps: {%s: {allow: {nondeterministic: \"why\"}}}", u.App)}
}

// dropHooks takes out Helm's tests, which are no part of what should run, and, if asked, all of Helm's hooks.
func dropHooks(objects []*manifest.Object, all bool) []*manifest.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o *manifest.Object) bool {
		hook := o.Annotation("helm.sh/hook")
		if hook == "" {
			return false
		}
		if all {
			return true
		}
		for _, event := range strings.Split(hook, ",") {
			if e := strings.TrimSpace(event); e == "test" || e == "test-success" || e == "test-failure" {
				return true
			}
		}
		return false
	})
}

// scopes knows the built-in kinds, those that the objects define, and those that the configuration names.
func scopes(u config.Unit, objects []*manifest.Object) manifest.Scopes {
	return manifest.Scopes{}.WithCRDs(objects).
		With(manifest.ScopeNamespaced, groupKinds(u.Kinds.Namespaced)...).
		With(manifest.ScopeCluster, groupKinds(u.Kinds.Cluster)...)
}

// groupKinds reads "Kind.group".
func groupKinds(names []string) []manifest.GroupKind {
	var gks []manifest.GroupKind
	for _, n := range names {
		kind, group, _ := strings.Cut(n, ".")
		gks = append(gks, manifest.GroupKind{Group: group, Kind: kind})
	}
	return gks
}
