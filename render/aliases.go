package render

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxAliased is how many values aliases may write out in one file. The largest bundles of definitions have about 300,000 values
// in all.
const maxAliased = 1_000_000

// checkAliases refuses text whose aliases write out to more than memory holds, or without end: kustomize follows them without
// any limit. It reads the text as kustomize does; what is no YAML is none of its business. The line is that of an alias.
func checkAliases(text []byte) (line int, err error) {
	if bytes.IndexByte(text, '&') < 0 || bytes.IndexByte(text, '*') < 0 {
		return 0, nil
	}
	docs, err := (&kio.ByteReader{OmitReaderAnnotations: true, Reader: bytes.NewReader(text)}).Read()
	if err != nil {
		return 0, nil
	}
	for _, doc := range docs {
		c := aliasCounter{sizes: map[*yaml.Node]int{}}
		if _, err := c.size(doc.YNode()); err != nil {
			return c.line, err
		}
	}
	return 0, nil
}

type aliasCounter struct {
	sizes   map[*yaml.Node]int // values below an anchor; 0 while they are counted
	aliased int
	line    int
}

// size counts the values of a node with its aliases written out.
func (c *aliasCounter) size(n *yaml.Node) (int, error) {
	if n.Kind == yaml.AliasNode {
		c.line = n.Line
		size, known := c.sizes[n.Alias]
		if known && size == 0 {
			return 0, fmt.Errorf("the anchor %s contains itself", n.Value)
		}
		if !known {
			var err error
			if size, err = c.size(n.Alias); err != nil {
				return 0, err
			}
		}
		if c.aliased += size; c.aliased > maxAliased {
			return 0, fmt.Errorf("its aliases write out to more than %d values", maxAliased)
		}
		return size, nil
	}
	if n.Anchor != "" {
		c.sizes[n] = 0
	}
	total := 1
	for _, child := range n.Content {
		size, err := c.size(child)
		if err != nil {
			return 0, err
		}
		total += size
	}
	if n.Anchor != "" {
		c.sizes[n] = total
	}
	return total, nil
}
