// Package check judges rendered objects before anything is made of them. Its rules are pure: objects in, findings out. Each has
// the form of a render.Gate.
//
//	config.Unit, manifest.Set ──Secrets──▶ warnings, and one error that names every Secret with a plaintext value
package check
