package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/ignore"
)

// chartCache keeps the files of charts, each read once however many units use it. It keeps bytes, not parsed charts:
// resolving dependencies changes a parsed chart for good, so every render needs one of its own.
type chartCache struct {
	entries sync.Map // absolute path -> *chartEntry
}

type chartEntry struct {
	once     sync.Once
	files    []*loader.BufferedFile
	err      error
	suspects func() []Call
}

// chartFiles are the files of the chart at path, a folder or a packaged chart.
func (e *Engine) chartFiles(path string) (*chartEntry, error) {
	real, err := e.resolve(path)
	if err != nil {
		return nil, err
	}
	v, _ := e.charts.entries.LoadOrStore(real, &chartEntry{})
	entry := v.(*chartEntry)
	entry.once.Do(func() {
		entry.files, entry.err = e.readChart(real)
		entry.suspects = sync.OnceValue(func() []Call {
			c, err := parseChart(entry.files)
			if err != nil {
				return nil
			}
			return suspectsInChart(c)
		})
	})
	return entry, entry.err
}

func (e *Engine) readChart(path string) ([]*loader.BufferedFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return e.readChartDir(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// LoadArchiveFiles bounds a file at 5 MiB and the whole at 100 MiB, unpacked.
	files, err := loader.LoadArchiveFiles(f)
	if err != nil {
		return nil, &SourceError{File: e.rel(path), Err: fmt.Errorf("it is not a packaged chart: %w", err)}
	}
	return files, nil
}

// readChartDir reads a chart's folder as Helm's own loader does (its rules on .helmignore, symbolic links, irregular files
// and sizes), with two differences: a symbolic link that leaves the root is refused, and one that leads in a circle ends.
func (e *Engine) readChartDir(top string) ([]*loader.BufferedFile, error) {
	rules := ignore.Empty()
	if f := filepath.Join(top, ignore.HelmIgnore); exists(f) {
		r, err := ignore.ParseFile(f)
		if err != nil {
			return nil, &SourceError{File: e.rel(f), Err: err}
		}
		rules = r
	}
	rules.AddDefaults()
	r := chartReader{engine: e, rules: rules, visiting: map[string]bool{}}
	if err := r.dir(top, ""); err != nil {
		return nil, err
	}
	return r.files, nil
}

type chartReader struct {
	engine   *Engine
	rules    *ignore.Rules
	visiting map[string]bool // folders, without symbolic links, between the top and here
	files    []*loader.BufferedFile
	size     int64
}

func (r *chartReader) dir(path, name string) error {
	real, err := r.engine.resolve(path)
	if err != nil {
		return err
	}
	if r.visiting[real] {
		return &SourceError{File: r.engine.rel(path), Err: errors.New("its symbolic links lead in a circle")}
	}
	r.visiting[real] = true
	defer delete(r.visiting, real)
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := r.entry(filepath.Join(path, entry.Name()), join(name, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (r *chartReader) entry(path, name string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		// A symbolic link to nothing: Helm stops at it as well.
		return &SourceError{File: r.engine.rel(path), Err: errors.New("the symbolic link leads nowhere")}
	}
	if err != nil {
		_, err = r.engine.resolve(path)
		return err
	}
	switch {
	case r.rules.Ignore(name, info):
		return nil
	case info.IsDir():
		return r.dir(path, name)
	case !info.Mode().IsRegular():
		return &SourceError{File: r.engine.rel(path), Err: errors.New("it is not a regular file")}
	case info.Size() > loader.MaxDecompressedFileSize:
		return &SourceError{File: r.engine.rel(path), Err: fmt.Errorf("it has %d MiB; a chart's file may have %d MiB", info.Size()>>20, loader.MaxDecompressedFileSize>>20),
			Hint: "list it in .helmignore if no template needs it"}
	}
	if r.size += info.Size(); r.size > loader.MaxDecompressedChartSize {
		return &SourceError{File: r.engine.rel(path), Err: fmt.Errorf("the chart has more than %d MiB", loader.MaxDecompressedChartSize>>20),
			Hint: "list what no template needs in .helmignore"}
	}
	data, err := r.engine.readFile(path)
	if err != nil {
		return err
	}
	r.files = append(r.files, &loader.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))})
	return nil
}

// parseChart makes a chart of its files and checks what helm install checks before it renders.
func parseChart(files []*loader.BufferedFile) (*chart.Chart, error) {
	c, err := loader.LoadFiles(files)
	if err != nil {
		return nil, err
	}
	if c.Metadata.Type != "" && c.Metadata.Type != "application" {
		return nil, fmt.Errorf("%s charts are not installable", c.Metadata.Type)
	}
	for _, want := range c.Metadata.Dependencies {
		found := false
		for _, have := range c.Dependencies() {
			found = found || have.Name() == want.Name
		}
		if !found {
			return nil, &SourceError{Err: fmt.Errorf("the chart depends on %q (%s), which is missing in its charts/ folder", want.Name, want.Repository),
				Hint: "run helm dependency build on the chart and commit its charts/ folder; rendering uses no network"}
		}
	}
	return c, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
