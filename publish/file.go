package publish

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// While a file is written, it has a name that no rendered file can have.
const tempPrefix, tempSuffix = ".plainsail-", ".tmp"

func isTemp(base string) bool {
	return strings.HasPrefix(base, tempPrefix) && strings.HasSuffix(base, tempSuffix)
}

// writeFile replaces a file as a whole: it is there with its old content or its new one, never with half of it.
func writeFile(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o777); err != nil {
		return err
	}
	temp := path.Join(path.Dir(name), tempPrefix+path.Base(name)+tempSuffix)
	// O_EXCL: what is there under this name, such as a symbolic link, is not written through.
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		if info, statErr := root.Lstat(name); statErr == nil && info.IsDir() {
			_ = root.Remove(name) // an empty folder; others stay, and the rename fails
		}
		err = root.Rename(temp, name)
	}
	if err != nil {
		_ = root.Remove(temp)
	}
	return err
}

// removeFile removes a file, and folders that have become empty, up to the root.
func removeFile(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	removeEmpty(root, path.Dir(name))
	return nil
}

// removeEmpty removes a folder, and those above it, as long as they are empty.
func removeEmpty(root *os.Root, dir string) {
	for ; dir != "."; dir = path.Dir(dir) {
		info, err := root.Lstat(dir)
		if err == nil && (!info.IsDir() || root.Remove(dir) != nil) || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
}

// removeTemp removes what a killed run was just writing.
func removeTemp(root *os.Root, env string) error {
	return fs.WalkDir(root.FS(), env, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil || e.IsDir() || !isTemp(path.Base(name)):
			return err
		}
		return removeFile(root, name)
	})
}
