package gitrepo

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
)

// Hash is the name of a git object in lower-case hexadecimal. The zero value
// means that there is none.
type Hash string

// Format is the object format of a repository: the hash its objects are named by.
type Format string

// The object formats git knows.
const (
	SHA1   Format = "sha1"
	SHA256 Format = "sha256"
)

// BlobHash returns the name that git gives to a blob with this content, so that
// content can be compared with a tree without writing an object. An empty
// format means SHA1.
func BlobHash(format Format, data []byte) Hash {
	var h hash.Hash
	if format == SHA256 {
		h = sha256.New()
	} else {
		h = sha1.New()
	}
	io.WriteString(h, "blob "+strconv.Itoa(len(data))+"\x00")
	h.Write(data)
	return Hash(hex.EncodeToString(h.Sum(nil)))
}

// Format returns the object format that a hash of this length belongs to, ""
// if there is none.
func (h Hash) Format() Format {
	switch len(h) {
	case 2 * sha1.Size:
		return SHA1
	case 2 * sha256.Size:
		return SHA256
	}
	return ""
}

// Short returns the hash cut to the length people read.
func (h Hash) Short() string {
	return string(h[:min(len(h), 10)])
}

// check tells a full object name from anything that git could take for an
// option, a revision expression or an abbreviation.
func (h Hash) check() error {
	if h.Format() == "" {
		return fmt.Errorf("%q is not a full git object name", string(h))
	}
	for _, c := range []byte(h) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fmt.Errorf("%q is not a full git object name", string(h))
		}
	}
	return nil
}

func checkHashes(hashes ...Hash) error {
	for _, h := range hashes {
		if err := h.check(); err != nil {
			return err
		}
	}
	return nil
}
