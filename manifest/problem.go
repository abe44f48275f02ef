package manifest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var errTwo = errors.New("a second document starts here without a line of its own")

var (
	problemLine = regexp.MustCompile(`^line (\d+): `)
	keyTwice    = regexp.MustCompile(`^key (".*") already set in map$`)
	wrongTag    = regexp.MustCompile(`(?s)^cannot decode .* as a (!!\w+)$`)
)

// yamlError turns an error of the parser, whose lines count from the document's start, into one with the line of the
// stream, and in words that help. The parser's own words may quote a value, which may be a secret: those are replaced.
func yamlError(err error, doc document) error {
	msg := err.Error()
	msg = strings.TrimPrefix(msg, "yaml: ")
	msg = strings.TrimPrefix(msg, "unmarshal errors:\n  ")
	line := 0
	if m := problemLine.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1])
		msg = msg[len(m[0]):]
		if isGrammar(msg) {
			line++ // here the parser counts from 0
		}
	}
	if !wrongTag.MatchString(msg) {
		msg, _, _ = strings.Cut(msg, "\n")
	}
	last := lineOf(doc.text, max(len(doc.text)-1, 0))
	line = max(1, min(line, last))

	switch {
	case msg == "control characters are not allowed":
		at := strings.IndexFunc(string(doc.text), func(r rune) bool { return !printable(r) })
		r, _ := utf8.DecodeRune(doc.text[max(at, 0):])
		line = lineOf(doc.text, at)
		msg = fmt.Sprintf("the control character %U is not allowed in YAML; write it as an escape in a double-quoted string", r)
	case msg == "did not find expected <document start>":
		msg = `there is text after the document's end; put a line of "---" between two documents`
	case strings.HasPrefix(msg, "found a tab character "), msg == "found character that cannot start any token" && tabIndented(doc.text, line):
		msg = "the line is indented with a tab; YAML takes spaces"
	case strings.HasPrefix(msg, "unknown anchor "):
		msg = "an alias (*name) has no anchor (&name) before it in its document; text that starts with * must be in quotes"
	case strings.HasPrefix(msg, "anchor ") && strings.HasSuffix(msg, " value contains itself"):
		msg = "an anchor (&name) contains an alias (*name) of itself"
	case msg == "document contains excessive aliasing":
		msg = "its aliases (*name) multiply its size beyond bounds"
	case strings.HasPrefix(msg, "invalid map key: "):
		msg = "a mapping or a list stands where a key is expected; {{ }} of a template that was not filled in reads like that"
	case wrongTag.MatchString(msg):
		msg = "a value is not what its tag " + wrongTag.FindStringSubmatch(msg)[1] + " says"
	}
	if m := keyTwice.FindStringSubmatch(msg); m != nil {
		msg = fmt.Sprintf("the key %s is given twice", m[1])
	}
	return &SyntaxError{Source{Line: doc.line + line - 1}, msg}
}

// isGrammar tells the messages of the parser proper from those of its scanner.
func isGrammar(msg string) bool {
	switch msg {
	case "did not find expected key", "did not find expected node content", "did not find expected '-' indicator",
		"did not find expected ',' or ']'", "did not find expected ',' or '}'", "did not find expected <document start>",
		"found undefined tag handle":
		return true
	}
	return false
}

func tabIndented(text []byte, number int) bool {
	lines := lineScanner{rest: text}
	for lines.scan() {
		if lines.number == number {
			indent := strings.TrimLeft(string(lines.line), " ")
			return strings.HasPrefix(indent, "\t")
		}
	}
	return false
}

// isEscape tells the errors that the parser gives for escapes of JSON which it does not know.
func isEscape(err error) bool {
	return err != nil && (strings.HasSuffix(err.Error(), "found invalid Unicode character escape code") ||
		strings.HasSuffix(err.Error(), "found unknown escape character"))
}

var jsonEscape = regexp.MustCompile(`\\\\|\\/|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// plainEscapes replaces the escapes of JSON that YAML 1.1 lacks: \/, and pairs like \ud83d\ude00 for a character beyond U+FFFF.
// Many programs write these.
func plainEscapes(js []byte) []byte {
	return jsonEscape.ReplaceAllFunc(js, func(e []byte) []byte {
		switch e[1] {
		case '/':
			return e[1:]
		case 'u':
			high, _ := strconv.ParseUint(string(e[2:6]), 16, 32)
			low, _ := strconv.ParseUint(string(e[8:]), 16, 32)
			return []byte(string(utf16.DecodeRune(rune(high), rune(low))))
		}
		return e
	})
}
