// Package manifest holds Kubernetes objects as values: decoding, identity, scope, order and encoding.
// It reads no files, opens no connections and knows no clock.
//
//	bytes ──Decode──▶ []*Object ──Expand──▶ []*Object ──NewSet──▶ Set ──Path, YAML──▶ file name and bytes
//	                     │ (documents)        (List kinds opened)   (identities proved unique)
//	                     └ Source: the file and line, or the template, that an object came from
//
// Decode reads YAML the way Kubernetes does (YAML 1.1 scalars, to the content that sigs.k8s.io/yaml gives), keeps integers
// exact and refuses what would be guessed or lost. YAML writes an object with its keys in one fixed order and its lists as
// they were, so that equal objects give equal bytes, and any reader takes back what was written. The one exception is a
// document encrypted by SOPS: the order of its keys enters its message authentication code, so it is written in the order it
// came.
package manifest
