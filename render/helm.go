package render

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	helmengine "helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"

	"github.com/plainsail/plainsail/manifest"
)

// DefaultKubeVersion is the Kubernetes version that charts see when nobody names one: that of the released helm command of
// HelmVersion, which sets it at link time. (The library alone would say v1.20.0.)
const DefaultKubeVersion = "v1.37.0"

// DefaultRelease is the release's name when nobody names one, as in helm template.
const DefaultRelease = "release-name"

// HelmOptions are the options of helm template, under its names. Paths are relative to the Engine's root, or absolute.
type HelmOptions struct {
	Release     string   // DefaultRelease when empty
	Namespace   string   // "default" when empty, as in helm template without a cluster
	Values      []string // --values
	Set         []string
	SetString   []string
	SetFile     []string
	SetJSON     []string
	SetLiteral  []string
	KubeVersion string   // DefaultKubeVersion when empty
	APIVersions []string // added to the built-in ones
	IncludeCRDs bool
	SkipTests   bool
	NoHooks     bool
	IsUpgrade   bool
	ShowOnly    []string // templates to show, as patterns below the chart; all when empty
}

// Helm renders the chart at path, a folder or a packaged chart, to the objects that helm template gives.
func (e *Engine) Helm(ctx context.Context, path string, o HelmOptions) (*Output, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entry, err := e.chartFiles(path)
	if err != nil {
		return nil, err
	}
	run := &helmRun{engine: e, path: path, opts: o, entry: entry}
	if run.caps, err = capabilities(o); err != nil {
		return nil, err
	}
	out, err := run.output()
	if err != nil {
		return nil, err
	}
	out.Unstable, err = run.unstable()
	return out, err
}

// helmRun is one chart with one set of options. It can render more than once: see unstable.
type helmRun struct {
	engine *Engine
	path   string
	opts   HelmOptions
	entry  *chartEntry
	caps   *chartutil.Capabilities

	first     map[string]string // rendered templates of the first render, by template
	chartName string
}

func (r *helmRun) output() (*Output, error) {
	chrt, files, err := r.render(nil)
	if err != nil {
		return nil, r.explain(err)
	}
	r.first, r.chartName = files, chrt.Name()
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, r.explain(err)
	}
	var out Output
	if chrt.Metadata.Deprecated {
		out.Warnings = append(out.Warnings, fmt.Sprintf("chart %s is deprecated", chrt.Name()))
	}
	if r.opts.IncludeCRDs {
		for _, crd := range chrt.CRDObjects() {
			if err := r.add(&out, crd.Filename, string(crd.File.Data)); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range manifests {
		if err := r.add(&out, m.Name, m.Content); err != nil {
			return nil, err
		}
	}
	if !r.opts.NoHooks {
		for _, h := range hooks {
			if r.opts.SkipTests && slices.Contains(h.Events, release.HookTest) {
				continue
			}
			if err := r.add(&out, h.Path, h.Manifest); err != nil {
				return nil, err
			}
		}
	}
	if err := r.showOnly(&out); err != nil {
		return nil, err
	}
	for _, o := range out.Objects {
		o.Source.File = r.sourceOf(o.Source.File)
	}
	return &out, nil
}

// add decodes one rendered template. A key given twice counts as Helm counts it: the last one wins; but it is said.
func (r *helmRun) add(out *Output, template, content string) error {
	fmt.Fprintf(&out.text, "---\n# Source: %s\n%s\n", template, content)
	objects, err := manifest.Decode([]byte(content+"\n"), template, true)
	if err != nil {
		strict := err
		if objects, err = manifest.Decode([]byte(content+"\n"), template, false); err != nil {
			return r.explain(err)
		}
		out.Warnings = append(out.Warnings, fmt.Sprintf("%s: in what it renders, %s; the last one counts", r.sourceOf(template), reason(strict)))
	}
	for _, o := range objects {
		// Lines of rendered text mean nothing in the template.
		o.Source = manifest.Source{File: template}
	}
	out.Objects = append(out.Objects, objects...)
	return nil
}

func reason(err error) string {
	var se *manifest.SyntaxError
	if errors.As(err, &se) {
		return se.Reason
	}
	return err.Error()
}

// render executes the chart's templates, changed by edit if that is given, and leaves notes out.
func (r *helmRun) render(edit *edit) (*chart.Chart, map[string]string, error) {
	r.engine.renders.Add(1)
	chrt, err := parseChart(r.entry.files)
	if err != nil {
		return nil, nil, err
	}
	vals, err := r.engine.values(r.opts)
	if err != nil {
		return nil, nil, err
	}
	if edit != nil {
		edit.chart(chrt)
		edit.values(vals)
	}
	name := r.opts.Release
	if name == "" {
		name = DefaultRelease
	}
	if err := chartutil.ValidateReleaseName(name); err != nil {
		return nil, nil, fmt.Errorf("release name %q: %w", name, err)
	}
	ns := r.opts.Namespace
	if ns == "" {
		ns = "default"
	}
	if err := chartutil.ProcessDependenciesWithMerge(chrt, vals); err != nil {
		return nil, nil, err
	}
	if err := r.checkSchemas(chrt); err != nil {
		return nil, nil, err
	}
	toRender, err := chartutil.ToRenderValues(chrt, vals, chartutil.ReleaseOptions{
		Name: name, Namespace: ns, Revision: 1, IsInstall: !r.opts.IsUpgrade, IsUpgrade: r.opts.IsUpgrade,
	}, r.caps)
	if err != nil {
		return nil, nil, err
	}
	if want := chrt.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, r.caps.KubeVersion.String()) {
		return nil, nil, &SourceError{File: path.Join(r.engine.rel(r.engine.abs(r.path)), "Chart.yaml"),
			Err:  fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", want, r.caps.KubeVersion.String()),
			Hint: "set kubeVersion (--kube-version) to the version that your cluster runs"}
	}
	var rendered map[string]string
	if edit != nil && edit.cluster != nil {
		rendered, err = helmengine.RenderWithClientProvider(chrt, toRender, edit.cluster)
	} else {
		rendered, err = helmengine.Render(chrt, toRender)
	}
	for template := range rendered {
		if strings.HasSuffix(template, "NOTES.txt") {
			delete(rendered, template)
		}
	}
	return chrt, rendered, err
}

