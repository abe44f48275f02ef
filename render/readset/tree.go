package readset

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Tree is a folder as it is now. It looks at each path once: one Tree serves one run, in which nothing is expected to change. It
// may be used from many goroutines.
type Tree struct {
	root    string
	clean   map[string]string
	seen    sync.Map // look -> Read
	folders sync.Map // path -> folder: where it leads
}

type look struct {
	path string
	kind Kind
}

type folder struct {
	real string
	err  error
}

// NewTree is the folder at root, an absolute path without symbolic links. clean are files whose content is known without reading
// them, by their path from root: the mode and blob hash, as FileID gives. It may be nil.
func NewTree(root string, clean map[string]string) *Tree {
	return &Tree{root: filepath.Clean(root), clean: clean}
}

// FileID is the ID of a File read: "100644 <blob>" or, for an executable, "100755 <blob>", as in git's trees. The blob hash is
// SHA-1; where a repository's is another, its IDs never match these, which costs time and nothing else.
func FileID(mode fs.FileMode, content []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return fileMode(mode) + hex.EncodeToString(h.Sum(nil))
}

func fileMode(mode fs.FileMode) string {
	if mode&0o100 != 0 {
		return "100755 "
	}
	return "100644 "
}

// maxFile is more than a render reads of any file: what has grown beyond it is not what it was, and is not read to find out.
const maxFile = 128 << 20

// fileID is the FileID of a file on disk.
func fileID(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Size() > maxFile {
		return "", errors.New("too large")
	}
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", info.Size())
	n, err := io.Copy(h, io.LimitReader(f, info.Size()+1))
	if err != nil {
		return "", err
	}
	if n != info.Size() {
		return "", errors.New("it changes while it is read")
	}
	return fileMode(info.Mode()) + hex.EncodeToString(h.Sum(nil)), nil
}

// Same tells whether a read would be answered as it was.
func (t *Tree) Same(r Read) bool { return filepath.IsLocal(r.Path) && t.Look(r.Path, r.Kind) == r }

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
	if kind != File && kind != Listing {
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
	real, info, err := t.resolve(full)
	if err != nil {
		return Read{Path: path, Kind: Absent, ID: unlessMissing(err)}
	}
	r := Read{Path: path}
	if real != full {
		r.Real = t.rel(real)
	}
	switch {
	case info.IsDir() && kind == Listing:
		r.Kind = Listing
		r.ID, err = listingID(real)
	case info.IsDir():
		r.Kind = Folder
	case kind == File && info.Mode().IsRegular():
		r.Kind = File
		r.ID, err = fileID(real)
	default:
		r.Kind = Exists
	}
	if err != nil {
		r.ID = reason(err)
	}
	return r
}

// resolve follows symbolic links as filepath.EvalSymlinks does, each folder once. full is clean and at or below the root.
func (t *Tree) resolve(full string) (real string, info fs.FileInfo, err error) {
	real = full
	if full != t.root {
		dir := filepath.Dir(full)
		above, ok := t.folders.Load(dir)
		if !ok {
			var f folder
			f.real, _, f.err = t.resolve(dir)
			above, _ = t.folders.LoadOrStore(dir, f)
		}
		if err := above.(folder).err; err != nil {
			return "", nil, err
		}
		real = filepath.Join(above.(folder).real, filepath.Base(full))
	}
	if info, err = os.Lstat(real); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return real, info, err
	}
	if real, err = filepath.EvalSymlinks(real); err != nil {
		return "", nil, err
	}
	info, err = os.Lstat(real)
	return real, info, err
}

// unlessMissing keeps other reasons for not being able to look apart from the plain one, so that they never count as it.
func unlessMissing(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return reason(err)
}

// reason is an error without the path, which is another on every machine.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
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
