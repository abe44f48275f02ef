package render

import (
	"cmp"
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
	inText   bool   // it is no template itself, but a file or a value that a template may evaluate
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

// fewResults are functions that can give one result many times in a row by chance: Go goes through a map of two keys in the
// same order seven times in eight.
var fewResults = map[string]bool{"randInt": true, "shuffle": true, "keys": true, "values": true}

// unstable finds the calls that the output depends on. A call that is there but not reached, or whose result is thrown away
// (the usual default (randAlphaNum 16) of a chart whose user sets the password), does no harm and is not reported.
//
// Helm's engine lets nobody replace its functions, so this works on the chart: it finds the suspects in the templates' parse
// trees, and renders again with the calls changed.
//
//  1. All suspects replaced by a call that cannot succeed. Renders all the same: none was reached, done. If not, which
//     were: the one that failed is put back, and so on.
//  2. Rendered again as it is: a difference comes from a random function.
//  3. Rendered with another date, and with a cluster in which every object exists: a difference, or an error, means that the
//     output depends on the clock or on the cluster.
//
// The calls that were reached and are of a cause found are reported.
func (r *helmRun) unstable() ([]Call, error) {
	suspects, err := r.suspects()
	if err != nil || len(suspects) == 0 {
		return nil, err
	}
	reached := r.reached(suspects)
	if len(reached) == 0 {
		return nil, nil
	}
	causes := map[cause]bool{}
	moving := map[string]bool{} // templates that change by themselves
	for range repeats(reached) {
		if r.differs(r.first, nil, moving) {
			causes[random] = true
			break
		}
	}
	if causes[random] && has(reached, clock, cluster) {
		// What moves by itself must be known before more is changed.
		for range 2 {
			r.differs(r.first, nil, moving)
		}
	}
	still := maps.Clone(moving)
	if has(reached, clock) && r.differs(r.first, &edit{splices: splice(reached, clock, anotherDay)}, still) {
		causes[clock] = true
	}
	still = maps.Clone(moving)
	if has(reached, cluster) && r.differs(r.first, &edit{cluster: fullCluster{}}, still) {
		causes[cluster] = true
	}
	return slices.DeleteFunc(reached, func(c Call) bool { return !causes[unstableFunctions[c.Function]] }), nil
}

func has(calls []Call, of ...cause) bool {
	return slices.ContainsFunc(calls, func(c Call) bool { return slices.Contains(of, unstableFunctions[c.Function]) })
}

// repeats is how often to render again before a difference would have shown.
func repeats(calls []Call) int {
	switch {
	case slices.ContainsFunc(calls, func(c Call) bool { return fewResults[c.Function] }):
		return 64
	case has(calls, random):
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

// reached are those of the calls that rendering comes to.
func (r *helmRun) reached(calls []Call) []Call {
	rest := slices.Clone(calls)
	var reached []Call
	for len(rest) > 0 {
		err := r.trapped(rest)
		if err == nil {
			break
		}
		at := r.failedAt(rest, err)
		i := slices.IndexFunc(at, func(i int) bool { return len(at) == 1 || r.trapped(rest[i:i+1]) != nil })
		if i < 0 {
			return append(reached, rest...) // never less than the truth
		}
		reached = append(reached, rest[at[i]])
		rest = slices.Delete(rest, at[i], at[i]+1)
	}
	slices.SortStableFunc(reached, func(a, b Call) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.pos-b.pos)
	})
	return reached
}

// trapped renders with the calls replaced by one that fails.
func (r *helmRun) trapped(calls []Call) error {
	_, _, err := r.render(&edit{splices: splice(calls, 0, func(string) string { return trap })})
	return err
}

// failedAt are the indexes of the calls that an error of trapped can come from: those of the line that it names, but inside
// text that is evaluated the engine names the template that asked for it.
func (r *helmRun) failedAt(calls []Call, err error) []int {
	var at, texts []int
	positions := helmPosition.FindAllStringSubmatch(err.Error(), -1)
	for i, c := range calls {
		switch {
		case c.inText:
			texts = append(texts, i)
		case len(positions) > 0:
			innermost := positions[len(positions)-1]
			if line, _ := strconv.Atoi(innermost[2]); c.Line == line && c.File == r.sourceOf(innermost[1]) {
				at = append(at, i)
			}
		}
	}
	if len(at) > 0 && len(texts) > 0 {
		return append(at, texts...) // of one or the other: trapped one by one, they tell
	}
	if len(at) == 0 && len(texts) == 0 {
		for i := range calls {
			at = append(at, i)
		}
	}
	return append(at, texts...)
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
	index := r.entry.index()
	calls := slices.Clone(index.calls)
	for i := range calls {
		calls[i].File = r.sourceOf(calls[i].template)
	}
	if !index.tpl {
		return calls, nil
	}
	chrt, err := parseChart(r.entry.files)
	if err != nil {
		return nil, err
	}
	vals, err := r.engine.values(r.opts)
	if err != nil {
		return nil, err
	}
	file := r.engine.rel(r.engine.abs(r.path))
	seen := map[string]bool{}
	look := func(path, s string) string {
		if seen[path] {
			return s // a user's value in place of the chart's: splices go by the path, so one will do
		}
		for _, c := range callsIn(path, s, true) {
			c.File, c.Line = file+" "+path, 0
			calls = append(calls, c)
			seen[path] = true
		}
		return s
	}
	walkStrings(vals, "values", look)
	eachChart(chrt, func(c *chart.Chart) { walkStrings(c.Values, valuesPath(c), look) })
	return calls, nil
}

// valuesPath is the path of a chart's own values in those of the whole.
func valuesPath(c *chart.Chart) string {
	if c.IsRoot() {
		return "values"
	}
	return valuesPath(c.Parent()) + "." + c.Name()
}

func eachChart(c *chart.Chart, visit func(*chart.Chart)) {
	visit(c)
	for _, d := range c.Dependencies() {
		eachChart(d, visit)
	}
}

// eachFile visits the templates of a chart and its subcharts, and the files that templates can read, by Helm's names.
func eachFile(c *chart.Chart, visit func(name string, f *chart.File, template bool)) {
	eachChart(c, func(c *chart.Chart) {
		for _, t := range c.Templates {
			if t != nil {
				visit(join(c.ChartFullPath(), t.Name), t, true)
			}
		}
		for _, f := range c.Files {
			if f != nil {
				visit(join(c.ChartFullPath(), f.Name), f, false)
			}
		}
	})
}

// callsIn are the calls of unstable functions in one template's text; none if it does not parse, as then it does not render.
func callsIn(template, text string, inText bool) []Call {
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
				calls = append(calls, Call{Function: id.Ident, Line: 1 + strings.Count(text[:pos], "\n"), template: template, pos: pos, inText: inText})
			}
		})
	}
	slices.SortFunc(calls, func(a, b Call) int { return a.pos - b.pos })
	return calls
}

