package readset

import (
	"io/fs"
	"path/filepath"
	"sync"
)

// Recorder collects the reads of one render. A nil Recorder collects nothing. It may be used from many goroutines.
//
// It looks at the disk as the render does, never at what a Tree or git's index knew before: someone may be working in the folder
// while it is rendered, and a record must not say of then what was found now.
type Recorder struct {
	tree  *Tree // of this render alone
	mu    sync.Mutex
	reads map[Read]bool
}

// Recorder starts a collection.
func (t *Tree) Recorder() *Recorder {
	return &Recorder{tree: NewTree(t.root, nil), reads: map[Read]bool{}}
}

// Another starts a collection of its own over the same folder; that of nil is nil.
func (r *Recorder) Another() *Recorder {
	if r == nil {
		return nil
	}
	return r.tree.Recorder()
}

// Saw records that a render wanted to know kind of a path, given absolute or from the root, and found what is there now. For the
// content of files there is Read.
func (r *Recorder) Saw(path string, kind Kind) {
	if path, ok := r.inside(path); ok {
		r.add(r.tree.Look(path, kind))
	}
}

// Read records that a render read a file and got this content. What it got is what counts, not what the file holds by now.
func (r *Recorder) Read(path string, mode fs.FileMode, content []byte) {
	if path, ok := r.inside(path); ok {
		read := r.tree.Look(path, Exists)
		read.Kind, read.ID = File, FileID(mode, content)
		r.add(read)
	}
}

// inside is the path from the root; what is outside the root is never read, only refused.
func (r *Recorder) inside(path string) (string, bool) {
	if r == nil {
		return "", false
	}
	if path != filepath.Clean(path) {
		// The system goes through "link/.." otherwise than the letters say, and "file/" is not "file".
		r.add(Read{Path: path, Kind: unclear})
		return "", false
	}
	if filepath.IsAbs(path) {
		path = r.tree.rel(path)
	}
	return path, filepath.IsLocal(path)
}

// Add records reads of another render that this one made use of.
func (r *Recorder) Add(reads []Read) {
	if r == nil {
		return
	}
	for _, read := range reads {
		r.add(read)
	}
}

func (r *Recorder) add(read Read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads[read] = true
}

// Reads are what was collected, sorted.
func (r *Recorder) Reads() []Read {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	more := map[Read]bool{} // what is known as well where more is known
	for read := range r.reads {
		switch read.Kind {
		case File:
			more[Read{Path: read.Path, Kind: Exists, Real: read.Real}] = true
		case Listing:
			more[Read{Path: read.Path, Kind: Folder, Real: read.Real}] = true
		}
	}
	reads := make([]Read, 0, len(r.reads))
	for read := range r.reads {
		if !more[read] {
			reads = append(reads, read)
		}
	}
	sortReads(reads)
	return reads
}

// Steady tells, once a render is done, whether everything that it looked at is still there and where it was. If not, some of the
// reads were answered before a change and some after it, or a path changed between the render's look and the Recorder's, and
// nothing must be concluded from them. What files held needs no second look: a Read has what the render got.
func (r *Recorder) Steady() bool {
	if r == nil {
		return true
	}
	now := NewTree(r.tree.root, nil)
	for _, read := range r.Reads() {
		if read.Kind == File {
			read.Kind, read.ID = Exists, ""
		}
		if !now.Same(read) {
			return false
		}
	}
	return true
}
