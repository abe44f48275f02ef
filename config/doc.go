// Package config holds the file that a user writes, plainsail.yaml, and turns
// it into units: one app in one environment, the smallest thing that is
// rendered, compared and promoted. The data flows one way:
//
//	plainsail.yaml ─ Load, Parse ─▶ Config ─ Discover ─▶ Plan{Environments, Units}
//	  (may be absent)               (zero: conventions)     │
//	the folders of the source repository ────────────────────┘
//
// Parse is strict and pure. The Go types are the only description of the file:
// the decoder (decode.go) walks them by reflection, with the formats named in
// their struct tags (format.go), and so does the generator of the JSON Schema
// (schema_test.go). Rules that span several keys are in validate.go.
//
// Discover finds folders. A convention is nothing but a built-in entry of
// units, so that both go through one search (search.go, glob.go). What each
// unit is set to comes from five layers, weakest first: defaults, environment,
// units entry, app, the app's environment (layer.go).
//
// Everything here is a value. Files are read through an fs.FS that the caller
// passes in; there is no network, no clock and no environment variable. All
// problems are reported at once, as *Error values joined into one error.
package config
