package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"helm.sh/helm/v3/pkg/chart"
	helmengine "helm.sh/helm/v3/pkg/engine"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Call is a call of a template function whose result does not follow from the chart and its values.
type Call struct {
	Function string // such as "randAlphaNum"
	File     string // relative to the source root
	Line     int    // counted from 1; 0 for a call inside a value that tpl evaluates

	template string // the template as Helm names it, or the value's path
	pos      int    // byte offset of the function's name in the template
}

// String is "file:line: function".
func (c Call) String() string {
	if c.Line == 0 {
		return fmt.Sprintf("%s: %s", c.File, c.Function)
	}
	return fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.Function)
}

// cause is what makes a function's result change.
type cause int

const (
	random  cause = iota + 1 // another result on every call
	clock                    // another result tomorrow
	cluster                  // another result in another cluster
)

// unstableFunctions are the functions of Helm's engine (sprig and Helm's own) that give another result for the same arguments.
// getHostByName is not among them: the engine answers it with "" unless DNS is enabled, which it never is here.
var unstableFunctions = map[string]cause{
	"randAlphaNum": random, "randAlpha": random, "randNumeric": random, "randAscii": random, "randInt": random, "randBytes": random,
	"shuffle": random, "uuidv4": random, "bcrypt": random, "htpasswd": random, "encryptAES": random,
	"genPrivateKey": random, "genCA": random, "genCAWithKey": random, "genSelfSignedCert": random,
	"genSelfSignedCertWithKey": random, "genSignedCert": random, "genSignedCertWithKey": random,
	"keys": random, "values": random, // in the order of a Go map, unless they are sorted
	"now": clock, "ago": clock,
	"lookup": cluster,
}

// fewResults are functions that can give one result twice in a row by chance.
var fewResults = map[string]bool{"randInt": true, "shuffle": true, "keys": true, "values": true}

// unstable finds the calls that the output depends on. A call that is there but not reached, or whose result is thrown away
// (the usual default (randAlphaNum 16) of a chart whose user sets the password), does no harm and is not reported.
//
// Helm's engine lets nobody replace its functions, so this works on the chart: it finds the suspects in the templates' parse
// trees, and renders again with the calls changed.
//
//  1. All suspects replaced by a call that cannot succeed. Renders all the same: none was reached, done.
//  2. Rendered again as it is: a difference comes from a random function.
//  3. Rendered with another date, and with a cluster in which every object exists: a difference, or an error, means that the
//     output depends on the clock or on the cluster.
//  4. For the causes found: which of the suspects were reached, as in 1, one after the other.
func (r *helmRun) unstable() ([]Call, error) {
	suspects, err := r.suspects()
	if err != nil || len(suspects) == 0 || len(r.reached(suspects, 1)) == 0 {
		return nil, err
	}
	causes := map[cause]bool{}
	moving := map[string]bool{} // templates that change by themselves
	for range r.repeats(suspects) {
		if r.differs(r.first, nil, moving) {
			causes[random] = true
		}
	}
	still := maps.Clone(moving)
	if has(suspects, clock) && r.differs(r.first, &edit{splices: splice(suspects, clock, anotherDay)}, still) {
		causes[clock] = true
	}
	still = maps.Clone(moving)
	if has(suspects, cluster) && r.differs(r.first, &edit{cluster: fullCluster{}}, still) {
		causes[cluster] = true
	}
	if len(causes) == 0 {
		return nil, nil
	}
	guilty := slices.DeleteFunc(slices.Clone(suspects), func(c Call) bool { return !causes[unstableFunctions[c.Function]] })
	if reached := r.reached(guilty, len(guilty)); len(reached) > 0 {
		return reached, nil
	}
	return guilty, nil
}

func has(calls []Call, of cause) bool {
	return slices.ContainsFunc(calls, func(c Call) bool { return unstableFunctions[c.Function] == of })
}

