package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render/readset"
)

// DigestsRef holds what every unit was rendered from last, so that a fresh CI runner renders only what changed. It is no branch: it
// shows up in no list of branches and no diff that people review. It has one commit without parents, with a file for each source
// repository. Losing it, or finding it broken, costs one full render.
const DigestsRef = "refs/plainsail/digests"

// digestsFile is where the store of a source repository lies.
func digestsFile(repository string) string {
	sum := sha256.Sum256([]byte(repository))
	return hex.EncodeToString(sum[:8]) + ".json"
}

// Store reads what earlier runs rendered from. Whatever is wrong with it, the result is an empty store, and why.
func (r *Remote) Store(ctx context.Context) (readset.Store, error) {
	tips, err := r.Repo.Fetch(ctx, DigestsRef)
	if err != nil || tips[DigestsRef] == "" {
		return readset.Store{}, err
	}
	_, store, err := r.readStore(ctx, tips[DigestsRef])
	return store, err
}

// readStore is the tree of DigestsRef and our store in it.
func (r *Remote) readStore(ctx context.Context, tip gitrepo.Hash) (gitrepo.Hash, readset.Store, error) {
	commit, err := r.Repo.Commit(ctx, tip)
	if err != nil {
		return "", readset.Store{}, err
	}
	entries, err := r.Repo.List(ctx, commit.Tree)
	if err != nil {
		return "", readset.Store{}, err
	}
	for _, e := range entries {
		if e.Path != digestsFile(r.Source.Repository) {
			continue
		}
		data, err := r.Repo.ReadBlob(ctx, e.Hash)
		if err != nil {
			return "", readset.Store{}, err
		}
		store, err := readset.Decode(data)
		return commit.Tree, store, err
	}
	return commit.Tree, readset.Store{}, nil
}

// saveStore writes the records of this run over those at tip and returns the update of DigestsRef, or none if nothing changes. A run
// that did not render everything keeps the records of the rest.
func (r *Remote) saveStore(ctx context.Context, tip gitrepo.Hash, everything bool) ([]gitrepo.RefUpdate, error) {
	if r.Records == nil {
		return nil, nil
	}
	var tree gitrepo.Hash
	var was readset.Store
	if tip != "" {
		// A store that cannot be read is replaced.
		tree, was, _ = r.readStore(ctx, tip)
	}
	now := readset.Store{Records: map[string]readset.Record{}}
	if !everything {
		maps.Copy(now.Records, was.Records)
	}
	maps.Copy(now.Records, r.Records)
	data := now.Encode()
	if string(data) == string(was.Encode()) {
		return nil, nil
	}
	tree, err := r.Repo.WriteTree(ctx, tree, []gitrepo.Change{{Path: digestsFile(r.Source.Repository), Data: data}})
	if err != nil {
		return nil, err
	}
	commit, err := r.Repo.WriteCommit(ctx, gitrepo.CommitSpec{Tree: tree, Message: "What every unit was rendered from, by plainsail\n"})
	if err != nil {
		return nil, err
	}
	return []gitrepo.RefUpdate{{Ref: DigestsRef, Old: tip, New: commit}}, nil
}
