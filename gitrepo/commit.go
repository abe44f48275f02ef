package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Commit is a commit object.
type Commit struct {
	Hash      Hash
	Tree      Hash
	Parents   []Hash // the true ones, also at the edge of a shallow clone
	Author    Signature
	Committer Signature
	Message   string // as written, with its last line break
}

// Subject returns the first paragraph of the message on one line.
func (c Commit) Subject() string {
	subject, _ := c.split()
	return strings.Join(strings.Fields(subject), " ")
}

// Body returns what follows the subject, without surrounding blank lines.
func (c Commit) Body() string {
	_, body := c.split()
	return strings.Trim(body, "\n")
}

func (c Commit) split() (subject, body string) {
	text := strings.TrimLeft(strings.ReplaceAll(c.Message, "\r\n", "\n"), "\n")
	subject, body, _ = strings.Cut(text, "\n\n")
	return subject, body
}

// parseCommit reads a raw commit object.
func parseCommit(h Hash, raw []byte) (Commit, error) {
	c := Commit{Hash: h}
	header, message, _ := bytes.Cut(raw, []byte("\n\n"))
	encoding := ""
	for line := range strings.SplitSeq(string(header), "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree = Hash(value)
		case "parent":
			c.Parents = append(c.Parents, Hash(value))
		case "author":
			c.Author = parseSignature(value)
		case "committer":
			c.Committer = parseSignature(value)
		case "encoding":
			encoding = value
		}
	}
	if err := checkHashes(append(c.Parents[:len(c.Parents):len(c.Parents)], c.Tree)...); err != nil {
		return Commit{}, fmt.Errorf("commit %s is damaged: %w", h, err)
	}
	c.Message = decode(encoding, message)
	c.Author.Name, c.Committer.Name = decode(encoding, []byte(c.Author.Name)), decode(encoding, []byte(c.Committer.Name))
	return c, nil
}

// parseSignature reads "Name <email> seconds zone". Old commits hold all kinds
// of damage here, so that what cannot be read is left empty.
func parseSignature(text string) Signature {
	var s Signature
	name, rest, ok := strings.Cut(text, "<")
	s.Name = strings.TrimSpace(name)
	if !ok {
		return s
	}
	email, date, _ := strings.Cut(rest, ">")
	s.Email = email
	fields := strings.Fields(date)
	if len(fields) != 2 {
		return s
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return s
	}
	s.When = time.Unix(seconds, 0).UTC()
	if zone, err := time.Parse("-0700", fields[1]); err == nil {
		_, offset := zone.Zone()
		s.When = s.When.In(time.FixedZone("", offset))
	}
	return s
}

// decode turns the text of a commit into UTF-8. Latin-1 is the one other
// encoding worth the code; git reads unknown ones as they are, too.
func decode(encoding string, text []byte) string {
	switch strings.ToLower(encoding) {
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
		runes := make([]rune, len(text))
		for i, b := range text {
			runes[i] = rune(b)
		}
		return string(runes)
	}
	return string(text)
}

// object is one answer of cat-file --batch.
type object struct {
	name    string // as asked for
	hash    Hash
	kind    string
	data    []byte
	missing bool
}

// parseBatch reads the answers of cat-file --batch to names, in their order.
func parseBatch(names []string, out []byte) ([]object, error) {
	objects := make([]object, 0, len(names))
	for _, name := range names {
		line, rest, ok := bytes.Cut(out, []byte("\n"))
		if !ok {
			return nil, fmt.Errorf("cat-file: no answer for %s", name)
		}
		out = rest
		o := object{name: name}
		fields := strings.Fields(string(line))
		if len(fields) != 3 {
			o.missing = true // "<name> missing", or ambiguous
			objects = append(objects, o)
			continue
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size < 0 || size >= len(out) {
			return nil, fmt.Errorf("cat-file: truncated answer for %s", name)
		}
		o.hash, o.kind, o.data = Hash(fields[0]), fields[1], out[:size:size]
		if out[size] != '\n' {
			return nil, fmt.Errorf("cat-file: malformed answer for %s", name)
		}
		out = out[size+1:]
		objects = append(objects, o)
	}
	if len(out) > 0 {
		return nil, errors.New("cat-file: more answers than questions")
	}
	return objects, nil
}
