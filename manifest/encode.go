package manifest

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// YAML is the object's one encoding: keys sorted by their bytes, lists as they were, no comments, ending in a line end; or,
// for a SOPS document, the document in its own key order. Equal objects give equal bytes, and decoding them gives an equal
// object: text that any reader of YAML 1.1 or 1.2 could take for something else is quoted, and no line is folded.
func (o *Object) YAML() ([]byte, error) {
	if o.ordered != nil {
		return o.ordered, nil
	}
	if len(o.content) == 0 {
		return []byte("{}\n"), nil
	}
	e := encoder{out: make([]byte, 0, 1024)}
	if e.mapping(o.content, 0); e.err != nil {
		return nil, e.err
	}
	return e.out, nil
}

// Encode writes objects as one YAML stream, with "---" between documents.
func Encode(w io.Writer, objects []*Object) error {
	for i, o := range objects {
		doc, err := o.YAML()
		if err != nil {
			return err
		}
		if i > 0 {
			if _, err := io.WriteString(w, "---\n"); err != nil {
				return err
			}
		}
		if _, err := w.Write(doc); err != nil {
			return err
		}
	}
	return nil
}

// encoder writes block style as kubectl and kustomize do: two spaces a level, lists as deep as their key.
type encoder struct {
	out  []byte
	keys []string // a stack: the sorted keys of all mappings being written
	err  error
}

// mapping writes m from where the line stands; further lines start with indent spaces.
func (e *encoder) mapping(m map[string]any, indent int) {
	bottom := len(e.keys)
	for k := range m {
		e.keys = append(e.keys, k)
	}
	top := len(e.keys)
	slices.Sort(e.keys[bottom:top])
	for i := bottom; i < top; i++ {
		if i > bottom {
			e.spaces(indent)
		}
		key := e.keys[i]
		list := indent
		if len(key) > maxKey {
			e.out = append(e.out, "? "...)
			e.text(key, indent, true)
			e.out = append(e.out, '\n')
			e.spaces(indent)
			list = indent + 2
		} else {
			e.text(key, indent, true)
		}
		e.out = append(e.out, ':')
		switch v := m[key].(type) {
		case map[string]any:
			if len(v) > 0 {
				e.newline(indent + 2)
				e.mapping(v, indent+2)
				continue
			}
		case []any:
			if len(v) > 0 {
				e.newline(list)
				e.list(v, list)
				continue
			}
		}
		e.out = append(e.out, ' ')
		e.scalar(m[key], indent)
	}
	e.keys = e.keys[:bottom]
}

// maxKey is the longest key, in bytes, that is written before its colon on one line: YAML's limit is 1,024 characters with
// quotes and escapes.
const maxKey = 160

func (e *encoder) list(l []any, indent int) {
	for i, v := range l {
		if i > 0 {
			e.spaces(indent)
		}
		e.out = append(e.out, "- "...)
		switch v := v.(type) {
		case map[string]any:
			if len(v) > 0 {
				e.mapping(v, indent+2)
				continue
			}
		case []any:
			if len(v) > 0 {
				e.list(v, indent+2)
				continue
			}
		}
		e.scalar(v, indent)
	}
}

func (e *encoder) newline(indent int) {
	e.out = append(e.out, '\n')
	e.spaces(indent)
}

func (e *encoder) spaces(n int) {
	for range n {
		e.out = append(e.out, ' ')
	}
}

// scalar writes a value that is not a mapping or list with content, to the end of its line.
func (e *encoder) scalar(v any, indent int) {
	switch v := v.(type) {
	case string:
		if e.text(v, indent, false) {
			return
		}
	case nil:
		e.out = append(e.out, "null"...)
	case bool:
		e.out = strconv.AppendBool(e.out, v)
	case int64:
		e.out = strconv.AppendInt(e.out, v, 10)
	case uint64:
		e.out = strconv.AppendUint(e.out, v, 10)
	case float64:
		e.float(v)
	case map[string]any:
		e.out = append(e.out, "{}"...)
	case []any:
		e.out = append(e.out, "[]"...)
	default:
		e.err = fmt.Errorf("a value of type %T cannot be written as YAML", v)
	}
	e.out = append(e.out, '\n')
}

// float writes f as JSON does, with the point that YAML 1.1 asks of a number with an exponent.
func (e *encoder) float(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		e.err = fmt.Errorf("the number %v cannot be written as JSON", f)
		return
	}
	if n, ok := exactFloat(f).(int64); ok {
		e.out = strconv.AppendInt(e.out, n, 10)
		return
	}
	format := byte('f')
	if abs := math.Abs(f); abs < 1e-6 || abs >= 1e21 {
		format = 'e'
	}
	s := strconv.FormatFloat(f, format, -1, 64)
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		s = mantissa + ".0e" + exponent
	}
	e.out = append(e.out, s...)
}
