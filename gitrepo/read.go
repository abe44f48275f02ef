package gitrepo

import (
	"context"
	"fmt"
)

// List returns the files of a tree or commit that was fetched or written. No
// blob is downloaded.
func (r *Remote) List(ctx context.Context, treeish Hash) ([]Entry, error) {
	git, err := r.main(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := git.listTree(ctx, treeish)
	if err != nil {
		return nil, fmt.Errorf("list %s of %s: %w", treeish.Short(), r.Name(), err)
	}
	return entries, nil
}

// Commit returns a commit that was fetched or written.
func (r *Remote) Commit(ctx context.Context, h Hash) (Commit, error) {
	commits, err := r.Commits(ctx, h)
	if err != nil {
		return Commit{}, err
	}
	return commits[0], nil
}

// Commits returns commits that were fetched or written, in the order asked for.
func (r *Remote) Commits(ctx context.Context, hashes ...Hash) ([]Commit, error) {
	git, err := r.main(ctx)
	if err != nil {
		return nil, err
	}
	commits, err := git.readCommits(ctx, hashes...)
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", r.Name(), err)
	}
	return commits, nil
}

// ReadBlob returns the content of a file, downloaded if need be.
func (r *Remote) ReadBlob(ctx context.Context, h Hash) ([]byte, error) {
	blobs, err := r.ReadBlobs(ctx, h)
	return blobs[h], err
}

// ReadBlobs returns the content of files. Those that are missing are downloaded
// in one go.
func (r *Remote) ReadBlobs(ctx context.Context, hashes ...Hash) (map[Hash][]byte, error) {
	if err := checkHashes(hashes...); err != nil {
		return nil, err
	}
	git, err := r.main(ctx)
	if err != nil {
		return nil, err
	}
	blobs := make(map[Hash][]byte, len(hashes))
	missing, err := git.readBlobs(ctx, hashes, blobs)
	if err == nil && len(missing) > 0 {
		if err := r.scratch.fetchObjects(ctx, git, missing); err != nil {
			if said(err, "not our ref") {
				return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
			}
			return nil, err
		}
		missing, err = git.readBlobs(ctx, missing, blobs)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read blobs of %s: %w", r.Name(), err)
	case len(missing) > 0:
		return nil, fmt.Errorf("read blob %s of %s: %w", missing[0], r.Name(), ErrNotFound)
	}
	return blobs, nil
}

// readBlobs puts blobs that are there into the map and returns the others.
func (r runner) readBlobs(ctx context.Context, hashes []Hash, into map[Hash][]byte) (missing []Hash, err error) {
	objects, err := r.readObjects(ctx, toStrings(hashes))
	if err != nil {
		return nil, err
	}
	for i, o := range objects {
		switch {
		case o.missing:
			missing = append(missing, hashes[i])
		case o.kind != "blob":
			return nil, fmt.Errorf("object %s is a %s, not a blob", o.hash, o.kind)
		default:
			into[hashes[i]] = o.data
		}
	}
	return missing, nil
}

// fetchObjects downloads single objects that the tips refer to. There is nothing
// to negotiate about: what is here is of no help to the server.
func (s *scratch) fetchObjects(ctx context.Context, git runner, hashes []Hash) error {

	args := append(promisor("blob:none"), "-c", "fetch.negotiationAlgorithm=noop",
		"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
		"--no-recurse-submodules", "--refmap=", "--filter=blob:none", "--stdin", "--", remoteName)
	s.fetching.Lock()
	defer s.fetching.Unlock()
	if _, err := git.feed(ctx, writeLines(hashes), args...); err != nil {
		return s.explain("fetch blobs from", err)
	}
	return nil
}
