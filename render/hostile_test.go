package render_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/render"
)

// bomb is a document that is a few hundred bytes long and some gigabytes when its aliases are written out.
func bomb(last string) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	return b.String() + last
}

const (
	objectHead = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	chartHead  = "-- c/Chart.yaml --\napiVersion: v2\nname: web\nversion: 1.0.0\n"
	resources  = "-- k/kustomization.yaml --\nresources: [a.yaml]\n"
)

type hostileCase struct {
	typ   config.Type // of the unit, which lies in k, c or p
	files string
	large string // a file of 50 MB to add
	want  string // the whole message, after the unit
	hint  string
	unit  func(*config.Unit)
}

var hostile = map[string]hostileCase{
	"plain/link to itself":             {typ: config.Plain, want: "p/a.yaml: its symbolic links lead in a circle", files: "-- p/a.yaml -> a.yaml --\n"},
	"plain/links in a circle":          {typ: config.Plain, want: "p/a.yaml: its symbolic links lead in a circle\n    p/b.yaml: its symbolic links lead in a circle", files: "-- p/a.yaml -> b.yaml --\n-- p/b.yaml -> a.yaml --\n"},
	"plain/link to a folder":           {typ: config.Plain, want: "p/a.yaml: it is a folder, not a file", files: "-- p/a.yaml -> ../q --\n-- q/x --\n"},
	"plain/link to nothing":            {typ: config.Plain, want: "p/a.yaml: the symbolic link leads nowhere", files: "-- p/a.yaml -> gone --\n"},
	"plain/link out of the root":       {typ: config.Plain, want: "p/a.yaml: it leads to TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: "-- p/a.yaml -> ../../outside/a.yaml --\n"},
	"plain/folder is a link out":       {typ: config.Plain, want: "p: it leads to TOP/outside, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: "-- p -> ../outside --\n"},
	"plain/folder is a link to itself": {typ: config.Plain, want: "p: its symbolic links lead in a circle", files: "-- p -> p --\n"},
	"plain/path out of the root":       {typ: config.Plain, want: "TOP/outside: it lies outside the source root TOP/repo", hint: "copy it into the repository; what is outside it is not versioned with it", unit: func(u *config.Unit) { u.Path = "../outside" }},
	"plain/no folder":                  {typ: config.Plain, want: "p: no such file or folder"},
	"plain/bomb":                       {typ: config.Plain, want: "p/a.yaml:1: its aliases (*name) multiply its size beyond bounds", files: "-- p/a.yaml --\n" + objectHead + bomb("")},
	"plain/large":                      {typ: config.Plain, want: "p/a.yaml: it has 50 MiB; the limit is 32 MiB", hint: "split the file; no object that a cluster accepts is near that size", large: "p/a.yaml"},
	"plain/not UTF-8":                  {typ: config.Plain, want: "p/a.yaml:5: the text is not UTF-8; save the file as UTF-8", files: "-- p/a.yaml --\n" + objectHead + "data:\n  a: \xe4\n"},
	"plain/duplicate key":              {typ: config.Plain, want: `p/a.yaml:5: the key "data" is given twice, first in line 4`, files: "-- p/a.yaml --\n" + objectHead + "data: {a: x}\ndata: {b: y}\n"},
	"plain/list":                       {typ: config.Plain, want: "p/a.yaml:5: the document is a list; a Kubernetes object is a mapping with apiVersion and kind", files: "-- p/a.yaml --\n" + objectHead + "---\n- a\n- b\n"},
	"plain/scalar":                     {typ: config.Plain, want: "p/a.yaml:1: the document is a single value; a Kubernetes object is a mapping with apiVersion and kind", files: "-- p/a.yaml --\nhello\n"},
	"plain/tab":                        {typ: config.Plain, want: "p/a.yaml:5: the line is indented with a tab; YAML takes spaces", files: "-- p/a.yaml --\n" + objectHead + "data:\n\ta: b\n"},
	"plain/CRLF and broken":            {typ: config.Plain, want: "p/a.yaml:2: did not find expected node content", files: "-- p/a.yaml --\napiVersion: v1\r\nkind: [\r\n"},
	"plain/no kind":                    {typ: config.Plain, want: "p/a.yaml:1: the document has no kind", files: "-- p/a.yaml --\na: b\n"},
	"plain/name with a slash":          {typ: config.Plain, want: `p/a.yaml:1: ConfigMap has the metadata.name "a/b", which Kubernetes refuses: it contains / or %`, files: "-- p/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a/b}\n"},
	"plain/name that is a folder":      {typ: config.Plain, want: `p/a.yaml:1: ConfigMap has the metadata.name "..", which Kubernetes refuses: it would be a folder`, files: "-- p/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ..}\n"},
	"plain/namespace that climbs":      {typ: config.Plain, want: `p/a.yaml:1: ConfigMap a has the metadata.namespace "../x", which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -`, files: "-- p/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ../x}\n"},
	"plain/kind that climbs":           {typ: config.Plain, want: `p/a.yaml:1: the kind "../../x" is not one that Kubernetes takes: it takes letters, digits and -`, files: "-- p/a.yaml --\napiVersion: v1\nkind: ../../x\nmetadata: {name: a}\n"},
	"plain/twice":                      {typ: config.Plain, want: "ConfigMap a is there twice: in p/a.yaml:1 and in p/b/c.yaml:1", files: "-- p/a.yaml --\n" + objectHead + "-- p/b/c.yaml --\n" + objectHead},
	"plain/kustomization inside":       {typ: config.Plain, want: "p/k/kustomization.yaml: it is not a plain Kubernetes object", hint: "a folder below a plain folder cannot be a kustomization or a chart: move it out, or make it a unit of its own", files: "-- p/a.yaml --\n" + objectHead + "-- p/k/kustomization.yaml --\nresources: []\n"},
	"plain/several":                    {typ: config.Plain, want: "p/a.yaml:1: the document is a list; a Kubernetes object is a mapping with apiVersion and kind\n    p/b.yaml:1: did not find expected node content", files: "-- p/a.yaml --\n- x\n-- p/b.yaml --\na: [\n"},
	"plain/pipe":                       {typ: config.Plain, want: "p/a.yaml: it leads to /dev/zero, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: "-- p/a.yaml -> /dev/zero --\n"},

	"kustomize/link to itself":                    {typ: config.Kustomize, want: "k/a.yaml: its symbolic links lead in a circle", files: resources + "-- k/a.yaml -> a.yaml --\n"},
	"kustomize/kustomization is a link to itself": {typ: config.Kustomize, want: "k: there is no kustomization.yaml in this folder", files: "-- k/kustomization.yaml -> kustomization.yaml --\n"},
	"kustomize/base links to itself":              {typ: config.Kustomize, want: "k/b: its symbolic links lead in a circle", files: "-- k/kustomization.yaml --\nresources: [b]\n-- k/b -> b --\n"},
	"kustomize/base links to the kustomization":   {typ: config.Kustomize, want: "k/kustomization.yaml: its resources lead back to k, which leads here", hint: "a kustomization cannot be a base of itself: move what they share into a base of its own", files: "-- k/kustomization.yaml --\nresources: [b]\n-- k/b -> . --\n"},
	"kustomize/bases in a circle":                 {typ: config.Kustomize, want: "b/kustomization.yaml: its resources lead back to k, which leads here", hint: "a kustomization cannot be a base of itself: move what they share into a base of its own", files: "-- k/kustomization.yaml --\nresources: [../b]\n-- b/kustomization.yaml --\nresources: [../k]\n"},
	"kustomize/itself":                            {typ: config.Kustomize, want: "k/kustomization.yaml: its resources lead back to k, which leads here", hint: "a kustomization cannot be a base of itself: move what they share into a base of its own", files: "-- k/kustomization.yaml --\nresources: [.]\n"},
	"kustomize/link out of the root":              {typ: config.Kustomize, want: "k/kustomization.yaml:1: k/a.yaml leads to TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: resources + "-- k/a.yaml -> ../../outside/a.yaml --\n"},
	"kustomize/link out, no restrictor":           {typ: config.Kustomize, want: "k/kustomization.yaml:1: k/a.yaml leads to TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: resources + "-- k/a.yaml -> ../../outside/a.yaml --\n", unit: func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }},
	"kustomize/path out of the root":              {typ: config.Kustomize, want: "k/kustomization.yaml:1: it names TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml --\nresources: [../../outside/a.yaml]\n"},
	"kustomize/path out, no restrictor":           {typ: config.Kustomize, want: "k/kustomization.yaml:3: it names TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml --\n# first\nresources:\n- ../../outside/a.yaml\n", unit: func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }},
	"kustomize/absolute path":                     {typ: config.Kustomize, want: "k/kustomization.yaml:1: it names /etc/hostname, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml --\nresources: [/etc/hostname]\n", unit: func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }},
	"kustomize/base out of the root":              {typ: config.Kustomize, want: "k/kustomization.yaml:1: it names TOP/outside, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml --\nresources: [../../outside]\n"},
	"kustomize/base links out":                    {typ: config.Kustomize, want: "k/kustomization.yaml:1: k/b leads to TOP/outside, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml --\nresources: [b]\n-- k/b -> ../../outside --\n"},
	"kustomize/kustomization links out":           {typ: config.Kustomize, want: "k/kustomization.yaml: it leads to TOP/outside/kustomization.yaml, outside the source root TOP/repo", hint: "copy what it needs into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml -> ../../outside/kustomization.yaml --\n"},
	"kustomize/file beside it":                    {typ: config.Kustomize, want: "k/kustomization.yaml:1: it names q/a.yaml, which is not below its own folder", hint: "move the file below the kustomization, make it a base or component, or set loadRestrictor: none (--load-restrictor LoadRestrictionsNone)", files: "-- k/kustomization.yaml --\nresources: [../q/a.yaml]\n-- q/a.yaml --\n" + objectHead},
	"kustomize/missing file":                      {typ: config.Kustomize, want: "k/kustomization.yaml:3: it names k/gone.yaml, which does not exist", hint: "correct the path, or add the file; paths in a kustomization are relative to its folder", files: "-- k/kustomization.yaml --\nresources:\n- a.yaml\n- gone.yaml\n-- k/a.yaml --\n" + objectHead},
	"kustomize/missing patch":                     {typ: config.Kustomize, want: "k/kustomization.yaml:3: it names k/gone.yaml, which does not exist", hint: "correct the path, or add the file; paths in a kustomization are relative to its folder", files: resources + "patches:\n- path: gone.yaml\n-- k/a.yaml --\n" + objectHead},
	"kustomize/missing file in a base":            {typ: config.Kustomize, want: "b/kustomization.yaml:2: it names b/gone.yaml, which does not exist", hint: "correct the path, or add the file; paths in a kustomization are relative to its folder", files: "-- k/kustomization.yaml --\nresources: [../b]\n-- b/kustomization.yaml --\nresources:\n- gone.yaml\n"},
	"kustomize/base without kustomization":        {typ: config.Kustomize, want: "b: there is no kustomization.yaml in this folder", files: "-- k/kustomization.yaml --\nresources: [../b]\n-- b/a.yaml --\n" + objectHead},
	"kustomize/no kustomization":                  {typ: config.Kustomize, want: "k: there is no kustomization.yaml in this folder", files: "-- k/a.yaml --\n" + objectHead},
	"kustomize/two kustomizations":                {typ: config.Kustomize, want: "k: there is more than one of kustomization.yaml, kustomization.yml and Kustomization in this folder", hint: "keep one", files: "-- k/kustomization.yaml --\nresources: []\n-- k/kustomization.yml --\nresources: []\n"},
	"kustomize/empty":                             {typ: config.Kustomize, want: "k/kustomization.yaml: kustomization.yaml is empty", files: "-- k/kustomization.yaml --\n"},
	"kustomize/unknown field":                     {typ: config.Kustomize, want: `k/kustomization.yaml:2: unknown key "resorces"`, files: "-- k/kustomization.yaml --\nresources: [a.yaml]\nresorces: [b.yaml]\n"},
	"kustomize/kustomization is no YAML":          {typ: config.Kustomize, want: "k/kustomization.yaml:2: did not find expected node content", files: "-- k/kustomization.yaml --\nresources: [a.yaml]\nnamePrefix: [\n"},
	"kustomize/kustomization is a list":           {typ: config.Kustomize, want: "k/kustomization.yaml: it is a list, not a mapping", files: "-- k/kustomization.yaml --\n- a.yaml\n"},
	"kustomize/wrong type":                        {typ: config.Kustomize, want: "k/kustomization.yaml:1: resources is a text, not a list", files: "-- k/kustomization.yaml --\nresources: a.yaml\n"},
	"kustomize/wrong apiVersion":                  {typ: config.Kustomize, want: "k/kustomization.yaml: apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1", files: "-- k/kustomization.yaml --\napiVersion: v1\nresources: [a.yaml]\n"},
	"kustomize/bomb":                              {typ: config.Kustomize, want: "k/a.yaml:9: its aliases write out to more than 1000000 values", hint: "write the values out", files: resources + "-- k/a.yaml --\n" + objectHead + bomb("")},
	"kustomize/bomb in the kustomization":         {typ: config.Kustomize, want: "k/kustomization.yaml:6: its aliases write out to more than 1000000 values", hint: "write the values out", files: "-- k/kustomization.yaml --\n" + bomb("resources: *a9\n")},
	"kustomize/bomb in a patch":                   {typ: config.Kustomize, want: "k/p.yaml:9: its aliases write out to more than 1000000 values", hint: "write the values out", files: resources + "patches: [{path: p.yaml}]\n-- k/a.yaml --\n" + objectHead + "-- k/p.yaml --\n" + objectHead + bomb("")},
	"kustomize/bomb in a plugin":                  {typ: config.Kustomize, want: "k/p.yaml:9: its aliases write out to more than 1000000 values", hint: "write the values out", files: "-- k/kustomization.yaml --\ngenerators: [p.yaml]\n-- k/p.yaml --\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\n" + bomb("")},
	"kustomize/large":                             {typ: config.Kustomize, want: "k/a.yaml: it has 50 MiB; the limit is 32 MiB", hint: "split the file; no object that a cluster accepts is near that size", files: resources, large: "k/a.yaml"},
	"kustomize/large kustomization":               {typ: config.Kustomize, want: "k/kustomization.yaml: it has 50 MiB; the limit is 32 MiB", hint: "split the file; no object that a cluster accepts is near that size", large: "k/kustomization.yaml"},
	"kustomize/large in a generator":              {typ: config.Kustomize, want: "k/a.bin: it has 50 MiB; the limit is 32 MiB", hint: "split the file; no object that a cluster accepts is near that size", files: "-- k/kustomization.yaml --\nconfigMapGenerator: [{name: a, files: [a.bin]}]\n", large: "k/a.bin"},
	"kustomize/not UTF-8":                         {typ: config.Kustomize, want: "k/a.yaml:5: the text is not UTF-8; save the file as UTF-8", files: resources + "-- k/a.yaml --\n" + objectHead + "data:\n  a: \xe4\n"},
	"kustomize/kustomization not UTF-8":           {typ: config.Kustomize, want: "k/kustomization.yaml: the text is not UTF-8; save the file as UTF-8", files: "-- k/kustomization.yaml --\nnamePrefix: \xe4\n"},
	"kustomize/broken":                            {typ: config.Kustomize, want: "k/a.yaml:4: did not find expected node content", files: resources + "-- k/a.yaml --\n" + objectHead + "data: {\n"},
	"kustomize/broken in a base":                  {typ: config.Kustomize, want: "b/a.yaml:4: did not find expected node content", files: "-- k/kustomization.yaml --\nresources: [../b]\n-- b/kustomization.yaml --\nresources: [a.yaml]\n-- b/a.yaml --\n" + objectHead + "data: {\n"},
	"kustomize/broken second document":            {typ: config.Kustomize, want: "k/a.yaml:8: the line is indented with a tab; YAML takes spaces", files: resources + "-- k/a.yaml --\n" + objectHead + "---\n" + objectHead + "\tx: y\n"},
	"kustomize/duplicate key":                     {typ: config.Kustomize, want: `k: ConfigMap a: the key "data" is given twice`, files: resources + "-- k/a.yaml --\n" + objectHead + "data: {a: x}\ndata: {b: y}\n"},
	"kustomize/list":                              {typ: config.Kustomize, want: "k/a.yaml:1: the document is a list; a Kubernetes object is a mapping with apiVersion and kind", files: resources + "-- k/a.yaml --\n- a\n"},
	"kustomize/scalar":                            {typ: config.Kustomize, want: "k/a.yaml:1: the document is a single value; a Kubernetes object is a mapping with apiVersion and kind", files: resources + "-- k/a.yaml --\nhello\n"},
	"kustomize/no kind":                           {typ: config.Kustomize, want: "k/a.yaml:1: the document has no kind", files: resources + "-- k/a.yaml --\nmetadata: {name: a}\n"},
	"kustomize/no name":                           {typ: config.Kustomize, want: "k/a.yaml:1: ConfigMap has no metadata.name", files: resources + "-- k/a.yaml --\napiVersion: v1\nkind: ConfigMap\n"},
	"kustomize/twice":                             {typ: config.Kustomize, want: "k/b.yaml: ConfigMap a is there twice: here, and in another resource of k/kustomization.yaml", hint: "take one of them out, or make it a patch", files: "-- k/kustomization.yaml --\nresources: [a.yaml, b.yaml]\n-- k/a.yaml --\n" + objectHead + "-- k/b.yaml --\n" + objectHead},
	"kustomize/twice by namespace":                {typ: config.Kustomize, want: "ConfigMap x/a is there twice: in k and in k", files: "-- k/kustomization.yaml --\nresources: [a.yaml, b.yaml]\n-- k/a.yaml --\n" + objectHead + "-- k/b.yaml --\n" + strings.Replace(objectHead, "name: a", "name: a, namespace: x", 1), unit: func(u *config.Unit) { u.Namespace = "x" }},
	"kustomize/patch without target":              {typ: config.Kustomize, want: `k/kustomization.yaml: no resource matches strategic merge patch "ConfigMap gone"`, hint: "the patch names an object by kind, name and namespace as its own file does, before any prefix or namespace is added", files: resources + "patches:\n- patch: |\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: gone}\n-- k/a.yaml --\n" + objectHead},
	"kustomize/broken patch":                      {typ: config.Kustomize, want: `k/kustomization.yaml: patches: unable to parse SM or JSON patch from [path: "p.yaml"]`, files: resources + "patches:\n- path: p.yaml\n-- k/p.yaml --\na: [\n-- k/a.yaml --\n" + objectHead},
	"kustomize/JSON patch that fails":             {typ: config.Kustomize, want: `k/kustomization.yaml: remove operation does not apply: doc is missing path: "/data/x": missing value`, files: resources + "patches:\n- target: {kind: ConfigMap}\n  patch: '[{\"op\": \"remove\", \"path\": \"/data/x\"}]'\n-- k/a.yaml --\n" + objectHead},
	"kustomize/replacement without source":        {typ: config.Kustomize, want: "k/kustomization.yaml: nothing selected by Gone", files: resources + "replacements: [{source: {kind: Gone}, targets: [{select: {kind: ConfigMap}}]}]\n-- k/a.yaml --\n" + objectHead},
	"kustomize/name with a slash":                 {typ: config.Kustomize, want: `k: ConfigMap has the metadata.name "a/b", which Kubernetes refuses: it contains / or %`, files: resources + "-- k/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a/b}\n"},
	"kustomize/name that is a folder":             {typ: config.Kustomize, want: `k: ConfigMap has the metadata.name "..", which Kubernetes refuses: it would be a folder`, files: resources + "namePrefix: .\n-- k/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: .}\n"},
	"kustomize/namespace that climbs":             {typ: config.Kustomize, want: `k: ConfigMap a has the metadata.namespace "../x", which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -`, files: resources + "namespace: ../x\n-- k/a.yaml --\n" + objectHead},
	"kustomize/function":                          {typ: config.Kustomize, want: "k/f.yaml:2: generators: the plugin Maker is a program, and rendering runs no programs of the source", hint: "use what kustomize has built in, or run the program before rendering and commit what it makes", files: "-- k/kustomization.yaml --\ngenerators: [f.yaml]\n-- k/f.yaml --\napiVersion: example.test/v1\nkind: Maker\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n-- k/run.sh --\n#!/bin/sh\ntouch ran\n"},
	"kustomize/container function":                {typ: config.Kustomize, want: "k/kustomization.yaml:5: transformers: the plugin Changer is a program, and rendering runs no programs of the source", hint: "use what kustomize has built in, or run the program before rendering and commit what it makes", files: resources + "transformers:\n- |\n  apiVersion: example.test/v1\n  kind: Changer\n  metadata:\n    name: a\n    annotations:\n      config.kubernetes.io/function: |\n        container: {image: example.test/x}\n-- k/a.yaml --\n" + objectHead},
	"kustomize/exec plugin":                       {typ: config.Kustomize, want: "k/v.yaml:2: validators: the plugin Sed is a program, and rendering runs no programs of the source", hint: "use what kustomize has built in, or run the program before rendering and commit what it makes", files: resources + "validators: [v.yaml]\n-- k/v.yaml --\napiVersion: someteam.example.test/v1\nkind: Sed\nmetadata: {name: a}\nargsOneLiner: s/a/b/\n-- k/a.yaml --\n" + objectHead},
	"kustomize/crash":                             {typ: config.Kustomize, want: "k/kustomization.yaml:2: openapi: the file is not an OpenAPI schema in JSON", files: resources + "openapi: {path: s.json}\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}'}]\n-- k/s.json --\n{\"definitions\": 7}\n-- k/a.yaml --\n" + objectHead},
	"kustomize/chart name that climbs":            {typ: config.Kustomize, want: `k/kustomization.yaml:2: helmCharts: the name "../../../c" is a path`, hint: "name the folder that holds the chart's folder in helmGlobals.chartHome, and only the chart's folder in name", files: "-- k/kustomization.yaml --\nhelmCharts:\n- name: ../../../c\n-- c/Chart.yaml --\n"},
	"kustomize/chart home out of the root":        {typ: config.Kustomize, want: "TOP/outside: it lies outside the source root TOP/repo", hint: "copy it into the repository; what is outside it is not versioned with it", files: "-- k/kustomization.yaml --\nhelmGlobals: {chartHome: ../..}\nhelmCharts:\n- name: outside\n  valuesInline: {a: b}\n  valuesMerge: replace\n"},
	"kustomize/missing chart":                     {typ: config.Kustomize, want: "k/kustomization.yaml:2: helmCharts: there is no chart k/charts/web", hint: "commit the chart's folder there, or set helmGlobals.chartHome to the folder that holds it", files: "-- k/kustomization.yaml --\nhelmCharts:\n- name: web\n"},
	"kustomize/broken chart":                      {typ: config.Kustomize, want: "c/templates/a.yaml:1: no", files: "-- k/kustomization.yaml --\nhelmGlobals: {chartHome: ..}\nhelmCharts:\n- name: c\n" + chartHead + "-- c/values.yaml --\n-- c/templates/a.yaml --\na: {{ fail \"no\" }}\n", unit: func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }},
	"kustomize/second chart is broken":            {typ: config.Kustomize, want: "k/kustomization.yaml: helmCharts: valuesMerge must be one of [merge override replace]", files: "-- k/kustomization.yaml --\nhelmGlobals: {chartHome: ..}\nhelmCharts:\n- name: c\n- name: c\n  valuesFile: gone.yaml\n- {name: c, valuesMerge: x}\n" + chartHead + "-- c/values.yaml --\n", unit: func(u *config.Unit) { u.LoadRestrictor = config.LoadNone }},

	"helm/no chart":                   {typ: config.Helm, want: "c: no such file or folder"},
	"helm/no Chart.yaml":              {typ: config.Helm, want: "c: Chart.yaml file is missing", files: "-- c/values.yaml --\na: b\n"},
	"helm/Chart.yaml is no YAML":      {typ: config.Helm, want: "c/Chart.yaml:1: did not find expected node content", files: "-- c/Chart.yaml --\nname: [\n"},
	"helm/library":                    {typ: config.Helm, want: "c: library charts are not installable", files: chartHead + "type: library\n"},
	"helm/missing dependency":         {typ: config.Helm, want: `c: the chart depends on "db" (https://example.test), which is missing in its charts/ folder`, hint: "run helm dependency build on the chart and commit its charts/ folder; rendering uses no network", files: chartHead + "dependencies: [{name: db, version: 1.0.0, repository: https://example.test}]\n"},
	"helm/folder links to itself":     {typ: config.Helm, want: "c/templates/loop: its symbolic links lead in a circle", files: chartHead + "-- c/templates/loop -> . --\n"},
	"helm/links in a circle":          {typ: config.Helm, want: "c/templates/a.yaml: its symbolic links lead in a circle", files: chartHead + "-- c/templates/a.yaml -> a.yaml --\n"},
	"helm/chart links to itself":      {typ: config.Helm, want: "c: its symbolic links lead in a circle", files: "-- c -> c --\n"},
	"helm/template links out":         {typ: config.Helm, want: "c/templates/a.yaml: it leads to TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: chartHead + "-- c/templates/a.yaml -> ../../../outside/a.yaml --\n"},
	"helm/templates link out":         {typ: config.Helm, want: "c/templates: it leads to TOP/outside, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: chartHead + "-- c/templates -> ../../outside --\n"},
	"helm/chart links out":            {typ: config.Helm, want: "c: it leads to TOP/outside, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: "-- c -> ../outside --\n"},
	"helm/values out of the root":     {typ: config.Helm, want: "TOP/outside/a.yaml: it lies outside the source root TOP/repo", hint: "copy it into the repository; what is outside it is not versioned with it", files: chartHead, unit: func(u *config.Unit) { u.Values = []string{"../outside/a.yaml"} }},
	"helm/values link out":            {typ: config.Helm, want: "v.yaml: it leads to TOP/outside/a.yaml, outside the source root TOP/repo", hint: "copy the file into the repository; what is outside it is not versioned with it", files: chartHead + "-- v.yaml -> ../outside/a.yaml --\n", unit: func(u *config.Unit) { u.Values = []string{"v.yaml"} }},
	"helm/missing values":             {typ: config.Helm, want: "gone.yaml: no such file or folder", files: chartHead, unit: func(u *config.Unit) { u.Values = []string{"gone.yaml"} }},
	"helm/bomb in values":             {typ: config.Helm, want: "v.yaml: document contains excessive aliasing", files: chartHead + "-- v.yaml --\n" + bomb(""), unit: func(u *config.Unit) { u.Values = []string{"v.yaml"} }},
	"helm/bomb in the chart's values": {typ: config.Helm, want: "c/values.yaml: document contains excessive aliasing", files: chartHead + "-- c/values.yaml --\n" + bomb("")},
	"helm/bomb in Chart.yaml":         {typ: config.Helm, want: "c/Chart.yaml: document contains excessive aliasing", files: chartHead + bomb("keywords: *a9\n")},
	"helm/bomb in a template":         {typ: config.Helm, want: "c/templates/a.yaml: what the template renders is not valid YAML: document contains excessive aliasing", files: chartHead + "-- c/templates/a.yaml --\n" + objectHead + bomb("")},
	"helm/large values":               {typ: config.Helm, want: "v.yaml: it has 50 MiB; the limit is 32 MiB", hint: "split the file; no object that a cluster accepts is near that size", files: chartHead, large: "v.yaml", unit: func(u *config.Unit) { u.Values = []string{"v.yaml"} }},
	"helm/large template":             {typ: config.Helm, want: "c/templates/a.yaml: it has 50 MiB; a chart's file may have 5 MiB", hint: "list it in .helmignore if no template needs it", files: chartHead, large: "c/templates/a.yaml"},
	"helm/many large files":           {typ: config.Helm, want: "c/files/a.bin: it has 50 MiB; a chart's file may have 5 MiB", hint: "list it in .helmignore if no template needs it", files: chartHead, large: "c/files/a.bin"},
	"helm/values not UTF-8":           {typ: config.Helm, want: "v.yaml: the text is not UTF-8; save the file as UTF-8", files: chartHead + "-- v.yaml --\na: \xe4\n", unit: func(u *config.Unit) { u.Values = []string{"v.yaml"} }},
	"helm/template not UTF-8":         {typ: config.Helm, want: "c/templates/a.yaml: what the template renders is not valid YAML: the text is not UTF-8; save the file as UTF-8", files: chartHead + "-- c/templates/a.yaml --\n" + objectHead + "data: {a: \xe4}\n"},
	"helm/values are a list":          {typ: config.Helm, want: "v.yaml: it is a list, not a mapping", files: chartHead + "-- v.yaml --\n- a\n", unit: func(u *config.Unit) { u.Values = []string{"v.yaml"} }},
	"helm/values are no YAML":         {typ: config.Helm, want: "v.yaml:2: did not find expected node content", files: chartHead + "-- v.yaml --\na: b\nc: [\n", unit: func(u *config.Unit) { u.Values = []string{"v.yaml"} }},
	"helm/chart's values are no YAML": {typ: config.Helm, want: "c/values.yaml:2: did not find expected node content", files: chartHead + "-- c/values.yaml --\na: b\nc: [\n"},
	"helm/schema":                     {typ: config.Helm, want: "c: the values are not what the chart's schema asks for\n    web:\n    - at '/a': got string, want integer", files: chartHead + "-- c/values.yaml --\na: b\n-- c/values.schema.json --\n{\"properties\": {\"a\": {\"type\": \"integer\"}}}\n"},
	"helm/remote schema":              {typ: config.Helm, want: "c/values.schema.json: it refers to http://127.0.0.1:1/s.json, and rendering reads nothing outside the chart", hint: "copy what it refers to into the schema's own $defs", files: chartHead + "-- c/values.yaml --\na: b\n-- c/values.schema.json --\n{\"$ref\": \"http://127.0.0.1:1/s.json\"}\n"},
	"helm/schema from a file":         {typ: config.Helm, want: "c/values.schema.json: it refers to file:///etc/hostname, and rendering reads nothing outside the chart", hint: "copy what it refers to into the schema's own $defs", files: chartHead + "-- c/values.yaml --\na: b\n-- c/values.schema.json --\n{\"$ref\": \"file:///etc/hostname\"}\n"},
	"helm/output is a list":           {typ: config.Helm, want: "c/templates/a.yaml: what the template renders is not a Kubernetes object: it is a list, not a mapping", files: chartHead + "-- c/templates/a.yaml --\n- a\n"},
	"helm/output is a scalar":         {typ: config.Helm, want: "c/templates/a.yaml: what the template renders is not a Kubernetes object: it is a text, not a mapping", files: chartHead + "-- c/templates/a.yaml --\nhello\n"},
	"helm/output is no YAML":          {typ: config.Helm, want: `c/templates/a.yaml:4: unexpected "}" in operand`, files: chartHead + "-- c/templates/a.yaml --\n" + objectHead + "data: {{ list 1 2 }\n"},
	"helm/broken output":              {typ: config.Helm, want: "c/templates/a.yaml: what the template renders is not valid YAML: line 4 of it: mapping values are not allowed in this context", files: chartHead + "-- c/templates/a.yaml --\n" + objectHead + "data: {{ \"a: [\" }}\n"},
	"helm/no kind":                    {typ: config.Helm, want: "c/templates/a.yaml: the document has no kind", files: chartHead + "-- c/templates/a.yaml --\na: b\n"},
	"helm/unknown function":           {typ: config.Helm, want: `c/templates/a.yaml:1: function "shout" not defined`, files: chartHead + "-- c/templates/a.yaml --\na: {{ shout \"a\" }}\n"},
	"helm/fail":                       {typ: config.Helm, want: "c/templates/a.yaml:2: set a password", files: chartHead + "-- c/templates/a.yaml --\n\na: {{ fail \"set a password\" }}\n"},
	"helm/required":                   {typ: config.Helm, want: "c/templates/a.yaml:2: image.tag is required", files: chartHead + "-- c/templates/a.yaml --\n\na: {{ required \"image.tag is required\" .Values.tag }}\n"},
	"helm/nil pointer":                {typ: config.Helm, want: "c/templates/a.yaml:1: .Values.image.tag: nil pointer evaluating interface {}.tag", hint: "a value is missing: set it in a values file", files: chartHead + "-- c/templates/a.yaml --\na: {{ .Values.image.tag }}\n"},
	"helm/in a helper":                {typ: config.Helm, want: "c/templates/_h.tpl:2: .Values.image.tag: nil pointer evaluating interface {}.tag (included by c/templates/a.yaml:3)", hint: "a value is missing: set it in a values file", files: chartHead + "-- c/templates/a.yaml --\n\n\na: {{ include \"h\" . }}\n-- c/templates/_h.tpl --\n{{ define \"h\" }}\n{{ .Values.image.tag }}{{ end }}\n"},
	"helm/kubeVersion":                {typ: config.Helm, want: "c/Chart.yaml: chart requires kubeVersion: >= 2.0.0 which is incompatible with Kubernetes v1.37.0", hint: "set kubeVersion (--kube-version) to the version that your cluster runs", files: chartHead + "kubeVersion: '>= 2.0.0'\n"},
	"helm/name with a slash":          {typ: config.Helm, want: `c/templates/a.yaml: ConfigMap has the metadata.name "a/b", which Kubernetes refuses: it contains / or %`, files: chartHead + "-- c/templates/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a/b}\n"},
	"helm/namespace that climbs":      {typ: config.Helm, want: `c/templates/a.yaml: ConfigMap a has the metadata.namespace "../x", which Kubernetes refuses: it takes up to 63 lower-case letters, digits and -`, files: chartHead + "-- c/templates/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ../x}\n"},
	"helm/twice":                      {typ: config.Helm, want: "ConfigMap a is there twice: in c/templates/a.yaml and in c/templates/b.yaml", files: chartHead + "-- c/templates/a.yaml --\n" + objectHead + "-- c/templates/b.yaml --\n" + objectHead},
	"helm/release name":               {typ: config.Helm, want: `c: release name "a b": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53`, files: chartHead, unit: func(u *config.Unit) { u.Release = "a b" }},
	"helm/include without end":        {typ: config.Helm, want: `c/templates/a.yaml:1: include "h" .: rendering template has a nested reference name: h: unable to execute template (included by c/templates/a.yaml:2)`, files: chartHead + "-- c/templates/a.yaml --\n{{ define \"h\" }}{{ include \"h\" . }}{{ end }}\na: {{ include \"h\" . }}\n"},
	"helm/template without end":       {typ: config.Helm, want: `c/templates/a.yaml:1: {{template "h" .}}: exceeded maximum template depth (100000)`, files: chartHead + "-- c/templates/a.yaml --\n{{ define \"h\" }}{{ template \"h\" . }}{{ end }}\na: {{ template \"h\" . }}\n"},
}

// TestHostile: whatever a source holds, rendering ends, says what is wrong and where, keeps to some memory, and writes nothing.
func TestHostile(t *testing.T) {
	out := watchOutside(t)
	for name, tt := range hostile {
		t.Run(name, func(t *testing.T) {
			top := out.repository(t, "-- outside/a.yaml --\n"+objectHead+"-- outside/kustomization.yaml --\nresources: [a.yaml]\n"+
				"-- outside/Chart.yaml --\napiVersion: v2\nname: web\nversion: 1.0.0\n-- repo/README --\n")
			root := filepath.Join(top, "repo")
			writeFiles(t, root, tt.files)
			if tt.large != "" {
				if err := os.Truncate(create(t, filepath.Join(root, tt.large)), 50<<20); err != nil {
					t.Fatal(err)
				}
			}
			u := unit(tt.typ, map[config.Type]string{config.Kustomize: "k", config.Helm: "c", config.Plain: "p"}[tt.typ])
			if tt.unit != nil {
				tt.unit(&u)
			}
			before := listing(t, top)
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			start := time.Now()
			r := engine(t, root).Unit(context.Background(), u, nil)
			took := time.Since(start)
			runtime.ReadMemStats(&m1)

			if used := (m1.TotalAlloc - m0.TotalAlloc) >> 20; used > 300 {
				t.Errorf("%d MiB allocated", used)
			}
			if took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if after := listing(t, top); after != before {
				t.Errorf("files changed:\n%s\nbefore:\n%s", after, before)
			}
			out.untouched(t)
			if r.Err == nil {
				t.Fatalf("no error; warnings %q, %d objects", r.Warnings, len(r.Set))
			}
			got := strings.ReplaceAll(r.Err.Error(), top, "TOP")
			if want := "render app in dev: " + tt.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			hint := ""
			if se := (*render.SourceError)(nil); errors.As(r.Err, &se) {
				hint = se.Hint
			}
			if hint != tt.hint {
				t.Errorf("hint %q\nwant %q", hint, tt.hint)
			}
		})
	}
}

func create(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// listing is every path below a folder, with the size and time of what is there.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
