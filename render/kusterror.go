package render

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/plainsail/plainsail/manifest"
)

// Kustomize's errors tell of every folder and every attempt on the way to what failed, with files named relative to folders that
// are named elsewhere:
//
//	accumulating resources: accumulation err='accumulating resources from '../b': 'b' must resolve to a file':
//	recursed accumulation of path 'b': accumulating resources: accumulation err='accumulating resources from 'a.yaml':
//	missing metadata.name in object {{v1 ConfigMap} {{ } map[] map[]}}': must build at directory: 'b/a.yaml': file is not directory
//
// What a reader needs of that is "b/a.yaml: a ConfigMap has no metadata.name".

// kustomizeFailure is where a message of kustomize's leads to.
type kustomizeFailure struct {
	dir   string // the folder whose kustomization failed, as messages show it
	file  string // what that kustomization named, relative to dir, "" if it is about none
	cause string
}

var (
	kustAttempt    = regexp.MustCompile(`^accumulation err='`)
	kustIsFolder   = regexp.MustCompile(`must resolve to a file': `)
	kustIsFile     = regexp.MustCompile(`': (?:must build at directory|new root '[^']*' cannot be absolute)`)
	kustFrom       = regexp.MustCompile(`^(?:accumulating|merging) resources from '([^']*)': `)
	kustFolder     = regexp.MustCompile(`^(?:recursed accumulation of|recursed merging from|couldn't make target for) path '([^']*)': `)
	kustQuoted     = regexp.MustCompile(`^(?:accumulateDirectory: |loader\.New )(".*")$`)
	kustNoise      = regexp.MustCompile(`^(?:accumulating resources: |accumulating components: |loading generator plugins: |failed to load generator: |invalid Kustomization: )`)
	kustConfig     = regexp.MustCompile("(?s)^trouble configuring builtin (\\w+) with config: `.*?\n`: ")
	kustID         = regexp.MustCompile(`([A-Z]\w*)\.(\[noVer\]|v\w+)\.(\[noGrp\]|[a-z][\w.-]*)/(\[noName\]|[^\s"';]+?)\.(\[noNs\]|[a-z0-9][a-z0-9-]*)([\s"';:,]|$)`)
	kustMissing    = regexp.MustCompile(`(?s)evalsymlink failure on '([^']*)' : lstat \S+: no such file or directory`)
	kustCircle     = regexp.MustCompile(`evalsymlink failure on '([^']*)' : EvalSymlinks: too many links`)
	kustCycle      = regexp.MustCompile(`cycle detected: candidate root '([^']*)' contains visited root`)
	kustSecurity   = regexp.MustCompile(`security; file '([^']*)' is not in or below '`)
	kustNoKust     = regexp.MustCompile(`unable to find one of .* in directory '([^']*)'`)
	kustObject     = regexp.MustCompile(`missing (kind|metadata\.name) in object \{\{(\S*) (\S*)\}.*`)
	kustTwice      = regexp.MustCompile(`may not add resource with an already registered id: (.*)`)
	kustUnknownKey = regexp.MustCompile(`^json: unknown field "(.*)"$`)
	kustType       = regexp.MustCompile(`^json: cannot unmarshal (\w+) into Go (?:struct field \w+\.(\S+) of type (\S+)|value of type types\.Kustomization)`)
	kustYAML       = regexp.MustCompile(`yaml: (?:line (\d+): )?(.*?)(?: in File: (\S+))?$`)
)

