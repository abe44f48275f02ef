package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// FileName is the name of the file at the root of the source repository.
// Load also accepts it with the suffix .yml.
const (
	FileName    = "plainsail.yaml"
	fileNameYML = "plainsail.yml"
)

// Load reads the configuration at the root of a source repository. Without a
// file it returns the zero Config: the conventions.
func Load(fsys fs.FS) (*Config, error) {
	data, found, err := read(fsys, FileName)
	if err != nil {
		return nil, err
	}
	short, foundShort, err := read(fsys, fileNameYML)
	switch {
	case err != nil:
		return nil, err
	case found && foundShort:
		return nil, errors.Join(&Error{
			File:    fileNameYML,
			Message: "there is a " + FileName + " too",
			Hint:    "keep one of them",
		})
	case found:
		return Parse(FileName, data)
	case foundShort:
		return Parse(fileNameYML, short)
	}
	return &Config{}, nil
}

// read returns a file's content, up to just more than Parse accepts.
func read(fsys fs.FS, name string) (data []byte, found bool, err error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, false, fmt.Errorf("read configuration: %w", err)
	}
	return data, true, nil
}
