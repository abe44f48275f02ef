package manifest

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// duplicateKey finds the first key that a mapping of a document has twice. A key that overrides one from a merge (<<) is none,
// if it stands after the merge; before it, readers differ on which of the two wins.
func duplicateKey(doc document) error {
	var root yaml.Node
	if err := yaml.Unmarshal(doc.text, &root); err != nil {
		return yamlError(err, doc)
	}
	return duplicateIn(&root, doc.line-1)
}

// duplicateIn does so below a node. The document comes after so many lines of its stream.
func duplicateIn(n *yaml.Node, lines int) error {
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			if err := duplicateIn(c, lines); err != nil {
				return err
			}
		}
		return nil
	}
	first := make(map[string]int, len(n.Content)/2) // the line of each key
	for pair := range slices.Chunk(n.Content, 2) {
		key, value := pair[0], pair[1]
		if isMerge(key) {
			for merged := range mergedKeys(value, nil) {
				if first[merged] > 0 {
					return &SyntaxError{Source{Line: lines + key.Line}, fmt.Sprintf(
						"the merge << gives the key %q again, which line %d sets: put << before the keys that override it", merged, lines+first[merged])}
				}
			}
		}
		if key.Kind == yaml.ScalarNode {
			if line := first[key.Value]; line > 0 {
				return &SyntaxError{Source{Line: lines + key.Line}, fmt.Sprintf("the key %q is given twice, first in line %d", key.Value, lines+line)}
			}
			first[key.Value] = key.Line
		}
		if err := duplicateIn(value, lines); err != nil {
			return err
		}
	}
	return nil
}

func isMerge(key *yaml.Node) bool { return key.Tag == "!!merge" }

// mergedKeys is the set of keys that a merge of n brings, added to keys.
func mergedKeys(n *yaml.Node, keys map[string]bool) map[string]bool {
	if keys == nil {
		keys = map[string]bool{}
	}
	switch n.Kind {
	case yaml.AliasNode:
		return mergedKeys(n.Alias, keys)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			mergedKeys(c, keys)
		}
	case yaml.MappingNode:
		for pair := range slices.Chunk(n.Content, 2) {
			if isMerge(pair[0]) {
				mergedKeys(pair[1], keys)
			} else {
				keys[pair[0].Value] = true
			}
		}
	}
	return keys
}
