package depcheck

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// A Package is what Check needs to know of one package, in the form in which
// go list prints it.
type Package struct {
	ImportPath string
	Name       string
	Doc        string
	Standard   bool
	Imports    []string
}

// A Rule says what one package of ours may depend on. Paths of our own
// packages are relative to the module.
type Rule struct {
	Package string

	// Imports lists which packages of ours it may import; "*" stands for all.
	// TestOnly packages are never among them, unless this one is TestOnly.
	Imports []string

	// TestOnly marks a helper that only tests, and other helpers, import.
	TestOnly bool

	// StandardOnly forbids everything from outside the standard library and
	// our own module, however indirectly it is linked.
	StandardOnly bool

	// Deny lists import paths that must not be linked, however indirectly.
	// "a/b/..." stands for a/b and everything below it.
	Deny []string

	// DenyDirect is like Deny for the package's own imports alone.
	DenyDirect []string
}

// Load lists the packages of the module in dir and all they depend on.
func Load(ctx context.Context, dir string) ([]Package, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps",
		"-json=ImportPath,Name,Doc,Standard,Imports", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	var graph []Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return graph, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what %s printed: %w", cmd, err)
		}
		graph = append(graph, p)
	}
}

// Check compares the packages of the module with the rules and returns one
// sentence for each problem, sorted.
func Check(module string, graph []Package, rules []Rule) []string {
	c := checker{module: module, packages: map[string]Package{}, rules: map[string]Rule{}}
	for _, r := range rules {
		if _, ok := c.rules[r.Package]; ok {
			c.problem("the table has two rules for %s", r.Package)
		}
		c.rules[r.Package] = r
	}
	for _, p := range graph {
		c.packages[p.ImportPath] = p
	}
	for _, p := range graph {
		rel, own := c.rel(p.ImportPath)
		if !own {
			continue
		}
		r, ok := c.rules[rel]
		if !ok {
			c.problem("%s is not in the table of internal/depcheck: decide what it may import, add it there and to ARCHITECTURE.md", rel)
			continue
		}
		c.imports(p, r)
		c.links(p, r)
	}
	slices.Sort(c.problems)
	return c.problems
}

type checker struct {
	module   string
	packages map[string]Package
	rules    map[string]Rule
	problems []string
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// rel returns the path of one of our packages relative to the module; the
// module's own folder is ".".
func (c *checker) rel(path string) (rel string, own bool) {
	if path == c.module {
		return ".", true
	}
	return strings.CutPrefix(path, c.module+"/")
}

// imports checks what the package imports itself.
func (c *checker) imports(p Package, r Rule) {
	for _, imp := range p.Imports {
		if pattern := match(imp, r.DenyDirect); pattern != "" {
			c.problem("%s imports %s, which its rule forbids (%s)", r.Package, imp, pattern)
		}
		rel, own := c.rel(imp)
		if !own {
			continue
		}
		if c.rules[rel].TestOnly && !r.TestOnly {
			c.problem("%s imports %s outside its tests; that package is for tests only", r.Package, rel)
			continue
		}
		if !slices.Contains(r.Imports, rel) && !slices.Contains(r.Imports, "*") {
			c.problem("%s imports %s; it may import %s", r.Package, rel, list(r.Imports))
		}
	}
}

// links checks everything that the package pulls in, breadth first, so that
// the chain shown is a shortest one. What is behind a forbidden package is
// not listed as well.
func (c *checker) links(p Package, r Rule) {
	if len(r.Deny) == 0 && !r.StandardOnly {
		return
	}
	from := map[string]string{p.ImportPath: ""}
	for queue := []string{p.ImportPath}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		if path != p.ImportPath {
			if pattern := match(path, r.Deny); pattern != "" {
				c.problem("%s links %s, which its rule forbids (%s): %s", r.Package, path, pattern, c.chain(from, path))
				continue
			}
			if _, own := c.rel(path); r.StandardOnly && !own && !c.standard(path) {
				c.problem("%s links %s, and may use only the standard library: %s", r.Package, path, c.chain(from, path))
				continue
			}
		}
		for _, imp := range c.packages[path].Imports {
			if _, seen := from[imp]; !seen {
				from[imp] = path
				queue = append(queue, imp)
			}
		}
	}
}

// standard reports whether a package belongs to Go. The standard library
// imports its vendored packages by names that go list does not print.
func (c *checker) standard(path string) bool {
	p, ok := c.packages[path]
	if !ok {
		p, ok = c.packages["vendor/"+path]
	}
	return path == "C" || (ok && p.Standard)
}

func (c *checker) chain(from map[string]string, path string) string {
	var steps []string
	for ; path != ""; path = from[path] {
		if rel, own := c.rel(path); own {
			steps = append(steps, rel)
		} else {
			steps = append(steps, path)
		}
	}
	slices.Reverse(steps)
	return strings.Join(steps, " -> ")
}

// match returns the first pattern that covers the path, or "".
func match(path string, patterns []string) string {
	for _, pattern := range patterns {
		if prefix, ok := strings.CutSuffix(pattern, "/..."); path == pattern || ok && (path == prefix || strings.HasPrefix(path, prefix+"/")) {
			return pattern
		}
	}
	return ""
}

func list(names []string) string {
	if len(names) == 0 {
		return "no package of ours"
	}
	return "only " + strings.Join(names, ", ")
}
