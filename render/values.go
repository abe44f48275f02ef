package render

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// values are the user's values for a chart, in the precedence of Helm's command: files in their order, then --set-json,
// --set, --set-string, --set-file and --set-literal, whatever the order on the command line.
func (e *Engine) values(o HelmOptions) (map[string]any, error) {
	base := map[string]any{}
	for _, file := range o.Values {
		data, err := e.readValuesFile(file)
		if err != nil {
			return nil, err
		}
		layer := map[string]any{}
		if err := yaml.Unmarshal(data, &layer); err != nil {
			return nil, e.yamlFileError(file, err)
		}
		base = overlay(base, layer)
	}
	for _, s := range o.SetJSON {
		if err := strvals.ParseJSON(s, base); err != nil {
			return nil, fmt.Errorf("--set-json %s: %w", s, err)
		}
	}
	for _, s := range o.Set {
		if err := strvals.ParseInto(s, base); err != nil {
			return nil, fmt.Errorf("--set %s: %w", s, err)
		}
	}
	for _, s := range o.SetString {
		if err := strvals.ParseIntoString(s, base); err != nil {
			return nil, fmt.Errorf("--set-string %s: %w", s, err)
		}
	}
	read := func(path []rune) (any, error) {
		data, err := e.readValuesFile(string(path))
		return string(data), err
	}
	for _, s := range o.SetFile {
		if err := strvals.ParseIntoFile(s, base, read); err != nil {
			return nil, fmt.Errorf("--set-file %s: %w", s, err)
		}
	}
	for _, s := range o.SetLiteral {
		if err := strvals.ParseLiteralInto(s, base); err != nil {
			return nil, fmt.Errorf("--set-literal %s: %w", s, err)
		}
	}
	return base, nil
}

func (e *Engine) readValuesFile(file string) ([]byte, error) {
	if isRemoteValues(file) {
		return nil, &SourceError{File: file, Err: errors.New("values from the network cannot be used"),
			Hint: "download the file, commit it, and name the local copy: rendering uses no network, so that one commit gives one result"}
	}
	if helmTemporary(file) {
		return os.ReadFile(file)
	}
	return e.readFile(file)
}

// overlay is base with top laid over it: mappings are merged key by key, everything else is replaced. A null stays: it is how
// a user removes a chart's default.
func overlay(base, top map[string]any) map[string]any {
	out := make(map[string]any, len(base)+len(top))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range top {
		below, isMap := out[k].(map[string]any)
		above, both := v.(map[string]any)
		if isMap && both {
			v = overlay(below, above)
		}
		out[k] = v
	}
	return out
}

// yamlFileError puts the file and line of a YAML error in front.
func (e *Engine) yamlFileError(file string, err error) error {
	msg := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "error converting YAML to JSON: "), "yaml: ")
	se := &SourceError{File: e.rel(e.abs(file))}
	var line int
	if n, _ := fmt.Sscanf(msg, "line %d: ", &line); n == 1 {
		se.Line = line
		_, msg, _ = strings.Cut(msg, ": ")
	}
	se.Err = errors.New(readable(msg))
	return se
}
