package render

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v3/pkg/chart"
)

// schemaCache keeps what checkSchemas found, by the text of the schema.
type schemaCache struct{ found sync.Map }

// checkSchemas refuses a chart whose values.schema.json refers to other files or to the network: Helm would load whatever it
// names, from anywhere. The same compiler is asked as Helm asks, with a loader that loads nothing, so that references within
// the schema pass.
func (r *helmRun) checkSchemas(c *chart.Chart) error {
	if c.Schema != nil {
		ref, ok := r.engine.schemas.found.Load(string(c.Schema))
		if !ok {
			ref = outsideOf(c.Schema)
			r.engine.schemas.found.Store(string(c.Schema), ref)
		}
		if ref != "" {
			return &SourceError{File: r.sourceOf(path.Join(c.ChartFullPath(), "values.schema.json")),
				Err:  fmt.Errorf("it refers to %s, and rendering reads nothing outside the chart", ref),
				Hint: "copy what it refers to into the schema's own $defs"}
		}
	}
	for _, d := range c.Dependencies() {
		if err := r.checkSchemas(d); err != nil {
			return err
		}
	}
	return nil
}

var errLoad = errors.New("not loaded")

// noLoader notes what it is asked to load.
type noLoader struct{ asked string }

func (l *noLoader) Load(url string) (any, error) {
	l.asked = url
	return nil, errLoad
}

// permissive answers for urn:, which Helm lets stand for anything.
type permissive struct{}

func (permissive) Load(string) (any, error) { return true, nil }

// outsideOf is what a schema refers to outside of itself, "" if it does not. What is wrong with it otherwise is left for Helm.
func outsideOf(text []byte) string {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return ""
	}
	const self = "file:///values.schema.json"
	var outside noLoader
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{"file": &outside, "http": &outside, "https": &outside, "urn": permissive{}})
	if compiler.AddResource(self, schema) == nil {
		compiler.Compile(self)
	}
	return outside.asked
}
