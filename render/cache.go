package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render/readset"
)

// Cache is what earlier runs found out, for runs that render only what changed.
type Cache struct {
	// Tree is the source as it is now, from the Engine's root.
	Tree *readset.Tree
	// Store holds what each unit was rendered from last, by Key.
	Store readset.Store
	// Version is that of the program: another one may render otherwise.
	Version string
	// Hash gives the name of rendered files as a tree.
	Hash func(files map[string][]byte) string
	// Ignore renders every unit all the same, and records it.
	Ignore bool

	base string // of the Engine, from the Tree's root: units' paths start there
	of   bool   // base is known
}

// use makes the cache one for the units of an Engine.
func (c *Cache) use(e *Engine) {
	if c != nil {
		c.base, c.of = e.base[len(e.root):], true
	}
}

// Key is a unit's name in a Store.
func Key(u config.Unit) string { return u.Env + "/" + u.App }

// settings is a hash of everything but files that shapes a unit's output.
func (c *Cache) settings(u config.Unit) string {
	h := sha256.New()
	fmt.Fprintf(h, "%#v %q %q %q %q %q", u, c.base, c.Version, kustomizeAPIVersion, HelmVersion, DefaultKubeVersion)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// lookup is the record of a unit whose input is what it was.
func (c *Cache) lookup(u config.Unit) (readset.Record, bool) {
	if c == nil || c.Ignore {
		return readset.Record{}, false
	}
	return c.Known(u)
}

// Known is the record of a unit if everything that it was rendered from is as it was. It is asked once Units was given the cache.
func (c *Cache) Known(u config.Unit) (readset.Record, bool) {
	r, ok := c.Store.Records[Key(u)]
	// Every render looks at something: a record that says otherwise is none.
	if !ok || !c.of || len(r.Reads) == 0 || r.Settings != c.settings(u) {
		return readset.Record{}, false
	}
	_, same := c.Tree.AllSame(r.Reads)
	return r, same
}

// Records are those of results, for the next run's Store.
func Records(results []Result) map[string]readset.Record {
	records := make(map[string]readset.Record, len(results))
	for _, r := range results {
		if r.Record.Tree != "" {
			records[Key(r.Unit)] = r.Record
		}
	}
	return records
}

// sources shares the work of units that render one source with the same options, such as a folder that is the same in every
// environment.
type sources struct {
	engine *Engine
	tree   *readset.Tree // nil if nobody wants to know the reads
	once   sync.Map      // options -> func() sourced
}

// sourced is what came of one source.
type sourced struct {
	out   *Output
	reads []readset.Read
	moved bool // what was read changed meanwhile, so that the reads tell nothing
	err   error
}

func (s *sources) render(ctx context.Context, u config.Unit) sourced {
	f, _ := s.once.LoadOrStore(sourceKey(u), sync.OnceValue(func() sourced {
		var seen *readset.Recorder
		if s.tree != nil {
			seen = s.tree.Recorder()
		}
		out, err := s.engine.recording(seen).source(ctx, u)
		return sourced{out, seen.Reads(), !seen.Steady(), err}
	}))
	return f.(func() sourced)()
}

// sourceKey is everything of a unit that its engine gets to see.
func sourceKey(u config.Unit) string {
	seen := config.Unit{Path: u.Path, Type: u.Type, KubeVersion: u.KubeVersion, APIVersions: u.APIVersions}
	switch u.Type {
	case config.Kustomize:
		seen.LoadRestrictor = u.LoadRestrictor
	case config.Helm:
		seen.Release, seen.Namespace, seen.Values, seen.IncludeCRDs = u.Release, u.Namespace, u.Values, u.IncludeCRDs
	}
	return fmt.Sprintf("%#v", seen)
}

// record fills in a result's record, for units whose output follows from their input alone.
func (c *Cache) record(r *Result, from sourced) {
	if c == nil || r.Err != nil || from.moved || len(from.out.Unstable) > 0 {
		return
	}
	r.Record = readset.Record{
		Settings: c.settings(r.Unit), Reads: from.reads, Tree: c.Hash(r.Files), Objects: r.Objects, Warnings: slices.Clone(r.Warnings),
	}
}
