package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/ignore"
	"sigs.k8s.io/yaml"

	"github.com/plainsail/plainsail/render/readset"
)

// chartCache keeps the files of charts, each read once however many units use it. It keeps bytes, not parsed charts:
// resolving dependencies changes a parsed chart for good, so every render needs one of its own.
type chartCache struct {
	entries sync.Map // chartKey -> *chartEntry
}

// chartKey is a chart's absolute path. Renders whose reads are wanted do not share with others, which have none to give.
type chartKey struct {
	path     string
	recorded bool
}

type chartEntry struct {
	once  sync.Once
	files []*loader.BufferedFile
	reads []readset.Read // what was looked at to get them
	err   error
	index func() chartIndex // made when it is first asked for
}

// chartIndex is what can be said of a chart without its values.
type chartIndex struct {
	calls   []Call            // suspects in its templates and files, and those of its subcharts
	folders map[string]string // where subcharts lie in the repository, by the folder that Helm's names for templates have
	tpl     bool              // some template evaluates text
}

// chartFiles are the files of the chart at path, a folder or a packaged chart.
func (e *Engine) chartFiles(path string) (*chartEntry, error) {
	real, err := e.resolve(path)
	if err != nil {
		return nil, err
	}
	v, _ := e.charts.entries.LoadOrStore(chartKey{real, e.seen != nil}, &chartEntry{})
	entry := v.(*chartEntry)
	entry.once.Do(func() {
		seen := e.seen.Another()
		entry.files, entry.err = e.recording(seen).readChart(real)
		entry.reads = seen.Reads()
		entry.index = sync.OnceValue(func() chartIndex { return indexChart(entry.files) })
	})
	e.seen.Add(entry.reads)
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
	data, err := e.readFile(path)
	if err != nil {
		return nil, err
	}
	// LoadArchiveFiles bounds a file at 5 MiB and the whole at 100 MiB, unpacked.
	files, err := loader.LoadArchiveFiles(bytes.NewReader(data))
	if err != nil {
		return nil, &SourceError{File: e.rel(path), Err: fmt.Errorf("it is not a packaged chart: %w", err)}
	}
	return files, nil
}

// readChartDir reads a chart's folder as Helm's own loader does (its rules on .helmignore, symbolic links, irregular files
// and sizes), with two differences: a symbolic link that leaves the root is refused, and one that leads in a circle ends.
func (e *Engine) readChartDir(top string) ([]*loader.BufferedFile, error) {
	rules := ignore.Empty()
	if f := filepath.Join(top, ignore.HelmIgnore); e.exists(f) {
		data, err := e.readFile(f)
		if err != nil {
			return nil, err
		}
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, &SourceError{File: e.rel(f), Err: err}
		}
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
	entries, err := r.engine.readDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path, name := filepath.Join(path, entry.Name()), join(name, entry.Name())
		if entry.Type()&fs.ModeSymlink != 0 {
			// Whether .helmignore leaves it out hangs on what it leads to.
			r.engine.seen.Saw(path, readset.Exists)
		}
		if err := r.entry(path, name); err != nil {
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

func indexChart(files []*loader.BufferedFile) chartIndex {
	c, err := parseChart(files)
	if err != nil {
		return chartIndex{} // rendering says why
	}
	index := chartIndex{folders: map[string]string{}}
	names := map[string][]byte{}
	for _, f := range files {
		names[f.Name] = f.Data
	}
	findSubcharts(c, "", "", names, index.folders)
	eachFile(c, func(name string, f *chart.File, template bool) {
		index.tpl = index.tpl || template && bytes.Contains(f.Data, []byte("tpl "))
	})
	eachFile(c, func(name string, f *chart.File, template bool) {
		if template || index.tpl {
			index.calls = append(index.calls, callsIn(name, string(f.Data), !template)...)
		}
	})
	return index
}

// findSubcharts fills in chartIndex.folders for the chart that Helm calls helm and that lies at dir. Helm names a subchart by
// its name or alias; it lies in a folder of any name, or in an archive.
func findSubcharts(c *chart.Chart, helm, dir string, files map[string][]byte, folders map[string]string) {
	for _, sub := range c.Dependencies() {
		where := subchartPath(sub, join(dir, "charts"), files)
		names := []string{sub.Name()}
		for _, d := range c.Metadata.Dependencies {
			if d.Name == sub.Name() && d.Alias != "" {
				names = append(names, d.Alias)
			}
		}
		for _, name := range names {
			name = join(helm, "charts/"+name)
			folders[name] = where
			findSubcharts(sub, name, where, files, folders)
		}
	}
}

func subchartPath(sub *chart.Chart, charts string, files map[string][]byte) string {
	if _, ok := files[charts+"/"+sub.Name()+"/Chart.yaml"]; ok {
		return charts + "/" + sub.Name()
	}
	if archive := charts + "/" + sub.Name() + "-" + sub.Metadata.Version + ".tgz"; files[archive] != nil {
		return archive
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case path.Base(name) == "Chart.yaml" && path.Dir(path.Dir(name)) == charts:
			var meta chart.Metadata
			if yaml.Unmarshal(files[name], &meta) == nil && meta.Name == sub.Name() {
				return path.Dir(name)
			}
		case path.Dir(name) == charts && strings.HasPrefix(path.Base(name), sub.Name()) && strings.HasSuffix(name, ".tgz"):
			return name
		}
	}
	return charts + "/" + sub.Name()
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
