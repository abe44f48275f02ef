package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// FromJSON decodes one JSON value with integers kept exact: int64 where it fits, else uint64, else float64. As in YAML, a
// number without a fraction is an integer however it is written: 1.0 and 1e0 are 1.
func FromJSON(js []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(js))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is text after the value")
	}
	return exactNumbers(v)
}

func exactNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if v[k], err = exactNumbers(e); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, e := range v {
			if v[i], err = exactNumbers(e); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if n, ok := integer(v.String()); ok {
			return n, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("the number %s does not fit a 64-bit float", v)
		}
		return exactFloat(f), nil
	}
	return v, nil
}

func integer(s string) (any, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return n, true
	}
	return nil, false
}

// exactFloat is f, as an integer if it is one of 64 bits as JSON writes it.
func exactFloat(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<65 {
		if n, ok := integer(strconv.FormatFloat(f, 'f', -1, 64)); ok {
			return n
		}
	}
	return f
}

// growth is how much larger than its text, and then how many bytes more, a document may be when it is written out: enough
// for any use of anchors that a person makes, and a bound for bombs.
const (
	growth     = 8
	growthMore = 16 << 20
)

// toJSON turns what the YAML parser made of a document of size bytes into JSON's types, by the rules of
// sigs.k8s.io/yaml: keys that are numbers or booleans become text.
func toJSON(tree any, size int) (any, error) {
	c := converter{budget: growth*size + growthMore}
	return c.value(tree, 0)
}

type converter struct {
	budget int // bytes that may still be written
}

func (c *converter) value(v any, depth int) (any, error) {
	c.budget -= 2*depth + 2
	if s, ok := v.(string); ok {
		c.budget -= len(s)
	}
	if c.budget < 0 {
		return nil, errGrown
	}
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return nil, errors.New("a !!binary value is not text; write it without the tag: Kubernetes takes binary data as base64 text")
		}
		return v, nil
	case int:
		return int64(v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("a value is infinite or not a number (.inf, .nan), which JSON has no word for; put it in quotes if it is text")
		}
		return exactFloat(v), nil
	case []any:
		for i, e := range v {
			var err error
			if v[i], err = c.value(e, depth+1); err != nil {
				return nil, err
			}
		}
		return v, nil
	case map[any]any:
		return c.mapping(v, depth)
	}
	return v, nil // nil, bool, int64, uint64
}

func (c *converter) mapping(from map[any]any, depth int) (any, error) {
	to := make(map[string]any, len(from))
	for k, v := range from {
		key, err := keyText(k)
		if err != nil {
			return nil, err
		}
		if _, taken := to[key]; taken {
			return nil, fmt.Errorf("two keys of a mapping both become %q: one is text and one is not; write both in quotes", key)
		}
		c.budget -= len(key)
		if to[key], err = c.value(v, depth+1); err != nil {
			return nil, err
		}
	}
	return to, nil
}

var errGrown = errors.New("written out in full, the document is many times its size: it multiplies itself with aliases (*name), or is nested too deeply")

func keyText(k any) (string, error) {
	switch k := k.(type) {
	case string:
		if !utf8.ValidString(k) {
			return "", errors.New("a !!binary key is not text")
		}
		return k, nil
	case int:
		return strconv.Itoa(k), nil
	case bool:
		return strconv.FormatBool(k), nil
	case float64:
		switch s := strconv.FormatFloat(k, 'g', -1, 32); s { // 32 as sigs.k8s.io/yaml does
		case "NaN":
			return ".nan", nil
		case "+Inf":
			return ".inf", nil
		case "-Inf":
			return "-.inf", nil
		default:
			return s, nil
		}
	case nil:
		return "", errors.New("a mapping has a key that is empty or null; put it in quotes if it is text")
	}
	return "", errors.New("a mapping has a key that is not text; put it in quotes")
}
