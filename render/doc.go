// Package render turns source folders into Kubernetes objects: exactly those of kustomize build and helm template.
//
//	config.Unit ──Engine.Units, several at once──▶ Result: a manifest.Set or an *Error, never both
//
//	one unit:   Path, Type ──Kustomize, Helm or Plain──▶ Output: objects, warnings, unstable calls
//	            unstable calls that nobody allowed ─▶ error
//	            lists opened ─▶ tests (and hooks) dropped ─▶ namespaces filled in ─▶ identities unique ─▶ Set
//	            Set ─▶ Gates, such as check.Secrets
//
//	Kustomize:  krusty ──reads──▶ sourceFS ──each kustomization──▶ guard ──▶ the disk below the root
//	               └─helmCharts──runs──▶ this program as plainsail-helm ──socket──▶ helmServer ──▶ Helm, below
//	Helm:       chartFiles (read once) ─▶ parsed anew for each render ─▶ values ─▶ Helm's engine ─▶ sorted objects
//	               └─ calls of random, clock and lookup functions ─▶ rendered again, changed: do they matter?
//	Plain:      every .yaml, .yml and .json file below the folder
//
// What must stay true:
//
//   - Nothing outside the Engine's root is read, by whatever path or symbolic link, and nothing remote: kustomize and Helm have ways
//     of their own to the network, so guard and checkSchemas look through what they get, with their own parsers.
//   - No program of the source runs, and nothing is written but temporary files, which are gone when a call returns.
//   - Builds share nothing that one of them can change. Kustomize's OpenAPI schema is one for the whole process, so a kustomization
//     that replaces it is built alone, and the schema is put back: see schema.
//   - Equal sources give equal bytes and equal messages, whatever the folder, order, workers, machine or process.
//   - Every error names the file of the source that must change, its line where there is one, and, in a Hint, what to do.
package render
