package manifest

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// toUTF8 drops a byte order mark and turns UTF-16 into UTF-8.
func toUTF8(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, byteOrderMark):
		data = data[len(byteOrderMark):]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], binary.BigEndian)
	}
	if !utf8.Valid(data) {
		return nil, &SyntaxError{Source{Line: lineOf(data, firstInvalid(data))}, "the text is not UTF-8; save the file as UTF-8"}
	}
	return data, nil
}

func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	text := make([]byte, 0, len(data))
	for len(data) > 1 {
		r, n := rune(order.Uint16(data)), 2
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if len(data) > 3 {
				low = rune(order.Uint16(data[2:]))
			}
			if r, n = utf16.DecodeRune(r, low), 4; r == utf8.RuneError {
				break
			}
		}
		text = utf8.AppendRune(text, r)
		data = data[n:]
	}
	if len(data) > 0 {
		return nil, &SyntaxError{Source{Line: lineOf(text, len(text))}, "the text starts like UTF-16 and goes on otherwise; save the file as UTF-8"}
	}
	return text, nil
}

// firstInvalid is the offset of the first byte that is not part of a UTF-8 character, or -1.
func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// printable tells whether YAML allows a character to stand in text as it is.
func printable(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0x7f:
		return true
	case r < 0xa0:
		return r == '\u0085'
	}
	return r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// lineOf is the number of the line that an offset lies on, from 1.
func lineOf(text []byte, offset int) int {
	lines := lineScanner{rest: text}
	for lines.scan() {
		if lines.at+len(lines.line) > offset {
			return lines.number
		}
	}
	if n := len(text); n > 0 && text[n-1] != '\n' && text[n-1] != '\r' {
		return lines.number
	}
	return lines.number + 1
}
