package readset

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Tree is a folder as it is now. It looks at each path once: one Tree serves one run, in which nothing is expected to change. It
// may be used from many goroutines.
type Tree struct {
	root  string
	clean map[string]string
	seen  sync.Map // look -> Read
}

type look struct {
	path string
	kind Kind
}

// NewTree is the folder at root, an absolute path without symbolic links. clean are files whose content is known without reading
// them, by their path from root: the mode and blob hash, as FileID gives. It may be nil.
func NewTree(root string, clean map[string]string) *Tree {
	return &Tree{root: root, clean: clean}
}

// FileID is the ID of a File read: "100644 <blob>" or, for an executable, "100755 <blob>", as in git's trees. The blob hash is
// SHA-1; where a repository's is another, its IDs never match these, which costs time and nothing else.
func FileID(mode fs.FileMode, content []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	m := "100644"
	if mode&0o100 != 0 {
		m = "100755"
	}
	return m + " " + hex.EncodeToString(h.Sum(nil))
}

// Same tells whether a read would be answered as it was.
func (t *Tree) Same(r Read) bool {
	now := t.Look(r.Path, r.Kind)
	return now == r
}

// AllSame tells whether all reads would be answered as they were; if not, changed is the first that would not.
func (t *Tree) AllSame(reads []Read) (changed Read, same bool) {
	for _, r := range reads {
		if !t.Same(r) {
			return r, false
		}
	}
	return Read{}, true
}

// Look is what a render that wants to know kind of a path finds. If the path is something else, or not there, the Read says so in
// its Kind.
func (t *Tree) Look(path string, kind Kind) Read {
	if kind == Absent {
		kind = Exists
	}
	key := look{path, kind}
	if r, ok := t.seen.Load(key); ok {
		return r.(Read)
	}
	r := t.look(path, kind)
	t.seen.Store(key, r)
	return r
}

func (t *Tree) look(path string, kind Kind) Read {
	if id, ok := t.clean[path]; ok {
		// git saw that it is a file of the index, unchanged, and that no folder above it is a link.
		if kind != File {
			return Read{Path: path, Kind: Exists}
		}
		return Read{Path: path, Kind: File, ID: id}
	}
	full := filepath.Join(t.root, filepath.FromSlash(path))
	real, err := filepath.EvalSymlinks(full)
	if err != nil {
		return Read{Path: path, Kind: Absent, ID: unlessMissing(err)}
	}
	r := Read{Path: path}
	if real != filepath.Clean(full) {
		r.Real = t.rel(real)
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		r.Kind, r.ID = Absent, unlessMissing(err)
	case info.IsDir() && kind == Listing:
		r.Kind = Listing
		r.ID, err = listingID(real)
	case info.IsDir():
		r.Kind = Folder
	case kind == File && info.Mode().IsRegular():
		var content []byte
		r.Kind = File
		if content, err = os.ReadFile(real); err == nil {
			r.ID = FileID(info.Mode(), content)
		}
	default:
		r.Kind = Exists
	}
	if err != nil && r.ID == "" {
		r.ID = "error: " + err.Error()
	}
	return r
}

// unlessMissing keeps other reasons for not being able to look apart from the plain one, so that they never count as it.
func unlessMissing(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return "error: " + err.Error()
}

func listingID(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(h, "%q %s\n", e.Name(), e.Type())
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// rel is a path from the root, with slashes.
func (t *Tree) rel(path string) string {
	r, err := filepath.Rel(t.root, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(r)
}

// Recorder collects the reads of one render. A nil Recorder collects nothing. It may be used from many goroutines.
type Recorder struct {
	tree  *Tree
	mu    sync.Mutex
	reads map[Read]bool
}

// Recorder starts a collection.
func (t *Tree) Recorder() *Recorder { return &Recorder{tree: t, reads: map[Read]bool{}} }

// Another starts a collection of its own over the same Tree; that of nil is nil.
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
	if filepath.IsAbs(path) {
		path = r.tree.rel(path)
	}
	return path, path != ".." && !strings.HasPrefix(path, "../")
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
	reads := make([]Read, 0, len(r.reads))
	more := map[string]bool{} // paths of which more than their kind is known
	for read := range r.reads {
		if read.Kind == File || read.Kind == Listing {
			more[read.Path] = true
		}
	}
	for read := range r.reads {
		if more[read.Path] && (read.Kind == Exists || read.Kind == Folder) {
			continue
		}
		reads = append(reads, read)
	}
	sortReads(reads)
	return reads
}
