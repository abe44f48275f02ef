package gitrepo

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// TreeHash returns the name that git gives to a tree of regular files with these contents, by their blobs, so that a whole
// folder can be compared with what a repository holds without writing an object. Paths have slashes; the hashes must be of the
// format.
func TreeHash(format Format, files map[string]Hash) Hash {
	root := &treeNode{}
	for p, h := range files {
		root.insert(p, h)
	}
	return root.hash(format)
}

// treeNode is a file, with a blob, or a folder.
type treeNode struct {
	name     string
	blob     Hash
	children map[string]*treeNode
}

func (n *treeNode) insert(p string, blob Hash) {
	head, rest, below := strings.Cut(p, "/")
	if n.children == nil {
		n.children = map[string]*treeNode{}
	}
	child := n.children[head]
	if child == nil {
		child = &treeNode{name: head}
		n.children[head] = child
	}
	if below {
		child.insert(rest, blob)
	} else {
		child.blob = blob
	}
}

// key is what git sorts the entries of a tree by: a folder's name counts as if it ended in a slash.
func (n *treeNode) key() string {
	if n.children != nil {
		return n.name + "/"
	}
	return n.name
}

func (n *treeNode) hash(format Format) Hash {
	children := make([]*treeNode, 0, len(n.children))
	for _, c := range n.children {
		children = append(children, c)
	}
	slices.SortFunc(children, func(a, b *treeNode) int { return cmp.Compare(a.key(), b.key()) })
	var body bytes.Buffer
	for _, c := range children {
		mode, h := Regular, c.blob
		if c.children != nil {
			mode, h = "40000", c.hash(format)
		}
		raw, _ := hex.DecodeString(string(h))
		body.WriteString(string(mode) + " " + c.name + "\x00")
		body.Write(raw)
	}
	object := append([]byte("tree "+strconv.Itoa(body.Len())+"\x00"), body.Bytes()...)
	if format == SHA256 {
		sum := sha256.Sum256(object)
		return Hash(hex.EncodeToString(sum[:]))
	}
	sum := sha1.Sum(object)
	return Hash(hex.EncodeToString(sum[:]))
}
