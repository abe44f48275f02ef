package publish

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render"
)

// Want is what a run has to say about one environment.
type Want struct {
	Env   string
	Units map[string]map[string][]byte // app -> file name from the environment's root -> content
	// Keep are apps that this run knows of and has no new output for: they failed to render, or were not asked for. Their last
	// output stays.
	Keep map[string]bool
	// Partial tells that some of the environment's apps were not asked for.
	Partial bool
}

// NewWants sorts results by environment, in the order of envs. An environment without results is wanted empty. Results that
// failed, and the units in others, are kept as they are.
func NewWants(envs []string, results []render.Result, others map[string][]string) ([]Want, error) {
	wants := make([]Want, len(envs))
	at := map[string]*Want{}
	for i, env := range envs {
		wants[i] = Want{Env: env, Units: map[string]map[string][]byte{}, Keep: map[string]bool{}}
		at[env] = &wants[i]
		for _, app := range others[env] {
			wants[i].Keep[app] = true
			wants[i].Partial = true
		}
	}
	for _, r := range results {
		w := at[r.Unit.Env]
		if r.Err != nil {
			w.Keep[r.Unit.App] = true
			continue
		}
		files := make(map[string][]byte, len(r.Set))
		for _, o := range r.Set {
			data, err := o.YAML()
			if err != nil {
				return nil, fmt.Errorf("encode %s of %s in %s: %w", o.ID(), r.Unit.App, r.Unit.Env, err)
			}
			files[path.Join(r.Unit.App, o.Path())] = data
		}
		w.Units[r.Unit.App] = files
	}
	return wants, nil
}

// Have is what an environment holds.
type Have struct {
	Files map[string]gitrepo.Hash // every file from the environment's root, by its blob hash
	Index Index
}

// Op is what happens to a file.
type Op string

// What can happen to a file.
const (
	Added   Op = "added"
	Changed Op = "changed"
	Removed Op = "removed"
)

// Change is what happens to one file.
type Change struct {
	Path string // from the environment's root
	App  string
	Op   Op
	Data []byte // the new content, nil if the file is removed
}

// Plan is what must happen so that an environment holds what it should.
type Plan struct {
	Env     string
	Changes []Change // by path
	Index   Index    // afterwards
	// Reindex tells that the index changes though no file does, as when an app that has no files is new.
	Reindex bool
}

// Empty tells that there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 && !p.Reindex }

// Apps are the apps that a plan changes, sorted; removed are those of them that are no more.
func (p *Plan) Apps() (rendered, removed []string) {
	seen := map[string]bool{}
	for _, c := range p.Changes {
		seen[c.App] = true
	}
	for _, app := range slices.Sorted(maps.Keys(seen)) {
		if _, still := p.Index.Units[app]; still {
			rendered = append(rendered, app)
		} else {
			removed = append(removed, app)
		}
	}
	return rendered, removed
}

// ForeignError is output that would take the place of somebody else's file.
type ForeignError struct {
	Env   string
	Paths []string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("publish %s: not written by plainsail, and in the way: %s", e.Env, strings.Join(e.Paths, ", "))
}

// Hint is what to do about a ForeignError.
func (e *ForeignError) Hint() string { return "move or delete these files in the rendered output" }

// OwnerError is an app that another source repository publishes to the same environment.
type OwnerError struct{ App, Env, Owner, Source string }

func (e *OwnerError) Error() string {
	return fmt.Sprintf("publish %s in %s: the app there comes from %s, not from %s", e.App, e.Env, e.Owner, e.Source)
}

// Hint is what to do about an OwnerError.
func (e *OwnerError) Hint() string {
	return "give one of the two apps another name, or remove the app from the other source repository first"
}

// NewPlan works out what to do with an environment. Files of apps from source that are neither wanted nor kept are removed, and
// so are files that a wanted app no longer has. It is an error, and nothing is planned, if a file of somebody else is in the way or
// an app belongs to another source.
func NewPlan(want Want, have Have, source string, format gitrepo.Format) (*Plan, error) {
	p := &Plan{Env: want.Env, Index: Index{Units: map[string]IndexUnit{}}}
	maps.Copy(p.Index.Units, have.Index.Units)
	owners := have.Index.owners()
	var foreign []string
	var errs []error
	for _, app := range slices.Sorted(maps.Keys(want.Units)) {
		if was, ok := have.Index.Units[app]; ok && was.Source != source {
			errs = append(errs, &OwnerError{app, want.Env, was.Source, source})
			continue
		}
		files := want.Units[app]
		p.Index.Units[app] = IndexUnit{Source: source, Files: slices.Sorted(maps.Keys(files))}
		for _, file := range p.Index.Units[app].Files {
			data := files[file]
			was, there := have.Files[file]
			_, ours := owners[file]
			switch {
			case !there:
				if up := blocking(file, have.Files, owners); up != "" {
					foreign = append(foreign, up)
					continue
				}
				p.add(file, app, Added, data)
			case was == gitrepo.BlobHash(format, data):
			case !ours:
				foreign = append(foreign, file)
			default:
				p.add(file, app, Changed, data)
			}
		}
		p.removeMissing(app, have, files)
	}
	for _, app := range have.Index.apps(source) {
		if _, wanted := want.Units[app]; !wanted && !want.Keep[app] {
			delete(p.Index.Units, app)
			p.removeMissing(app, have, nil)
		}
	}
	if len(foreign) > 0 {
		errs = append(errs, &ForeignError{want.Env, slices.Compact(foreign)})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	sort.Slice(p.Changes, func(i, j int) bool { return p.Changes[i].Path < p.Changes[j].Path })
	p.Reindex = string(p.Index.Encode()) != string(have.Index.Encode())
	return p, nil
}

func (p *Plan) add(file, app string, op Op, data []byte) {
	p.Changes = append(p.Changes, Change{Path: file, App: app, Op: op, Data: data})
}

// removeMissing removes the files that the index lists for an app and that it no longer has.
func (p *Plan) removeMissing(app string, have Have, files map[string][]byte) {
	for _, file := range have.Index.Units[app].Files {
		_, wanted := files[file]
		if _, there := have.Files[file]; there && !wanted {
			p.add(file, app, Removed, nil)
		}
	}
}

// blocking is a file of somebody else that stands where a folder above file must be, or "".
func blocking(file string, have map[string]gitrepo.Hash, owners map[string]string) string {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if _, there := have[dir]; there && owners[dir] == "" {
			return dir
		}
	}
	return ""
}
