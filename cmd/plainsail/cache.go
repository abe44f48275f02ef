package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/publish"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

// openCache gets what earlier runs found out: from the rendered repository where the output goes there, else from the user's
// cache folder. Whatever is wrong with it costs time only.
func (src *source) openCache(ctx context.Context, o renderOptions, t target) (*render.Cache, error) {
	cache := &render.Cache{Version: cacheVersion(), Ignore: o.noCache || o.verify}
	clean, err := src.clean(ctx)
	if err != nil {
		return nil, err
	}
	cache.Tree = readset.NewTree(src.root, clean)
	format := gitrepo.SHA1
	if remote, ok := t.(*publish.Remote); ok {
		if format, err = remote.Repo.Format(ctx); err != nil {
			return nil, err
		}
		if cache.Store, err = remote.Store(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			cache.Store = readset.Store{}
		}
	} else {
		cache.Store = localStore(src.dir).read()
	}
	cache.Hash = func(files map[string][]byte) string { return string(publish.TreeOf(format, files)) }
	return cache, nil
}

// clean are the hashes of files that git knows to be unchanged.
func (src *source) clean(ctx context.Context) (map[string]string, error) {
	if src.repo == nil || src.repo.Format() != gitrepo.SHA1 {
		return nil, nil
	}
	files, err := src.repo.Clean(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string, len(files))
	for path, e := range files {
		ids[path] = string(e.Mode) + " " + string(e.Hash)
	}
	return ids, nil
}

// cacheVersion is plainsail's version and, for one that has none, the program itself.
func cacheVersion() string {
	v := Version()
	if v != "devel" {
		return v
	}
	info, err := os.Stat(executable())
	if err != nil {
		return v + time.Now().String()
	}
	return fmt.Sprintf("%s %d %s", v, info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
}

// localStore is the file in the user's cache folder that keeps a source folder's records, "" if there is no such folder.
type localStoreFile string

func localStore(dir string) localStoreFile {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(dir))
	return localStoreFile(filepath.Join(cache, "plainsail", "digests", hex.EncodeToString(sum[:16])+".json"))
}

func (f localStoreFile) read() readset.Store {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return readset.Store{}
	}
	store, err := readset.Decode(data)
	if err != nil {
		return readset.Store{}
	}
	return store
}

// keepFor is how long a source folder that is not rendered any more is remembered.
const keepFor = 30 * 24 * time.Hour

// write replaces the records of the units that were rendered. A cache that cannot be written is no failure.
func (f localStoreFile) write(was readset.Store, results []render.Result, everything bool) {
	if f == "" {
		return
	}
	now := readset.Store{Records: render.Records(results)}
	if !everything {
		for key, r := range was.Records {
			if _, ok := now.Records[key]; !ok {
				now.Records[key] = r
			}
		}
	}
	data := now.Encode()
	if string(data) == string(was.Encode()) {
		return
	}
	dir := filepath.Dir(string(f))
	if os.MkdirAll(dir, 0o700) != nil {
		return
	}
	temp, err := os.CreateTemp(dir, "*.tmp")
	if err != nil {
		return
	}
	_, err = temp.Write(data)
	if closeErr := temp.Close(); err == nil && closeErr == nil && os.Rename(temp.Name(), string(f)) == nil {
		removeOld(dir)
		return
	}
	os.Remove(temp.Name())
}

// removeOld keeps the cache folder from growing without end.
func removeOld(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keepFor {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
