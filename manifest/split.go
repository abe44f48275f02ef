package manifest

import "bytes"

// document is one document of a stream, still as text: a part of the stream, from its "---" on if it has one.
type document struct {
	text []byte
	line int // the line of the stream that text starts on, from 1
}

var byteOrderMark = []byte("\ufeff")

// split cuts a stream at its document markers. YAML (9.1.2) forbids a line that starts with "---" or "..." and then ends or
// goes on with white space anywhere but between documents, so this needs no parser and cannot be fooled by block scalars.
// Directives (%YAML, %TAG) are left out: the parser knows YAML 1.1 only and refuses the others, which read the same here.
func split(stream []byte) ([]document, error) {
	var docs []document
	var (
		start, line   = 0, 1         // where the document began
		marked, begun = false, false // it has a "---"; it has content
	)
	next := func(at, atLine int) {
		if begun {
			docs = append(docs, document{stream[start:at], line})
		}
		start, line, marked, begun = at, atLine, false, false
	}
	lines := lineScanner{rest: stream}
	for lines.scan() {
		// Where files were joined, a byte order mark may stand before a marker.
		text := bytes.TrimPrefix(lines.line, byteOrderMark)
		switch {
		case isMarker(text, "---"):
			next(lines.at, lines.number)
			start += len(lines.line) - len(text)
			marked, begun = true, !isBlank(text[3:])
		case isMarker(text, "..."):
			if !isBlank(text[3:]) {
				return nil, &SyntaxError{Source{Line: lines.number}, `there is text after "..." on its line`}
			}
			next(lines.at, lines.number+1)
			start = lines.at + len(lines.line)
		case begun || isBlank(text):
		case text[0] == '%' && !marked:
			start, line = lines.at+len(lines.line), lines.number+1
		default:
			begun = true
		}
	}
	next(len(stream), lines.number)
	return docs, nil
}

func isMarker(line []byte, mark string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(mark))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r')
}

// isBlank tells whether a line, or what follows a marker, is only white space or a comment.
func isBlank(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\r\n")
	return len(line) == 0 || line[0] == '#'
}

// content is the document's text from its first line with content on, without the "---", and the line that is in the stream.
func (d document) content() (text []byte, line int) {
	lines := lineScanner{rest: d.text}
	for lines.scan() {
		l := lines.line
		if lines.number == 1 && isMarker(l, "---") {
			l = bytes.TrimLeft(l[3:], " \t")
		}
		if !isBlank(l) {
			return d.text[lines.at+len(lines.line)-len(l):], d.line + lines.number - 1
		}
	}
	return nil, d.line
}

// lineScanner cuts text at \n, \r\n and a \r alone.
type lineScanner struct {
	rest   []byte
	line   []byte // the present line with its end
	at     int    // the offset it starts at
	number int    // its number, from 1
	noCR   bool   // rest holds no \r
}

func (s *lineScanner) scan() bool {
	if s.number == 0 {
		s.noCR = bytes.IndexByte(s.rest, '\r') < 0
	}
	if len(s.rest) == 0 {
		return false
	}
	var end int
	if s.noCR {
		end = bytes.IndexByte(s.rest, '\n') + 1
	} else if end = bytes.IndexAny(s.rest, "\r\n") + 1; end > 0 && end < len(s.rest) && s.rest[end-1] == '\r' && s.rest[end] == '\n' {
		end++
	}
	if end == 0 {
		end = len(s.rest)
	}
	s.at += len(s.line)
	s.line, s.rest = s.rest[:end], s.rest[end:]
	s.number++
	return true
}
