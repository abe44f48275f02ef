package render

//lint:file-ignore SA1019 People still write the fields that kustomize calls deprecated, and kustomize still reads them.

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// Kustomize has no option for what plainsail must refuse: it downloads remote files with an HTTP client of its own and clones
// remote bases with git, whatever the file system says. So every kustomization is looked through before kustomize gets it.
//
// Both must read the same out of it. Kustomizations are therefore parsed by kustomize's own code, which takes keys in upper
// case, among other things, and so are the configurations of plugins (generators, transformers, validators): kustomize's own
// built-in plugins load files as well, and any kustomization can configure them in files, inline, or in whole folders that
// are kustomizations themselves. A folder whose kustomization computes such configurations cannot be judged before it is
// built and is refused.

// inspect looks for what a kustomization must not do, and returns the text that kustomize may have: a kustomization that does
// not parse is left for kustomize to complain about. root is the folder that the kustomization stands for.
func (f *sourceFS) inspect(path, root string, data []byte) ([]byte, error) {
	var k types.Kustomization
	if k.Unmarshal(data) != nil {
		return data, nil
	}
	g := guard{fs: f, path: path, text: data}
	for _, text := range inlineTexts(&k) {
		if err := g.aliases(text); err != nil {
			return nil, err
		}
	}
	for _, ref := range references(&k) {
		if ref.remote() {
			return nil, g.refuseRemote(ref)
		}
	}
	if k.OpenAPI != nil && !f.ownSchema {
		return nil, errOwnSchema
	}
	for _, list := range pluginLists(&k) {
		for _, item := range list.items {
			if err := g.plugins(list.field, root, item); err != nil {
				return nil, err
			}
		}
	}
	if len(k.HelmCharts) == 0 && len(k.HelmChartInflationGenerator) == 0 || !f.enableHelm {
		return data, nil // without enableHelm, kustomize itself refuses charts
	}
	old, _ := types.SplitHelmParameters(k.HelmChartInflationGenerator)
	for _, chart := range slices.Concat(k.HelmCharts, old) {
		if err := g.chartName(chart.Name); err != nil {
			return nil, err
		}
		if err := g.chartMissing(&k, chart, root); err != nil {
			return nil, err
		}
	}
	f.inspected[len(f.inspected)-1].charts = true
	if err := f.helm.start(); err != nil {
		return nil, err
	}
	return withConfigHome(&k, data, f.helm.dir)
}

