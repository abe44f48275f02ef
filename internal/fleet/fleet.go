// Package fleet makes source repositories of any size for benchmarks and property tests: many apps in the layouts that plainsail
// finds by convention, half of them kustomize and half Helm, sharing bases, components and templates as real ones do. The same
// options always give the same bytes.
package fleet

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Options say what to make.
type Options struct {
	Apps    int    // how many
	Kind    string // "kustomize", "helm" or "mixed", the default
	Objects int    // objects an app, 4 when 0: a Deployment, a Service and then ConfigMaps
	Seed    uint64
}

// Environments of every fleet.
var Environments = []string{"dev", "staging", "prod"}

// A Unit is one app in one environment with the reference tool's arguments that render it.
type Unit struct {
	App, Env string
	Tool     string   // "kustomize" or "helm"
	Args     []string // run in the fleet's folder
}

// Generate writes a fleet into dir and lists its units.
func Generate(dir string, o Options) ([]Unit, error) {
	if o.Kind == "" {
		o.Kind = "mixed"
	}
	if o.Objects == 0 {
		o.Objects = 4
	}
	g := &generator{dir: dir, opts: o, rand: rand.New(rand.NewPCG(o.Seed, 1))}
	g.write("components/labels/kustomization.yaml", componentText)
	for i := range o.Apps {
		app := fmt.Sprintf("%s-%04d", names[i%len(names)], i)
		if o.Kind == "helm" || o.Kind == "mixed" && i%2 == 1 {
			g.helm(app)
		} else {
			g.kustomize(app)
		}
	}
	return g.units, g.err
}

var names = []string{"cart", "auth", "billing", "catalog", "checkout", "email", "search", "stock"}

type generator struct {
	dir   string
	opts  Options
	rand  *rand.Rand
	units []Unit
	err   error
}

func (g *generator) write(name, content string) {
	if g.err != nil {
		return
	}
	path := filepath.Join(g.dir, filepath.FromSlash(name))
	if g.err = os.MkdirAll(filepath.Dir(path), 0o777); g.err == nil {
		g.err = os.WriteFile(path, []byte(content), 0o666)
	}
}

const componentText = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
labels:
  - pairs:
      app.kubernetes.io/part-of: fleet
`

func (g *generator) kustomize(app string) {
	base := "apps/" + app + "/base/"
	resources := []string{"deployment.yaml", "service.yaml"}
	g.write(base+"deployment.yaml", fmt.Sprintf(deploymentText, app, 1+g.rand.IntN(5), app, app, app, g.rand.IntN(20)))
	g.write(base+"service.yaml", fmt.Sprintf(serviceText, app, app))
	for i := 2; i < g.opts.Objects; i++ {
		name := fmt.Sprintf("config-%d", i)
		g.write(base+name+".yaml", fmt.Sprintf(configText, app, name, g.rand.IntN(1000)))
		resources = append(resources, name+".yaml")
	}
	g.write(base+"kustomization.yaml", header+"resources:\n  - "+strings.Join(resources, "\n  - ")+
		"\ncomponents:\n  - ../../../components/labels\nconfigMapGenerator:\n  - name: env\n    literals:\n      - LEVEL=info\n")
	for _, env := range Environments {
		overlay := "apps/" + app + "/overlays/" + env
		g.write(overlay+"/kustomization.yaml", fmt.Sprintf(overlayText, app+"-"+env, app, g.rand.IntN(20), g.rand.IntN(20)))
		g.write(overlay+"/replicas.yaml", fmt.Sprintf(patchText, app, 1+g.rand.IntN(5)))
		g.units = append(g.units, Unit{app, env, "kustomize", []string{"build", overlay}})
	}
}

func (g *generator) helm(app string) {
	chart := "charts/" + app + "/"
	g.write(chart+"Chart.yaml", fmt.Sprintf("apiVersion: v2\nname: %s\nversion: 1.%d.0\n", app, g.rand.IntN(20)))
	g.write(chart+"values.yaml", fmt.Sprintf("replicas: 1\nimage: ghcr.io/acme/%s\ntag: v1.%d\nlevel: info\n", app, g.rand.IntN(20)))
	g.write(chart+"templates/_helpers.tpl", helpersText)
	g.write(chart+"templates/deployment.yaml", helmDeploymentText)
	g.write(chart+"templates/service.yaml", helmServiceText)
	for i := 2; i < g.opts.Objects; i++ {
		g.write(fmt.Sprintf("%stemplates/config-%d.yaml", chart, i), fmt.Sprintf(helmConfigText, i, g.rand.IntN(1000)))
	}
	for _, env := range Environments {
		values := chart + "values-" + env + ".yaml"
		g.write(values, fmt.Sprintf("replicas: %d\ntag: v2.%d\n", 1+g.rand.IntN(5), g.rand.IntN(20)))
		g.units = append(g.units, Unit{app, env, "helm", []string{"template", app, "charts/" + app, "-f", values, "--include-crds"}})
	}
}

const header = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

const deploymentText = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: %s
spec:
  replicas: %d
  selector:
    matchLabels:
      app: %s
  template:
    metadata:
      labels:
        app: %s
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/%s:v1.%d
          envFrom:
            - configMapRef:
                name: env
          ports:
            - containerPort: 8080
          resources:
            requests: {cpu: 10m, memory: 32Mi}
`

const serviceText = `apiVersion: v1
kind: Service
metadata:
  name: %s
spec:
  selector:
    app: %s
  ports:
    - port: 80
      targetPort: 8080
`

const configText = `apiVersion: v1
kind: ConfigMap
metadata:
  name: %s-%s
data:
  limit: "%d"
`

const overlayText = header + `namespace: %s
resources:
  - ../../base
images:
  - name: ghcr.io/acme/%s
    newTag: v2.%d.%d
patches:
  - path: replicas.yaml
`

const patchText = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: %s
spec:
  replicas: %d
`

const helpersText = `{{- define "labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
`

const helmDeploymentText = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {{- include "labels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "labels" . | nindent 8 }}
    spec:
      containers:
        - name: app
          image: "{{ .Values.image }}:{{ .Values.tag }}"
          env:
            - {name: LEVEL, value: {{ .Values.level | quote }}}
`

const helmServiceText = `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  selector: {{- include "labels" . | nindent 4 }}
  ports:
    - port: 80
`

const helmConfigText = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config-%d
  labels: {{- include "labels" . | nindent 4 }}
data:
  limit: "%d"
`
