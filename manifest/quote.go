package manifest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text writes a string in the plainest style that every reader takes back as that string, and tells whether it ended the
// line, which only a block of lines does. A key is always written on one line.
func (e *encoder) text(s string, indent int, key bool) (ended bool) {
	switch style := styleOf(s); {
	case style == styleInvalid:
		e.err = errors.New("a text is not UTF-8")
	case style == stylePlain:
		e.out = append(e.out, s...)
	case style == styleSingle:
		e.out = append(e.out, '\'')
		e.out = append(e.out, strings.ReplaceAll(s, "'", "''")...)
		e.out = append(e.out, '\'')
	case style == styleLines && !key:
		e.lines(s, indent)
		return true
	default:
		e.doubleQuoted(s)
	}
	return false
}

// style is one of YAML's notations for text.
type style int

const (
	stylePlain   style = iota
	styleSingle        // 'for text that plain style cannot hold'
	styleDouble        // "for text that could be read as something else, or needs an escape"
	styleLines         // | and the lines below
	styleInvalid       // not UTF-8
)

func styleOf(s string) style {
	if s == "" {
		return styleDouble
	}
	var newlines, tabs, escapes, text bool
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\n':
			newlines = true
			i++
			continue
		case c == '\t':
			tabs = true
			i++
			continue
		case c >= ' ' && c < 0x7f:
			text = text || c != ' '
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return styleInvalid
		}
		escapes = escapes || needsEscape(r)
		text = true
		i += n
	}
	switch {
	case escapes || !text:
		return styleDouble
	case newlines:
		return styleLines
	case tabs || ambiguous(s):
		return styleDouble
	case !plainSafe(s):
		return styleSingle
	}
	return stylePlain
}

// needsEscape tells the characters, other than line ends and tabs, that YAML cannot hold as they are, that a reader may
// take for a line end, or that make text look different from what it is.
func needsEscape(r rune) bool {
	switch r {
	case '\r', '\u0085', '\u2028', '\u2029', '\ufeff':
		return true
	}
	return !printable(r) || r >= 0x80 && unicode.Is(unicode.Bidi_Control, r)
}

// plainSafe tells whether text on one line needs no quotes for YAML's grammar in block style.
func plainSafe(s string) bool {
	switch s[0] {
	case ' ', '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return false
	case '-', '?', ':':
		if len(s) == 1 || s[1] == ' ' {
			return false
		}
	}
	last := s[len(s)-1]
	return last != ' ' && last != ':' &&
		!strings.HasPrefix(s, "---") && !strings.HasPrefix(s, "...") &&
		!strings.Contains(s, ": ") && !strings.Contains(s, " #")
}

// Numbers of YAML 1.1 and 1.2, without the underscores that 1.1 allows anywhere in them, and dates.
var (
	numberLike = regexp.MustCompile(`(?i)^[-+]?(0b[01]*|0o?[0-7]*|0x[0-9a-f]*|([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]*)?|[0-9]+(:[0-9]+)+(\.[0-9]*)?|\.inf|\.nan)$`)
	dateLike   = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}($|[Tt \t])`)
)

// ambiguous tells whether some reader takes the unquoted text for a number, a boolean, null, a date or an operator.
func ambiguous(s string) bool {
	switch c := s[0]; {
	case c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.':
		if strings.IndexByte(s, '_') >= 0 {
			return numberLike.MatchString(strings.ReplaceAll(s, "_", ""))
		}
		return numberLike.MatchString(s) || dateLike.MatchString(s)
	case len(s) > len("false"):
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<":
		return true
	}
	return false
}

// lines writes text of more than one line as a literal block: what stands below is the text.
func (e *encoder) lines(s string, indent int) {
	e.out = append(e.out, '|')
	if strings.IndexByte(" \t\n", s[0]) >= 0 {
		e.out = append(e.out, '2') // else readers would guess the indentation from the first line
	}
	body, ended := strings.CutSuffix(s, "\n")
	switch {
	case !ended:
		e.out = append(e.out, '-')
	case strings.HasSuffix(body, "\n"):
		e.out = append(e.out, '+')
	}
	e.out = append(e.out, '\n')
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			e.spaces(indent + 2)
			e.out = append(e.out, line...)
		}
		e.out = append(e.out, '\n')
	}
}

func (e *encoder) doubleQuoted(s string) {
	e.out = append(e.out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			e.out = append(e.out, '\\', byte(r))
		case r == '\n':
			e.out = append(e.out, `\n`...)
		case r == '\t':
			e.out = append(e.out, `\t`...)
		case r == '\r':
			e.out = append(e.out, `\r`...)
		case !needsEscape(r):
			e.out = utf8.AppendRune(e.out, r)
		case r <= 0xff:
			e.out = fmt.Appendf(e.out, `\x%02x`, r)
		default: // all characters above U+FFFF may stand as they are
			e.out = fmt.Appendf(e.out, `\u%04x`, r)
		}
	}
	e.out = append(e.out, '"')
}
