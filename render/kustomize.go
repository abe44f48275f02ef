package render

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provenance"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/resid"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/plainsail/plainsail/manifest"
)

// KustomizeOptions are the options of kustomize build, under its names.
type KustomizeOptions struct {
	// EnableHelm lets kustomizations inflate vendored charts (helmCharts). No helm command is needed.
	EnableHelm bool
	// NoLoadRestrictor lets kustomizations read files outside their own folder, as LoadRestrictionsNone does; files outside
	// the Engine's root stay out of reach.
	NoLoadRestrictor     bool
	EnableManagedByLabel bool
	KubeVersion          string   // for helmCharts
	APIVersions          []string // for helmCharts
}

// schema guards kyaml's OpenAPI schema, which is one for the whole process. A kustomization with an openapi field replaces it
// and kustomize never puts it back, so that the next build of any other kustomization merges by the wrong rules. Builds
// therefore share it with a read lock, and one that turns out to have the field is started again under the write lock, with
// the built-in schema put back before and after.
var schema sync.RWMutex

// warmSchema loads the built-in schema once, before builds share it: loading is not safe for concurrent use.
var warmSchema = sync.OnceFunc(loadBuiltinSchema)

func loadBuiltinSchema() {
	openapi.ResetOpenAPI()
	// Not IsNamespaceScoped, which answers for built-in kinds without it.
	openapi.SchemaForResourceType(resid.Gvk{Version: "v1", Kind: "Pod"}.AsTypeMeta())
}

// Kustomize builds the kustomization in a folder to the objects that kustomize build gives.
func (e *Engine) Kustomize(ctx context.Context, dir string, o KustomizeOptions) (*Output, error) {
	real, err := e.resolve(dir)
	if err != nil {
		return nil, err
	}
	warmSchema()
	out, err := e.buildShared(ctx, real, o)
	if errors.Is(err, errOwnSchema) {
		out, err = e.buildAlone(ctx, real, o)
	}
	return out, err
}

func (e *Engine) buildShared(ctx context.Context, dir string, o KustomizeOptions) (*Output, error) {
	schema.RLock()
	defer schema.RUnlock()
	return e.build(ctx, dir, o, false)
}

func (e *Engine) buildAlone(ctx context.Context, dir string, o KustomizeOptions) (*Output, error) {
	schema.Lock()
	defer schema.Unlock()
	defer loadBuiltinSchema()
	openapi.ResetOpenAPI()
	return e.build(ctx, dir, o, true)
}

func (e *Engine) build(ctx context.Context, dir string, o KustomizeOptions, ownSchema bool) (*Output, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	helm := &helmServer{engine: e, ctx: ctx}
	defer helm.close()
	fsys := &sourceFS{engine: e, ownSchema: ownSchema, helm: helm, enableHelm: o.EnableHelm}
	opts := krusty.MakeDefaultOptions()
	opts.Reorder = krusty.ReorderOptionUnspecified // what the command uses; the library's own default is another
	opts.AddManagedbyLabel = o.EnableManagedByLabel
	if o.NoLoadRestrictor {
		opts.LoadRestrictions = types.LoadRestrictionsNone
	}
	if o.EnableHelm {
		opts.PluginConfig.HelmConfig = types.HelmConfig{
			Enabled: true, Command: helm.command(), KubeVersion: o.KubeVersion, ApiVersions: o.APIVersions,
		}
	}
	resources, err := runKustomize(opts, fsys, dir)
	// What stopped the build inside our file system or Helm is the cause, whatever kustomize made of it.
	if fsys.refusal != nil {
		return nil, fsys.refusal
	}
	if helm.refusal != nil {
		return nil, fsys.locate(helm.refusal)
	}
	if err != nil {
		return nil, fsys.explain(dir, err)
	}
	out, err := e.objects(resources, dir)
	if err != nil {
		return nil, err
	}
	out.Warnings, out.Unstable = helm.warnings, helm.unstable
	return out, nil
}

// runKustomize turns a panic of kustomize, which some broken inputs cause, into an error.
func runKustomize(opts *krusty.Options, fsys *sourceFS, dir string) (m resmap.ResMap, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("kustomize crashed on it: %v", p)
		}
	}()
	return krusty.MakeKustomizer(opts).Run(fsys, dir)
}

func (e *Engine) objects(resources resmap.ResMap, dir string) (*Output, error) {
	src := manifest.Source{File: e.rel(dir)}
	var out Output
	for _, res := range resources.Resources() {
		o, err := fromResource(res, src)
		if err != nil {
			return nil, &SourceError{File: src.File, Err: fmt.Errorf("%s: %s", readableID(res.CurId().String()), readable(err.Error()))}
		}
		out.Objects = append(out.Objects, o)
	}
	return &out, nil
}

func fromResource(res *resource.Resource, src manifest.Source) (*manifest.Object, error) {
	if res.GetLabels(konfig.ManagedbyLabelKey)[konfig.ManagedbyLabelKey] == libraryManagedBy() {
		if err := res.PipeE(kyaml.SetLabel(konfig.ManagedbyLabelKey, "kustomize-"+KustomizeVersion)); err != nil {
			return nil, err
		}
	}
	js, err := res.MarshalJSON()
	if err != nil {
		return nil, err
	}
	v, err := manifest.FromJSON(js)
	if err != nil {
		return nil, err
	}
	content, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("it is not a mapping")
	}
	o := manifest.New(content, src)
	if !o.Encrypted() {
		return o, nil
	}
	// The node still has the source's key order; JSON does not.
	doc, err := res.RNode.String()
	if err != nil {
		return nil, err
	}
	return inOrder(content, doc, src)
}

// inOrder is a SOPS document as it is written. Kustomize takes some unquoted words, such as yes, for text that Kubernetes takes
// for something else; such a document would not be the object that was built.
func inOrder(content map[string]any, doc string, src manifest.Source) (*manifest.Object, error) {
	read, err := manifest.Decode([]byte(doc), src.File, false)
	if err != nil {
		return nil, err
	}
	if len(read) != 1 || !reflect.DeepEqual(read[0].Content(), content) {
		return nil, errors.New("the document is encrypted by SOPS, so it is written as it stands, and Kubernetes would read it otherwise than kustomize does: " +
			"put words such as yes, no, on and off, and numbers that are text, into quotes and encrypt it again")
	}
	return manifest.NewOrdered(content, []byte(doc), src), nil
}

// libraryManagedBy is the label that the library gives to objects when asked to mark them as kustomize's: it knows only the
// version of the program that it is part of, where the kustomize command has its own.
func libraryManagedBy() string { return "kustomize-" + provenance.GetProvenance().Semver() }

func isKustomization(name string) bool {
	for _, n := range konfig.RecognizedKustomizationFileNames() {
		if name == n {
			return true
		}
	}
	return false
}
