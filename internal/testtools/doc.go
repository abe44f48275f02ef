// Package testtools gives tests the real programs they compare with or run
// inside of: the referees kustomize and helm, act and actionlint.
//
// The version of each program is pinned by a small module of its own below
// testdata/tools, so that none of their requirements reach the main go.mod.
// A program is built once for each machine:
//
//	testdata/tools/NAME/go.mod, go.sum ─┐
//	build flags, Go version, platform ──┴─ key ── in the cache? ── yes ── path
//	                                                    │ no
//	                          lock, look again, go build to a scratch name, rename
//
// The lock keeps test processes that start together from building the same
// program twice; the rename keeps a killed build from leaving half a program
// behind. Neither needs the other to be correct.
//
// Programs that Go cannot build (buildah, pre-commit, node) come from the
// machine: see [LookPath].
//
// Only tests import this package; internal/depcheck sees to that.
package testtools
