package config

import _ "embed"

//go:generate go test -run ^TestSchemaIsFresh$ -update .

// Schema is the JSON Schema (draft-07) of plainsail.yaml, for editors. It is
// generated from the Go types, their comments and their struct tags.
//
//go:embed plainsail.schema.json
var Schema []byte
