// Package depcheck holds the project's rules about itself, as ordinary tests:
// which package may import which, what must never be linked into what, that
// every package says what it is for, and that no committed file names this or
// that machine.
//
//	go list -deps -json ./... ── Load ──▶ []Package ─┐
//	                        table (rules_test.go) ───┴─ Check ──▶ problems
//
// Check is a pure function, so that tests can show it a graph that breaks a
// rule. The table is the readable form of the picture in ARCHITECTURE.md:
// dependencies point down, and a package that is not in the table fails the
// test until somebody decides where it belongs.
//
// What go list reports depends on the platform and the build tags; the rules
// hold for the default build. Imports of test files are free, except that
// helpers marked TestOnly are for them alone.
package depcheck
