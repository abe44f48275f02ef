package manifest

import "bytes"

// document is one document of a stream, still as text.
type document struct {
	text []byte // without its "---"
	line int    // the line of the stream that text starts on, from 1
}

// split cuts a stream at its document markers. YAML 1.2 (9.1.2) forbids a line that starts with "---" and then ends or
// goes on with white space anywhere but between documents, so this needs no parser and cannot be fooled by block scalars.
// What follows "---" on its line belongs to the document. A line of "..." ends a document too.
func split(stream []byte) []document {
	var docs []document
	cur := document{line: 1}
	flush := func(next int) {
		docs = append(docs, cur)
		cur = document{line: next}
	}
	line := 0
	for len(stream) > 0 {
		line++
		end := bytes.IndexByte(stream, '\n') + 1
		if end == 0 {
			end = len(stream)
		}
		text := stream[:end]
		stream = stream[end:]
		switch {
		case marker(text, "---"):
			flush(line)
			// Keep the columns of what follows, for error messages and for indentation.
			cur.text = append(cur.text, "   "...)
			cur.text = append(cur.text, text[3:]...)
		case marker(text, "..."):
			flush(line + 1)
		case text[0] == '%' && cur.blank():
			// A directive (%YAML, %TAG) stands before its document's "---".
			cur.text = append(cur.text, '\n')
		default:
			cur.text = append(cur.text, text...)
		}
	}
	return append(docs, cur)
}

func marker(line []byte, mark string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(mark))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r')
}

// blank tells whether the document holds nothing but white space and comments.
func (d document) blank() bool {
	for line := range bytes.Lines(d.text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// firstKeyLine is the line of the stream that holds the document's first content.
func (d document) firstKeyLine() int {
	n := d.line
	for line := range bytes.Lines(d.text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return n
		}
		n++
	}
	return d.line
}

// verbatim is the document's text from its first content on, ending in one line end.
func (d document) verbatim() []byte {
	text := d.text
	for n := d.firstKeyLine() - d.line; n > 0; n-- {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	text = bytes.TrimRight(text, " \t\r\n")
	return append(bytes.Clone(text), '\n')
}
