package render

import (
	"path"
	"slices"
	"strings"

	"github.com/plainsail/plainsail/render/readset"
)

// Edit is what happened to a file of the source.
type Edit struct {
	Path string // from the Engine's root, with slashes
	// Moved tells that it is new or gone, rather than changed in place.
	Moved bool
}

// Touched finds which edits a render notices, by what it looked at. Rendering is deterministic: up to the first read that is
// answered otherwise than before, it looks at the same paths before and after an edit, so that the reads of either tell.
type Touched struct {
	edits   []Edit
	files   map[string][]string // a file, or a folder that is new or gone -> edits
	entries map[string][]string // a folder -> edits that change its entries
}

// NewTouched prepares edits. before tells whether a folder had files before the edits, after whether it has now.
func NewTouched(edits []Edit, before, after func(folder string) bool) *Touched {
	t := &Touched{edits: edits, files: map[string][]string{}, entries: map[string][]string{}}
	for _, e := range edits {
		t.files[e.Path] = append(t.files[e.Path], e.Path)
		for at := e.Path; e.Moved; {
			dir := path.Dir(at)
			t.entries[dir] = append(t.entries[dir], e.Path)
			if dir == "." || before(dir) == after(dir) {
				break
			}
			t.files[dir] = append(t.files[dir], e.Path)
			at = dir
		}
	}
	return t
}

// By are the edits that a render with these reads notices, sorted.
func (t *Touched) By(reads []readset.Read) []string {
	var by []string
	for _, r := range reads {
		by = append(by, t.files[r.Path]...)
		if r.Real != "" {
			by = append(by, t.files[r.Real]...)
		}
		if r.Kind == readset.Listing {
			by = append(by, t.entries[r.Path]...)
			by = append(by, t.entries[r.Real]...)
		}
		// A symbolic link on the way, or a file where a folder must be.
		for dir := path.Dir(r.Path); dir != "."; dir = path.Dir(dir) {
			if edits := t.files[dir]; slices.Contains(edits, dir) {
				by = append(by, dir)
			}
		}
	}
	slices.SortFunc(by, strings.Compare)
	return slices.Compact(by)
}
