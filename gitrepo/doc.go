// Package gitrepo reads a source checkout and publishes to a rendered
// repository with the git command. It is the only package that runs git, and
// it knows nothing of Kubernetes.
//
// Two repositories, two types:
//
//	Source   the user's checkout       only ever read: no ref, object, index or
//	                                   configuration of it is written
//	Remote   the rendered repository   worked on in a scratch bare repository
//	                                   that Close removes; no work tree
//
// Publishing is a line from hashes to one push:
//
//	refs, _ := remote.Fetch(ctx, "refs/heads/env/prod")    // tips: commits and trees, no blobs
//	tip, _ := remote.Commit(ctx, refs["refs/heads/env/prod"])
//	have, _ := remote.List(ctx, tip.Tree)                  // paths and blob hashes
//	    compare BlobHash of what should be there with have
//	tree, _ := remote.WriteTree(ctx, tip.Tree, changes)    // equal tree: nothing to do
//	commit, _ := remote.WriteCommit(ctx, CommitSpec{Tree: tree, ...})
//	remote.Push(ctx, RefUpdate{Ref: ..., Old: tip.Hash, New: commit})
//
// Push is atomic over all refs and a compare-and-swap for each of them. A lost
// race is a *RaceError: fetch again, apply again, push again. A refusal by the
// server is a *RejectedError, missing access an *AuthError; every other failing
// command is a *CommandError with its command line and output.
//
// # Objects that are not there
//
// Tips are fetched one commit deep and without blobs. git is told that such a
// repository has a promisor only while it fetches or pushes; every other
// command takes a missing blob as missing and downloads nothing.
//
// # Credentials
//
// Commands in a scratch repository see the user's own git configuration, plus
// the credential, transport, identity and signing families of the source
// checkout's (so that what actions/checkout set up keeps working), plus the
// token of the options. They travel in environment variables, never on a
// command line or in a file, and are masked in all that this package returns.
package gitrepo