// visitCalls visits every function name below a node, but for keys and values where their order cannot matter.
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
		visitPipe(n, false, visit)
	case *parse.ChainNode:
		visitCalls(n.Node, visit)
	case *parse.IdentifierNode:
		visit(n)
	}
}

// visitPipe visits the commands of a pipe. orderless tells that whatever takes the pipe's result does not mind its order.
func visitPipe(n *parse.PipeNode, orderless bool, visit func(*parse.IdentifierNode)) {
	if n == nil {
		return
	}
	for i := len(n.Cmds) - 1; i >= 0; i-- {
		args := n.Cmds[i].Args
		if orderless && (isFunction(n.Cmds[i], "keys") || isFunction(n.Cmds[i], "values")) {
			args = args[1:]
		}
		minds := !slices.ContainsFunc([]string{"sortAlpha", "len", "has"}, func(f string) bool { return isFunction(n.Cmds[i], f) })
		for _, arg := range args {
			if pipe, ok := arg.(*parse.PipeNode); ok {
				visitPipe(pipe, !minds, visit)
				continue
			}
			visitCalls(arg, visit)
		}
		// uniq keeps the order that it is given.
		orderless = !minds || orderless && isFunction(n.Cmds[i], "uniq")
	}
}

func visitBranch(n *parse.BranchNode, visit func(*parse.IdentifierNode)) {
	visitCalls(n.Pipe, visit)
	visitCalls(n.List, visit)
	visitCalls(n.ElseList, visit)
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
	eachFile(c, func(name string, f *chart.File, _ bool) {
		if len(e.splices[name]) > 0 {
			f.Data = []byte(e.text(name, string(f.Data)))
		}
	})
	eachChart(c, func(c *chart.Chart) { walkStrings(c.Values, valuesPath(c), e.text) })
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
