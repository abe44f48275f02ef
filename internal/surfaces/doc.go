// Package surfaces tests the ways in which plainsail reaches its users, each
// inside of the program that runs it there:
//
//	action.yml              act, and its script by itself
//	.pre-commit-hooks.yaml  pre-commit, as a hook of a commit
//	Dockerfile              buildah, then a container with a read-only root
//
// It is tests alone. Programs that the machine must bring along (pre-commit,
// buildah) are looked up with testtools.LookPath: the tests skip, saying so,
// where they are missing. Nothing here needs a network; servers listen on
// loopback.
package surfaces
