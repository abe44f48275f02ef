package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plainsail/plainsail/gitrepo"
)

// Known is an app's output of which only the name is known: nothing that it is rendered from has changed. Where that is what
// an environment holds, there is nothing to do; where it is not, somebody changed the rendered files, and the app is rendered
// after all.
type Known struct {
	Tree gitrepo.Hash // of the app's folder, with the app's own files alone
	// Render gives the files, from the app's folder. It may be called again, and with those of other apps at the same time.
	Render func(context.Context) (map[string][]byte, error)
}

// TreeOf is the Tree of an app that has these files, named from the app's folder.
func TreeOf(format gitrepo.Format, files map[string][]byte) gitrepo.Hash {
	hashes := make(map[string]gitrepo.Hash, len(files))
	for name, data := range files {
		hashes[name] = gitrepo.BlobHash(format, data)
	}
	return gitrepo.TreeHash(format, hashes)
}

// tree is the Tree of an app's files as the environment holds them, "" if one that the index lists is not there.
func (h Have) tree(app string, format gitrepo.Format) gitrepo.Hash {
	hashes := map[string]gitrepo.Hash{}
	for _, file := range h.Index.Units[app].Files {
		hash, there := h.Files[file]
		if !there || hash.Format() != format {
			return "" // gone, or not a plain file any more
		}
		hashes[strings.TrimPrefix(file, app+"/")] = hash
	}
	return gitrepo.TreeHash(format, hashes)
}

// settle finds out for the apps that are known by name alone whether the environment holds them: these stay the same, the others
// are rendered, several at once.
func (w Want) settle(ctx context.Context, have Have, source string, format gitrepo.Format) (Want, error) {
	if len(w.Known) == 0 {
		return w, nil
	}
	settled := Want{Env: w.Env, Units: maps.Clone(w.Units), Keep: w.Keep, Partial: w.Partial, same: map[string]bool{}}
	if settled.Units == nil {
		settled.Units = map[string]map[string][]byte{}
	}
	var changed []string
	for _, app := range slices.Sorted(maps.Keys(w.Known)) {
		unit, listed := have.Index.Units[app]
		if listed && unit.Source == source && have.tree(app, format) == w.Known[app].Tree {
			settled.same[app] = true
		} else {
			changed = append(changed, app)
		}
	}
	files, errs := make([]map[string][]byte, len(changed)), make([]error, len(changed))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, app := range changed {
		group.Go(func() error {
			files[i], errs[i] = w.Known[app].Render(ctx)
			return nil
		})
	}
	group.Wait()
	if err := cmp.Or(ctx.Err(), errors.Join(errs...)); err != nil {
		return w, err
	}
	for i, app := range changed {
		settled.Units[app] = inFolder(app, files[i])
	}
	return settled, nil
}

// inFolder puts the files of an app into its folder.
func inFolder(app string, files map[string][]byte) map[string][]byte {
	in := make(map[string][]byte, len(files))
	for name, data := range files {
		in[path.Join(app, name)] = data
	}
	return in
}

// again renders a unit for a Known, once: a publisher that is overtaken settles its wants again.
func again(app, env string, render func(context.Context) (map[string][]byte, error)) func(context.Context) (map[string][]byte, error) {
	var once sync.Mutex
	var files map[string][]byte
	return func(ctx context.Context) (map[string][]byte, error) {
		once.Lock()
		defer once.Unlock()
		if files != nil {
			return files, nil
		}
		rendered, err := render(ctx)
		if err != nil {
			return nil, fmt.Errorf("what is published of %s in %s is not what it last rendered to, and rendering it again failed: %w", app, env, err)
		}
		files = rendered
		return files, nil
	}
}