// follow goes down a message to what failed.
func follow(dir, msg string) kustomizeFailure {
	f := kustomizeFailure{dir: dir, cause: strings.TrimSpace(msg)}
	for {
		switch {
		case kustNoise.MatchString(f.cause):
			f.cause = f.cause[len(kustNoise.FindString(f.cause)):]
		case kustFolder.MatchString(f.cause):
			m := kustFolder.FindStringSubmatch(f.cause)
			f.dir, f.file, f.cause = m[1], "", f.cause[len(m[0]):]
		case kustFrom.MatchString(f.cause):
			m := kustFrom.FindStringSubmatch(f.cause)
			f.file, f.cause = m[1], f.cause[len(m[0]):]
		case kustQuoted.MatchString(f.cause):
			inner, err := strconv.Unquote(kustQuoted.FindStringSubmatch(f.cause)[1])
			if err != nil {
				return f
			}
			f.cause = inner
		case kustAttempt.MatchString(f.cause):
			if at := kustIsFolder.FindStringIndex(f.cause); at != nil {
				f.cause = f.cause[at[1]:]
			} else if at := kustIsFile.FindStringIndex(f.cause); at != nil {
				f.cause = f.cause[len("accumulation err='"):at[0]]
			} else {
				return f
			}
		default:
			return f
		}
	}
}

// explain makes an error with a file, a line if there is one, and advice of what kustomize says.
func (f *sourceFS) explain(dir string, err error) error {
	e := f.engine
	msg := e.relativize(err.Error())
	if f.helm.dir != "" {
		msg = strings.ReplaceAll(msg, f.helm.dir, "TMPDIR") // it has another name every time
	}
	where := follow(e.rel(dir), msg)
	kust, text := f.kustomizationOf(where.dir)
	in := func(line int, hint, format string, args ...any) error {
		return &SourceError{File: kust, Line: line, Err: fmt.Errorf(format, args...), Hint: hint}
	}
	cause := where.cause
	if m := kustMissing.FindStringSubmatch(cause); m != nil {
		return in(lineOf(text, filepath.Base(m[1])), "correct the path, or add the file; paths in a kustomization are relative to its folder",
			"it names %s, which does not exist", m[1])
	}
	if m := kustCircle.FindStringSubmatch(cause); m != nil {
		return &SourceError{File: m[1], Err: errors.New("its symbolic links lead in a circle")}
	}
	if m := kustCycle.FindStringSubmatch(cause); m != nil {
		return in(0, "a kustomization cannot be a base of itself: move what they share into a base of its own", "its resources lead back to %s, which leads here", m[1])
	}
	if m := kustSecurity.FindStringSubmatch(cause); m != nil {
		return in(lineOf(text, filepath.Base(m[1])), "move the file below the kustomization, make it a base or component, or set loadRestrictor: none (--load-restrictor LoadRestrictionsNone)",
			"it names %s, which is not below its own folder", m[1])
	}
	if m := kustNoKust.FindStringSubmatch(cause); m != nil {
		return &SourceError{File: m[1], Err: errors.New("there is no kustomization.yaml in this folder")}
	}
	if strings.Contains(cause, "Found multiple kustomization files") {
		return &SourceError{File: where.dir, Err: errors.New("there is more than one of kustomization.yaml, kustomization.yml and Kustomization in this folder"), Hint: "keep one"}
	}
	if strings.Contains(cause, "invalid schema file: ") {
		// The rest is worded differently in every process: encoding/json keeps people from relying on it.
		return in(lineOf(text, "openapi"), "", "openapi: the file is not an OpenAPI schema in JSON")
	}
	if strings.Contains(cause, "must specify --enable-helm") {
		return in(0, "pass --enable-helm", "it inflates charts (helmCharts), which must be allowed")
	}
	if m := kustUnknownKey.FindStringSubmatch(cause); m != nil {
		return in(lineOf(text, m[1]), "", "unknown key %q", m[1])
	}
	if m := kustType.FindStringSubmatch(cause); m != nil {
		if m[2] == "" {
			return in(0, "", "it is %s, not a mapping", jsonKind(m[1]))
		}
		return in(lineOf(text, m[2][strings.LastIndex(m[2], ".")+1:]), "", "%s is %s, not %s", m[2], jsonKind(m[1]), goKind(m[3]))
	}
	if strings.Contains(cause, "MalformedYAMLError") || strings.HasPrefix(cause, "yaml: ") {
		if m := kustYAML.FindStringSubmatch(cause); m != nil {
			if err := e.syntaxError(f.last); err != nil && !isKustomization(filepath.Base(f.last)) {
				return err // kustomize counts lines from the start of the document
			}
			line, _ := strconv.Atoi(m[1])
			return &SourceError{File: e.rel(f.last), Line: line, Err: errors.New(readable(m[2]))}
		}
	}

	// What remains is about an object, a patch, or a field.
	cause = strings.TrimPrefix(cause, fmt.Sprintf("Failed to read kustomization file under %s:\n", where.dir))
	field := ""
	if m := kustConfig.FindStringSubmatch(cause); m != nil {
		field, cause = fieldOf(m[1])+": ", cause[len(m[0]):]
	}
	hint := ""
	if before, _, ok := strings.Cut(cause, ": no matches for Id "); ok {
		cause, hint = before, "the patch names an object by kind, name and namespace as its own file does, before any prefix or namespace is added"
	}
	if m := kustObject.FindStringSubmatch(cause); m != nil {
		cause = "an object has no " + m[1]
		if m[3] != "" {
			cause = fmt.Sprintf("a %s has no %s", m[3], m[1])
		}
	}
	if cause == "missing Resource metadata" {
		cause = "a document is not a Kubernetes object: it is no mapping"
	}
	if m := kustTwice.FindStringSubmatch(cause); m != nil {
		cause, hint = m[1]+" is there twice: here, and in another resource of "+kust, "take one of them out, or make it a patch"
	}
	cause = strings.TrimSpace(kustID.ReplaceAllStringFunc(cause, readableID))
	if where.file == "" {
		return in(0, hint, "%s%s", field, cause)
	}
	if strings.HasPrefix(where.cause, "missing ") {
		if err := e.syntaxError(filepath.Join(e.abs(where.dir), where.file)); err != nil {
			return err
		}
	}
	return &SourceError{File: path.Join(where.dir, where.file), Err: errors.New(cause), Hint: hint}
}

