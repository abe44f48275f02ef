// Package bench times plainsail beside the tools that it stands in for, on fleets of any size, in one run on one machine:
//
//	make bench-peers FLEETS=100,1000
//
// The peers are loops of the real kustomize and helm commands, one process a unit, as CI scripts have them; their output is thrown
// away. plainsail renders, checks and publishes: it does more. The result is the table of docs/performance.md.
package bench
