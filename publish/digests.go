package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"path"
	"strings"

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

// keeps tells whether this run keeps records.
func (r *Remote) keeps() bool { return r.Records != nil && r.Unkept == nil }

// onlyDigests tells that a server took nothing because it does not want DigestsRef, as where only branches may be pushed.
func onlyDigests(err error) bool {
	var rejected *gitrepo.RejectedError
	return errors.As(err, &rejected) && len(rejected.Refs) == 1 && rejected.Refs[0].Ref == DigestsRef
}

// saveStore writes the records of this run over those at tip and returns the update of DigestsRef, or none if nothing changes.
func (r *Remote) saveStore(ctx context.Context, tip gitrepo.Hash, wants []Want) ([]gitrepo.RefUpdate, error) {
	if !r.keeps() {
		return nil, nil
	}
	var tree gitrepo.Hash
	var was readset.Store
	if tip != "" {
		// A store that cannot be read is replaced.
		tree, was, _ = r.readStore(ctx, tip)
	}
	data := r.merge(was, wants).Encode()
	if string(data) == string(was.Encode()) {
		return nil, nil
	}
	changes := []gitrepo.Change{{Path: digestsFile(r.Source.Repository), Data: data}}
	next, err := r.Repo.WriteTree(ctx, tree, changes)
	if err != nil && tree != "" {
		// Somebody put something there that the file cannot be put beside.
		next, err = r.Repo.WriteTree(ctx, "", changes)
	}
	if err != nil {
		return nil, err
	}
	commit, err := r.Repo.WriteCommit(ctx, gitrepo.CommitSpec{Tree: next, Message: "What every unit was rendered from, by plainsail\n"})
	if err != nil {
		return nil, err
	}
	return []gitrepo.RefUpdate{{Ref: DigestsRef, Old: tip, New: commit}}, nil
}

// merge is the store after this run: its records and, of earlier ones, those of units that it was not asked for. Units that are no
// more are forgotten also by runs for a part of all.
func (r *Remote) merge(was readset.Store, wants []Want) readset.Store {
	asked := map[string]Want{}
	for _, w := range wants {
		asked[w.Env] = w
	}
	now := readset.Store{Records: map[string]readset.Record{}}
	for key, record := range was.Records {
		env, app := path.Split(key)
		w, ok := asked[strings.TrimSuffix(env, "/")]
		if ok && w.Partial && w.Keep[app] || !ok && !r.Prune {
			now.Records[key] = record
		}
	}
	maps.Copy(now.Records, r.Records)
	maps.DeleteFunc(now.Records, func(_ string, record readset.Record) bool { return record.Tree == "" })
	return now
}