// syntaxError is what is wrong with the objects of a file, nil if it is nothing that shows in the file alone.
func (e *Engine) syntaxError(file string) error {
	objects, err := e.decodeFile(file)
	for _, o := range objects {
		if err == nil {
			err = o.Validate()
		}
	}
	var se *manifest.SyntaxError
	if !errors.As(err, &se) {
		return nil
	}
	return &SourceError{File: se.Source.File, Line: se.Source.Line, Err: errors.New(se.Reason)}
}

// kustomizationOf is the kustomization of a folder that messages show as dir, and its text.
func (f *sourceFS) kustomizationOf(dir string) (name string, text []byte) {
	for _, k := range f.inspected {
		if f.engine.rel(k.root) == dir {
			return f.engine.rel(k.path), k.text
		}
	}
	return dir, nil
}

// readableID turns kustomize's Kind.version.group/name.namespace into the form of manifest.ID.
func readableID(id string) string {
	m := kustID.FindStringSubmatch(id)
	out := m[1]
	if m[3] != "[noGrp]" {
		out += "." + m[3]
	}
	if m[4] != "[noName]" {
		out += " "
		if m[5] != "[noNs]" {
			out += m[5] + "/"
		}
		out += m[4]
	}
	return out + m[6]
}

// fieldOf is the field of a kustomization that one of its plugins stands for.
func fieldOf(plugin string) string {
	switch plugin {
	case "PatchTransformer":
		return "patches"
	case "PatchStrategicMergeTransformer":
		return "patchesStrategicMerge"
	case "PatchJson6902Transformer":
		return "patchesJson6902"
	case "HelmChartInflationGenerator":
		return "helmCharts"
	case "ConfigMapGenerator":
		return "configMapGenerator"
	case "SecretGenerator":
		return "secretGenerator"
	case "ReplacementTransformer":
		return "replacements"
	}
	return plugin
}

func jsonKind(json string) string {
	switch json {
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	case "string":
		return "a text"
	case "bool":
		return "true or false"
	}
	return "a number"
}

func goKind(typ string) string {
	switch {
	case strings.HasPrefix(typ, "[]"):
		return "a list"
	case typ == "string":
		return "a text"
	case typ == "bool":
		return "true or false"
	case strings.HasPrefix(typ, "int"):
		return "a number"
	}
	return "a mapping"
}