// withConfigHome sets helmGlobals.configHome, which nothing here reads. Without it kustomize makes a temporary folder for
// each chart before it inflates the first, and leaves the folders of the others behind when one fails.
func withConfigHome(k *types.Kustomization, data []byte, home string) ([]byte, error) {
	globals := k.HelmGlobals
	if globals == nil {
		_, old := types.SplitHelmParameters(k.HelmChartInflationGenerator)
		globals = &old
	}
	if globals.ConfigHome != "" {
		return data, nil
	}
	globals.ConfigHome = home
	js, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(js, &fields); err != nil {
		return nil, err
	}
	for key := range fields {
		if strings.EqualFold(key, "helmGlobals") {
			delete(fields, key)
		}
	}
	if fields["helmGlobals"], err = json.Marshal(globals); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// A reference is a path in a kustomization.
type reference struct {
	field, path string
	folder      bool // it may be a folder too, and so a git repository
}

func (r reference) remote() bool {
	if r.folder {
		return isRemoteBase(r.path)
	}
	_, file, _ := strings.Cut(r.path, "=") // key=path, in a generator's files
	return isRemoteFile(r.path) || isRemoteFile(file)
}

// references are all paths in a kustomization but those in pluginLists. A test holds this against the fields of
// types.Kustomization, so that a new version of kustomize brings no path that is not looked at.
func references(k *types.Kustomization) []reference {
	var refs []reference
	files := func(field string, paths ...string) {
		for _, p := range paths {
			refs = append(refs, reference{field: field, path: p})
		}
	}
	folders := func(field string, paths ...string) {
		for _, p := range paths {
			refs = append(refs, reference{field: field, path: p, folder: true})
		}
	}
	folders("resources", k.Resources...)
	folders("bases", k.Bases...)
	folders("components", k.Components...)
	files("crds", k.Crds...)
	files("configurations", k.Configurations...)
	files("openapi", k.OpenAPI["path"])
	for _, p := range k.Patches {
		files("patches", p.Path)
	}
	for _, p := range k.PatchesJson6902 {
		files("patchesJson6902", p.Path)
	}
	for _, p := range k.PatchesStrategicMerge {
		files("patchesStrategicMerge", string(p))
	}
	for _, r := range k.Replacements {
		files("replacements", r.Path)
	}
	for _, g := range k.ConfigMapGenerator {
		files("configMapGenerator", append(append(g.FileSources, g.EnvSources...), g.EnvSource)...)
	}
	for _, g := range k.SecretGenerator {
		files("secretGenerator", append(append(g.FileSources, g.EnvSources...), g.EnvSource)...)
	}
	for _, c := range k.HelmCharts {
		files("helmCharts", append(c.AdditionalValuesFiles, c.ValuesFile)...)
	}
	for _, c := range k.HelmChartInflationGenerator {
		files("helmChartInflationGenerator", c.Values)
	}
	return refs
}

// inlineTexts are the texts within a kustomization that are YAML themselves.
func inlineTexts(k *types.Kustomization) []string {
	texts := slices.Concat(k.Generators, k.Transformers, k.Validators)
	for _, p := range slices.Concat(k.Patches, k.PatchesJson6902) {
		texts = append(texts, p.Patch)
	}
	for _, p := range k.PatchesStrategicMerge {
		texts = append(texts, string(p))
	}
	return texts
}

type pluginList struct {
	field string
	items []string // each a plugin's configuration, or the path of one, or of a folder of them
}

func pluginLists(k *types.Kustomization) []pluginList {
	return []pluginList{{"generators", k.Generators}, {"transformers", k.Transformers}, {"validators", k.Validators}}
}

// guard looks through one kustomization and what it names.
type guard struct {
	fs   *sourceFS
	path string // of the file that is looked through
	text []byte
	seen map[string]bool // folders of plugins
}

func (g *guard) fail(about, hint, format string, args ...any) error {
	return &SourceError{File: g.fs.engine.rel(g.path), Line: lineOf(g.text, about), Err: fmt.Errorf(format, args...), Hint: hint}
}

func (g *guard) refuseRemote(ref reference) error {
	path := ref.path
	if _, file, ok := strings.Cut(path, "="); ok && !ref.folder && isRemoteFile(file) {
		path = file
	}
	return g.fail(path, "pin it by committing a copy: download the file, or run kustomize localize on a base, and name the local path",
		"%s: %s is remote, and rendering uses no network", ref.field, path)
}

// aliases refuses text within the file that checkAliases refuses.
func (g *guard) aliases(text string) error {
	if _, err := checkAliases([]byte(text)); err != nil {
		return g.fail(firstLine(text), aliasHint, "%w", err)
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// chartName refuses a chart that is not directly below its chartHome: kustomize takes the name for part of the name of a
// temporary file, and so would write that file elsewhere.
func (g *guard) chartName(name string) error {
	if !strings.ContainsAny(name, `/\`) {
		return nil
	}
	return g.fail(name, "name the folder that holds the chart's folder in helmGlobals.chartHome, and only the chart's folder in name",
		"helmCharts: the name %q is a path", name)
}

// chartMissing says what kustomize says with less words, of a chart that it would not even look for elsewhere.
func (g *guard) chartMissing(k *types.Kustomization, chart types.HelmChart, root string) error {
	if chart.Repo != "" || chart.Name == "" {
		return nil
	}
	home := types.HelmDefaultHome
	if k.HelmGlobals != nil && k.HelmGlobals.ChartHome != "" {
		home = k.HelmGlobals.ChartHome
	}
	if !filepath.IsAbs(home) {
		home = filepath.Join(root, home)
	}
	dir := filepath.Join(home, chart.Name)
	if _, err := g.fs.engine.resolve(dir); !errors.Is(err, errNotThere) {
		return nil
	}
	return g.fail(chart.Name, "commit the chart's folder there, or set helmGlobals.chartHome to the folder that holds it",
		"helmCharts: there is no chart %s", g.fs.engine.rel(dir))
}

// pluginFactory parses the configurations of plugins as kustomize does.
var pluginFactory = sync.OnceValue(func() *resmap.Factory {
	return resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory())
})

// plugins looks through one item of generators, transformers or validators.
func (g *guard) plugins(field, root, item string) error {
	if m, err := pluginFactory().NewResMapFromBytes([]byte(item)); err == nil {
		return g.each(field, m)
	}
	if ref := (reference{field, item, true}); ref.remote() {
		return g.refuseRemote(ref)
	}
	if !filepath.IsAbs(item) {
		item = filepath.Join(root, item)
	}
	return g.pluginPath(field, item)
}

// pluginPath looks through a file or folder of plugin configurations. What is missing or does not parse is left for kustomize
// to complain about.
func (g *guard) pluginPath(field, path string) error {
	real, err := g.fs.engine.resolve(path)
	if err != nil {
		return nil
	}
	if info, err := os.Stat(real); err == nil && info.IsDir() {
		return g.pluginFolder(field, real)
	}
	data, err := g.fs.read(real)
	if err != nil {
		return nil // kustomize reads it too, and is told
	}
	m, err := pluginFactory().NewResMapFromBytes(data)
	if err != nil {
		return nil
	}
	return (&guard{fs: g.fs, path: path, text: data, seen: g.seen}).each(field, m)
}

func (g *guard) pluginFolder(field, dir string) error {
	if g.seen[dir] {
		return nil
	}
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[dir] = true
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		path := filepath.Join(dir, name)
		data, err := g.fs.read(path)
		if err != nil {
			continue
		}
		var k types.Kustomization
		if k.Unmarshal(data) != nil {
			continue
		}
		in := &guard{fs: g.fs, path: path, text: data, seen: g.seen}
		if computes := computedBy(k); computes != "" {
			return in.fail(computes, "list the plugin's configuration as a plain file of the folder, as it should be",
				"%s of a folder of %s: it computes the configuration of plugins, which cannot be checked for remote files", computes, field)
		}
		for _, item := range append(k.Resources, k.Bases...) {
			if ref := (reference{"resources", item, true}); ref.remote() {
				return in.refuseRemote(ref)
			}
			if !filepath.IsAbs(item) {
				item = filepath.Join(dir, item)
			}
			if err := in.pluginPath(field, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// computedBy is a field of a kustomization that can change more of its resources than their metadata, "" if there is none.
func computedBy(k types.Kustomization) string {
	k.TypeMeta, k.MetaData, k.Resources, k.Bases = types.TypeMeta{}, nil, nil, nil
	k.Namespace, k.NamePrefix, k.NameSuffix, k.CommonLabels, k.CommonAnnotations, k.Labels = "", "", "", nil, nil, nil
	k.GeneratorOptions, k.BuildMetadata, k.SortOptions = nil, nil, nil
	v := reflect.ValueOf(k)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			return name
		}
	}
	return ""
}

func (g *guard) each(field string, m resmap.ResMap) error {
	for _, res := range m.Resources() {
		if err := g.plugin(field, res); err != nil {
			return err
		}
	}
	return nil
}

// plugin looks through the configuration of one plugin.
func (g *guard) plugin(field string, res *resource.Resource) error {
	if gvk := res.GetGvk(); gvk.Group != "" || gvk.Version != konfig.BuiltinPluginApiVersion {
		return g.fail(res.GetKind(), "use what kustomize has built in, or run the program before rendering and commit what it makes",
			"%s: the plugin %s is a program, and rendering runs no programs of the source", field, res.GetKind())
	}
	text, err := res.AsYAML()
	if err != nil {
		return err
	}
	var config map[string]any
	if err := yaml.Unmarshal(text, &config); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		value := config[key]
		if fold(key, "patch", "patches", "paths") {
			for _, text := range allStrings(value) {
				if err := g.aliases(text); err != nil {
					return err
				}
			}
		}
		for _, path := range pluginPaths(key, value) {
			if ref := (reference{field: field + ": " + res.GetKind() + " " + key, path: path}); ref.remote() {
				return g.refuseRemote(ref)
			}
		}
	}
	if res.GetKind() != "HelmChartInflationGenerator" || !g.fs.enableHelm {
		return nil
	}
	for key, value := range config {
		if name, ok := value.(string); ok && strings.EqualFold(key, "name") {
			if err := g.chartName(name); err != nil {
				return err
			}
		}
	}
	return g.fs.helm.start()
}

// pluginPaths are the paths in one field of a built-in plugin's configuration: all fields that a plugin of v0.21.2 gives to its
// loader. Keys match in any case, as in encoding/json.
func pluginPaths(key string, value any) []string {
	switch {
	case fold(key, "path", "paths", "files", "envs", "env", "valuesFile", "additionalValuesFiles", "targetFilePath"):
		return allStrings(value)
	case fold(key, "replacements"):
		var paths []string
		items, _ := value.([]any)
		for _, item := range items {
			fields, _ := item.(map[string]any)
			for k, v := range fields {
				if fold(k, "path") {
					paths = append(paths, allStrings(v)...)
				}
			}
		}
		return paths
	}
	return nil
}

func fold(key string, names ...string) bool {
	for _, n := range names {
		if strings.EqualFold(key, n) {
			return true
		}
	}
	return false
}

func allStrings(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, allStrings(e)...)
		}
		return all
	}
	return nil
}