// repeats is how often to render again before a difference would have shown.
func (r *helmRun) repeats(suspects []Call) int {
	switch {
	case slices.ContainsFunc(suspects, func(c Call) bool { return fewResults[c.Function] }):
		return 8
	case has(suspects, random):
		return 1
	}
	return 0
}

// differs renders with an edit and tells whether a template outside moving came out other than in want; such templates join
// moving. An error counts as a difference.
func (r *helmRun) differs(want map[string]string, e *edit, moving map[string]bool) bool {
	_, got, err := r.render(e)
	if err != nil {
		return true
	}
	found := false
	for template, text := range want {
		if got[template] != text && !moving[template] {
			moving[template] = true
			found = true
		}
	}
	return found || len(got) != len(want)
}

// reached are those of the calls that rendering comes to, at most limit of them.
func (r *helmRun) reached(calls []Call, limit int) []Call {
	rest := slices.Clone(calls)
	var reached []Call
	for len(reached) < limit && len(rest) > 0 {
		_, _, err := r.render(&edit{splices: splice(rest, 0, func(string) string { return trap })})
		if err == nil {
			break
		}
		at := helmPosition.FindAllStringSubmatch(err.Error(), -1)
		if len(at) == 0 {
			return append(reached, rest...)
		}
		innermost := at[len(at)-1]
		line, _ := strconv.Atoi(innermost[2])
		i := slices.IndexFunc(rest, func(c Call) bool { return c.template == innermost[1] && c.Line == line })
		if i < 0 {
			// Inside a value: the engine names the template that calls tpl.
			i = slices.IndexFunc(rest, func(c Call) bool { return c.Line == 0 })
		}
		if i < 0 {
			return append(reached, rest...)
		}
		reached = append(reached, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	return reached
}

// trap takes three strings and none of unstableFunctions does, so that calling it in their place always fails; and, unlike
// Helm's fail, it fails with the position of the innermost template.
const trap = "mustRegexReplaceAllLiteral"

// anotherDay replaces a function of the clock by one of a fixed day in the past.
func anotherDay(function string) string {
	if function == "ago" {
		return `printf "%v ago"`
	}
	return `(toDate "2006-01-02" "2001-02-03")`
}

// suspects are the calls of unstable functions in the chart's templates and, if it uses tpl, in its values and files.
func (r *helmRun) suspects() ([]Call, error) {
	calls := r.entry.suspects()
	chrt, err := parseChart(r.entry.files)
	if err != nil {
		return nil, err
	}
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].File = r.sourceOf(calls[i].template)
	}
	if !usesTpl(chrt) {
		return calls, nil
	}
	vals, err := r.engine.values(r.opts)
	if err != nil {
		return nil, err
	}
	file := r.engine.rel(r.engine.abs(r.path))
	for _, tree := range []map[string]any{chrt.Values, vals} {
		walkStrings(tree, "values", func(path, s string) string {
			for _, c := range callsIn(path, s) {
				c.File, c.Line = file+" "+path, 0
				calls = append(calls, c)
			}
			return s
		})
	}
	return calls, nil
}

// suspectsInChart are the calls in all templates of a chart and its subcharts, by Helm's names for templates.
func suspectsInChart(c *chart.Chart) []Call {
	var calls []Call
	eachTemplate(c, func(name string, t *chart.File) {
		calls = append(calls, callsIn(name, string(t.Data))...)
	})
	return calls
}

func eachTemplate(c *chart.Chart, visit func(name string, t *chart.File)) {
	for _, t := range c.Templates {
		if t != nil {
			visit(join(c.ChartFullPath(), t.Name), t)
		}
	}
	for _, d := range c.Dependencies() {
		eachTemplate(d, visit)
	}
}

func usesTpl(c *chart.Chart) bool {
	found := false
	eachTemplate(c, func(_ string, t *chart.File) { found = found || strings.Contains(string(t.Data), "tpl ") })
	return found
}