func capabilities(o HelmOptions) (*chartutil.Capabilities, error) {
	version := o.KubeVersion
	if version == "" {
		version = DefaultKubeVersion
	}
	kube, err := chartutil.ParseKubeVersion(version)
	if err != nil {
		return nil, fmt.Errorf("invalid kube version %q: %w", version, err)
	}
	caps := chartutil.DefaultCapabilities.Copy()
	caps.KubeVersion = *kube
	caps.APIVersions = append(slices.Clone(caps.APIVersions), o.APIVersions...)
	caps.HelmVersion.Version = HelmVersion
	return caps, nil
}

// showOnly keeps the objects of the templates that were asked for, in the order they were asked for.
func (r *helmRun) showOnly(out *Output) error {
	if len(r.opts.ShowOnly) == 0 {
		return nil
	}
	var shown []*manifest.Object
	for _, pattern := range r.opts.ShowOnly {
		found := false
		for _, o := range out.Objects {
			_, template, _ := strings.Cut(o.Source.File, "/")
			if ok, err := path.Match(filepath.ToSlash(pattern), template); err != nil {
				return fmt.Errorf("--show-only %s: %w", pattern, err)
			} else if ok {
				found = true
				shown = append(shown, o)
			}
		}
		if !found {
			return fmt.Errorf("--show-only %s: the chart renders no object from such a template", pattern)
		}
	}
	out.Objects = shown
	return nil
}

// sourceOf is the file in the repository that a template, as Helm names it, comes from. A file in an archive is named as if the
// archive were a folder.
func (r *helmRun) sourceOf(template string) string {
	_, below, ok := strings.Cut(template, "/")
	if !ok {
		return template
	}
	if strings.HasPrefix(below, "charts/") {
		folders := r.entry.index().folders
		for dir := path.Dir(below); dir != "."; dir = path.Dir(dir) {
			if where, ok := folders[dir]; ok {
				below = where + below[len(dir):]
				break
			}
		}
	}
	return path.Join(r.engine.rel(r.engine.abs(r.path)), below)
}

