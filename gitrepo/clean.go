package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Clean returns the tracked files whose content in the work tree is that of the index, with the blob each one has, by its path
// from Top. A file that is left out may be clean all the same; a file that is in the result was not changed. Nothing is read but
// the index and, by git, what it needs to tell.
//
// The result is empty where git converts content between the work tree and the index (line ends, filters, as of .gitattributes or
// core.autocrlf): there, equal blobs do not mean equal files.
func (s *Source) Clean(ctx context.Context) (map[string]Entry, error) {
	converts, err := s.converts(ctx)
	if err != nil || converts {
		return nil, err
	}
	out, err := s.git.run(ctx, "ls-files", "-s", "-v", "-z")
	if err != nil {
		return nil, fmt.Errorf("read the index of %s: %w", s.top, err)
	}
	files, err := parseIndex(out)
	if err != nil {
		return nil, err
	}
	if s.hasAttributes(files) {
		return nil, nil
	}
	out, err = s.git.run(ctx, "-c", "core.fsmonitor=false", "diff-files", "--name-only", "-z", "--ignore-submodules=none")
	if err != nil {
		return nil, fmt.Errorf("compare %s with its index: %w", s.top, err)
	}
	for _, p := range splitNUL(out) {
		delete(files, p)
	}
	return files, nil
}

// converts tells whether settings outside the work tree may make git convert content, or believe that a file is unchanged on
// less evidence than by default.
func (s *Source) converts(ctx context.Context) (bool, error) {
	config, err := readConfig(ctx, s.git)
	if err != nil {
		return false, fmt.Errorf("read the configuration of %s: %w", s.top, err)
	}
	for _, key := range []string{"core.autocrlf", "core.eol", "core.attributesfile"} {
		if v := strings.ToLower(config.get(key)); v != "" && v != "false" && v != "native" {
			return true, nil
		}
	}
	if v := config.get("core.trustctime"); v != "" && !config.isTrue("core.trustctime") {
		return true, nil
	}
	if v := strings.ToLower(config.get("core.checkstat")); v != "" && v != "default" {
		return true, nil
	}
	return anyExists(s.attributesOutside()), nil
}

// attributesOutside are the files outside the work tree in which git looks for attributes (gitattributes(5)).
func (s *Source) attributesOutside() []string {
	files := []string{filepath.Join(s.common, "info", "attributes")}
	home := lookupEnv(s.git.env, "HOME")
	if xdg := lookupEnv(s.git.env, "XDG_CONFIG_HOME"); xdg != "" {
		files = append(files, filepath.Join(xdg, "git", "attributes"))
	} else if home != "" {
		files = append(files, filepath.Join(home, ".config", "git", "attributes"))
	}
	if lookupEnv(s.git.env, "GIT_ATTR_NOSYSTEM") == "" {
		// Where it is was decided when git was built; these are the usual places.
		files = append(files, "/etc/gitattributes", "/usr/local/etc/gitattributes", "/opt/homebrew/etc/gitattributes")
	}
	return files
}

// hasAttributes tells whether a .gitattributes applies to any of the files, tracked or not.
func (s *Source) hasAttributes(files map[string]Entry) bool {
	folders := map[string]bool{".": true}
	for p := range files {
		if path.Base(p) == ".gitattributes" {
			return true
		}
		for dir := path.Dir(p); !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for dir := range folders {
		if anyExists([]string{filepath.Join(s.top, filepath.FromSlash(dir), ".gitattributes")}) {
			return true
		}
	}
	return false
}

// anyExists counts a file that cannot be looked at as there.
func anyExists(files []string) bool {
	for _, f := range files {
		if _, err := os.Lstat(f); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return true
		}
	}
	return false
}

// parseIndex reads ls-files -s -v -z: "H 100644 <hash> 0<TAB>path". Only plain entries count: "S" is left out by a sparse
// checkout, lower case is assumed unchanged without looking, stages other than 0 are conflicts.
func parseIndex(out []byte) (map[string]Entry, error) {
	records := splitNUL(out)
	files := make(map[string]Entry, len(records))
	for _, rec := range records {
		meta, p, ok := strings.Cut(rec, "\t")
		f := strings.Fields(meta)
		if !ok || len(f) != 4 {
			return nil, fmt.Errorf("git ls-files: cannot read %q", rec)
		}
		if f[0] != "H" || f[3] != "0" {
			continue
		}
		e := Entry{Path: p, Mode: Mode(f[1]), Hash: Hash(f[2])}
		if err := e.Hash.check(); err != nil {
			return nil, fmt.Errorf("git ls-files: cannot read %q: %w", rec, err)
		}
		if e.Mode == Regular || e.Mode == Executable {
			files[p] = e
		}
	}
	return files, nil
}