// callsIn are the calls of unstable functions in one template's text; none if it does not parse, as then it does not render.
func callsIn(template, text string) []Call {
	if !strings.Contains(text, "{{") {
		return nil
	}
	trees := map[string]*parse.Tree{}
	t := parse.New(template)
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(text, "", "", trees); err != nil {
		return nil
	}
	var calls []Call
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		visitCalls(trees[name].Root, func(id *parse.IdentifierNode) {
			if _, ok := unstableFunctions[id.Ident]; ok {
				pos := int(id.Position())
				calls = append(calls, Call{Function: id.Ident, Line: 1 + strings.Count(text[:pos], "\n"), template: template, pos: pos})
			}
		})
	}
	slices.SortFunc(calls, func(a, b Call) int { return a.pos - b.pos })
	return calls
}

// visitCalls visits every function name below a node, but for keys and values whose result is sorted in the same pipe.
func visitCalls(node parse.Node, visit func(*parse.IdentifierNode)) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				visitCalls(c, visit)
			}
		}
	case *parse.ActionNode:
		visitCalls(n.Pipe, visit)
	case *parse.IfNode:
		visitBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		visitBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		visitBranch(&n.BranchNode, visit)
	case *parse.TemplateNode:
		visitCalls(n.Pipe, visit)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for i, cmd := range n.Cmds {
			args := cmd.Args
			if sortedNext(n.Cmds, i) {
				args = args[1:]
			}
			for _, arg := range args {
				visitCalls(arg, visit)
			}
		}
	case *parse.ChainNode:
		visitCalls(n.Node, visit)
	case *parse.IdentifierNode:
		visit(n)
	}
}

func visitBranch(n *parse.BranchNode, visit func(*parse.IdentifierNode)) {
	visitCalls(n.Pipe, visit)
	visitCalls(n.List, visit)
	visitCalls(n.ElseList, visit)
}

func sortedNext(cmds []*parse.CommandNode, i int) bool {
	return i+1 < len(cmds) && isFunction(cmds[i], "keys") && isFunction(cmds[i+1], "sortAlpha")
}

func isFunction(cmd *parse.CommandNode, name string) bool {
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	return ok && id.Ident == name
}

// edit is a change to a chart for one render: other words in its templates and values, or a cluster that answers lookups.
type edit struct {
	splices map[string][]replacement // by template, or by a value's path
	cluster helmengine.ClientProvider
}

type replacement struct {
	pos      int
	old, new string
}

// splice replaces the function names of the calls with a cause (0: all of them).
func splice(calls []Call, of cause, with func(function string) string) map[string][]replacement {
	m := map[string][]replacement{}
	for _, c := range calls {
		if of == 0 || unstableFunctions[c.Function] == of {
			m[c.template] = append(m[c.template], replacement{c.pos, c.Function, with(c.Function)})
		}
	}
	return m
}

func (e *edit) chart(c *chart.Chart) {
	eachTemplate(c, func(name string, t *chart.File) { t.Data = []byte(e.text(name, string(t.Data))) })
	e.values(c.Values)
}

func (e *edit) values(v map[string]any) { walkStrings(v, "values", e.text) }

// text makes the replacements of one text, from its end, so that offsets stay true.
func (e *edit) text(name, text string) string {
	reps := slices.Clone(e.splices[name])
	slices.SortFunc(reps, func(a, b replacement) int { return b.pos - a.pos })
	for _, rep := range reps {
		if end := rep.pos + len(rep.old); end <= len(text) && text[rep.pos:end] == rep.old {
			text = text[:rep.pos] + rep.new + text[end:]
		}
	}
	return text
}

// walkStrings replaces every string in a tree by what f makes of it, given its path.
func walkStrings(v any, path string, f func(path, s string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = walkStrings(e, path+"."+k, f)
		}
	case []any:
		for i, e := range v {
			v[i] = walkStrings(e, fmt.Sprintf("%s[%d]", path, i), f)
		}
	case string:
		return f(path, v)
	}
	return v
}

// anObject is what fullCluster answers to every lookup.
func anObject(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name, "namespace": namespace, "uid": "00000000-0000-0000-0000-000000000001"},
	}}
}
