package readset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Kind is what a render wanted to know of a path.
type Kind string

// The kinds of reads.
const (
	File    Kind = "file"    // its content
	Listing Kind = "listing" // a folder's entries
	Folder  Kind = "folder"  // only that it is a folder
	Exists  Kind = "exists"  // only that it is a file
	Absent  Kind = "absent"  // it is not there

	unclear Kind = "unclear" // a path that means one thing to the letter and another to the system: never the same
)

// Read is one thing that a render looked at.
type Read struct {
	Path string // from the Tree's root, with slashes
	Kind Kind   // what was found there
	ID   string // of a File its mode and blob, of a Listing a hash of names and kinds; else ""
	Real string // where Path leads through symbolic links, from the root; "" if it has none
}

func compareReads(a, b Read) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Real, b.Real))
}

// Digest is a hash of settings and reads: the input of a render. Equal digests mean equal output.
func Digest(settings string, reads []Read) string {
	sorted := slices.SortedFunc(slices.Values(reads), compareReads)
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", settings)
	for _, r := range sorted {
		fmt.Fprintf(h, "%q %q %q %q\n", r.Path, r.Kind, r.ID, r.Real)
	}
	return hex.EncodeToString(h.Sum(nil))
}