var (
	helmPosition = regexp.MustCompile(`\(?([^\s():]+/[^\s():]+\.[a-zA-Z]+):(\d+)(?::\d+)?\)?:? ?`)
	helmYAML     = regexp.MustCompile(`^YAML parse error on ([^:]+): (?:error converting YAML to JSON: )?(?:yaml: )?(?:line (\d+): )?`)
	helmLoad     = regexp.MustCompile(`^cannot load (\S+): (?:error converting YAML to JSON: )?(?:yaml: )?(?:line (\d+): )?`)
	helmAt       = regexp.MustCompile(`executing "[^"]*" at <(.*?)>: `)
	yamlTwice    = regexp.MustCompile(`mapping key (".*?") already defined`)
	jsonInto     = regexp.MustCompile(`^error unmarshaling JSON: while decoding JSON: json: cannot unmarshal (\w+) into .*`)
)

// explain finds the file and line in Helm's messages, which know only the chart's name.
func (r *helmRun) explain(err error) error {
	chart := r.engine.rel(r.engine.abs(r.path))
	var known *SourceError
	if errors.As(err, &known) {
		if known.File == "" {
			known.File = chart
		}
		return known
	}
	var syntax *manifest.SyntaxError
	if errors.As(err, &syntax) {
		return &SourceError{File: r.sourceOf(syntax.Source.File), Err: fmt.Errorf("what the template renders is not valid: line %d of it: %s", max(syntax.Source.Line, 1), syntax.Reason)}
	}
	msg := strings.TrimSpace(r.engine.relativize(err.Error()))
	if m := helmYAML.FindStringSubmatch(msg); m != nil {
		se := &SourceError{File: r.sourceOf(m[1])}
		rest := readable(msg[len(m[0]):])
		switch {
		case strings.HasPrefix(rest, "it is "):
			se.Err = fmt.Errorf("what the template renders is not a Kubernetes object: %s", rest)
		case m[2] != "":
			se.Err = fmt.Errorf("what the template renders is not valid YAML: line %s of it: %s", m[2], rest)
		default:
			se.Err = fmt.Errorf("what the template renders is not valid YAML: %s", rest)
		}
		return se
	}
	if m := helmLoad.FindStringSubmatch(msg); m != nil {
		line, _ := strconv.Atoi(m[2])
		return &SourceError{File: path.Join(chart, m[1]), Line: line, Err: errors.New(readable(msg[len(m[0]):]))}
	}
	if rest, ok := strings.CutPrefix(msg, "values don't meet the specifications of the schema(s) in the following chart(s):\n"); ok {
		return &SourceError{File: chart, Err: fmt.Errorf("the values are not what the chart's schema asks for\n%s", rest)}
	}
	if at := helmPosition.FindAllStringSubmatchIndex(msg, -1); at != nil {
		return r.explainAt(msg, at)
	}
	return &SourceError{File: chart, Err: errors.New(msg)}
}

// explainAt makes an error of a message with positions. Helm's goes from the template that was rendered to the one that failed,
// in as many steps as there were includes; what counts is the last, and where it began.
func (r *helmRun) explainAt(msg string, at [][]int) error {
	position := func(m []int) (string, int) {
		line, _ := strconv.Atoi(msg[m[4]:m[5]])
		return r.sourceOf(msg[m[2]:m[3]]), line
	}
	first, last := at[0], at[len(at)-1]
	se := &SourceError{}
	se.File, se.Line = position(last)
	reason := msg[last[1]:]
	if m := helmAt.FindStringSubmatchIndex(reason); m != nil {
		what, rest := reason[m[2]:m[3]], reason[m[1]:]
		if strings.HasPrefix(rest, "nil pointer evaluating ") {
			se.Hint = "a value is missing: set it in a values file"
		}
		reason = fmt.Sprintf("%s: %s", what, strings.TrimPrefix(rest, "error calling include: "))
	}
	if from, line := position(first); from != se.File || line != se.Line {
		reason += fmt.Sprintf(" (included by %s:%d)", from, line)
	}
	se.Err = errors.New(reason)
	return se
}

// readable puts what YAML and JSON parsers say into words.
func readable(msg string) string {
	if m := jsonInto.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("it is %s, not a mapping", jsonKind(m[1]))
	}
	if m := yamlTwice.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("the key %s is given twice", m[1])
	}
	if strings.Contains(msg, "UTF-8") {
		return "the text is not UTF-8; save the file as UTF-8"
	}
	return msg
}
