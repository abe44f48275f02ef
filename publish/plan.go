package publish

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

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
	// Reindex tells that the index changes, which it can though no file does, as when an app that has no files is new.
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

// NewPlan works out what to do with an environment. Files of apps from source that are neither wanted nor kept are removed, and
// so are files that a wanted app no longer has. It is an error, and nothing is planned, if a file of somebody else is in the way or
// an app belongs to another source.
func NewPlan(want Want, have Have, source string, format gitrepo.Format) (*Plan, error) {
	p := &Plan{Env: want.Env, Index: Index{Units: map[string]IndexUnit{}}}
	maps.Copy(p.Index.Units, have.Index.Units)
	var foreign []string
	var errs []error
	for _, app := range slices.Sorted(maps.Keys(want.Units)) {
		if was, ok := have.Index.Units[app]; ok && was.Source != source {
			errs = append(errs, &OwnerError{app, want.Env, was.Source, source})
			continue
		}
		notOurs, err := p.put(app, source, want.Units[app], have, format)
		if err != nil {
			errs = append(errs, fmt.Errorf("publish %s in %s: %w", app, want.Env, err))
		}
		foreign = append(foreign, notOurs...)
	}
	for _, app := range have.Index.apps(source) {
		if _, wanted := want.Units[app]; !wanted && !want.Keep[app] && !want.same[app] {
			delete(p.Index.Units, app)
			p.remove(app, have.Index.Units[app].Files, nil, have)
		}
	}
	slices.SortFunc(p.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	p.Reindex = string(p.Index.Encode()) != string(have.Index.Encode())
	if foreign = append(foreign, p.inTheWay(have)...); len(foreign) > 0 {
		errs = append(errs, &ForeignError{want.Env, distinct(foreign)})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return p, nil
}

// put plans an app's files, and returns those that somebody else has written there.
func (p *Plan) put(app, source string, files map[string][]byte, have Have, format gitrepo.Format) (foreign []string, err error) {
	was := have.Index.Units[app]
	now := IndexUnit{Source: source, Files: slices.Sorted(maps.Keys(files))}
	for _, file := range now.Files {
		if err := checkFile(app, file); err != nil {
			return nil, err
		}
		data := files[file]
		switch hash, there := have.Files[file]; {
		case !there:
			p.Changes = append(p.Changes, Change{file, app, Added, data})
		case hash == gitrepo.BlobHash(format, data):
		case was.has(file):
			p.Changes = append(p.Changes, Change{file, app, Changed, data})
		default:
			foreign = append(foreign, file)
		}
	}
	p.Index.Units[app] = now
	p.remove(app, was.Files, files, have)
	return foreign, nil
}

// remove plans to remove the files that the index lists for an app and that it no longer has.
func (p *Plan) remove(app string, listed []string, wanted map[string][]byte, have Have) {
	for _, file := range listed {
		_, stays := wanted[file]
		if _, there := have.Files[file]; there && !stays {
			p.Changes = append(p.Changes, Change{file, app, Removed, nil})
		}
	}
}

// inTheWay are the files that stand where a new file needs a folder, or that are in a folder where a new file must be. Two files of
// plainsail's own cannot be: they are in the folders of their apps, and those of one app come from one rendering.
func (p *Plan) inTheWay(have Have) []string {
	if p.Empty() {
		return nil
	}
	written := map[string]bool{IndexPath: true, MetadataPath: true}
	removed := map[string]bool{}
	for _, c := range p.Changes {
		written[c.Path] = c.Op != Removed
		removed[c.Path] = c.Op == Removed
	}
	var blocking []string
	for file := range have.Files {
		for dir := path.Dir(file); dir != "." && !removed[file]; dir = path.Dir(dir) {
			if written[dir] {
				blocking = append(blocking, file)
			}
		}
	}
	for file, is := range written {
		for dir := path.Dir(file); dir != "." && is; dir = path.Dir(dir) {
			if _, there := have.Files[dir]; there && !removed[dir] && !written[dir] {
				blocking = append(blocking, dir)
			}
		}
	}
	return blocking
}
