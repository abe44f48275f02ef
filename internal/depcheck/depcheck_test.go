package depcheck

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/internal/testtools"
)

// TestDependencyDirection holds the module to the table in rules_test.go.
func TestDependencyDirection(t *testing.T) {
	for _, p := range Check(module, load(t), table) {
		t.Error(p)
	}
}

// TestPackageComments: a package without a word about itself makes every
// reader work it out again.
func TestPackageComments(t *testing.T) {
	for _, p := range load(t) {
		if own(p) && p.Doc == "" {
			t.Errorf("%s has no package comment: say in its doc.go what it does and how data flows through it", p.ImportPath)
		}
	}
}

// The table must not allow what the layers forbid, or name what cannot be.
func TestTable(t *testing.T) {
	known := map[string]bool{}
	for _, r := range table {
		known[r.Package] = true
	}
	for _, r := range table {
		for _, imp := range r.Imports {
			if imp != "*" && !known[imp] {
				t.Errorf("%s may import %s, which has no rule", r.Package, imp)
			}
		}
	}
	for _, low := range []string{"config", "manifest", "gitrepo", "forge"} {
		i := slices.IndexFunc(table, func(r Rule) bool { return r.Package == low })
		if i < 0 || len(table[i].Imports) != 0 {
			t.Errorf("%s stands at the bottom and must import no package of ours", low)
		}
	}
}

func TestCheck(t *testing.T) {
	const m = "example.test/m"
	std := func(path string, imports ...string) Package {
		return Package{ImportPath: path, Standard: true, Imports: imports}
	}
	pkg := func(path string, imports ...string) Package {
		return Package{ImportPath: path, Imports: imports}
	}
	tests := []struct {
		name  string
		graph []Package
		rules []Rule
		want  []string // each a part of one problem, in order
	}{{
		name:  "nothing wrong",
		graph: []Package{std("fmt"), pkg(m+"/low", "fmt"), pkg(m+"/high", m+"/low")},
		rules: []Rule{{Package: "low"}, {Package: "high", Imports: []string{"low"}}},
	}, {
		name:  "points up",
		graph: []Package{pkg(m+"/low", m+"/high"), pkg(m + "/high")},
		rules: []Rule{{Package: "low"}, {Package: "high", Imports: []string{"low"}}},
		want:  []string{"low imports high; it may import no package of ours"},
	}, {
		name:  "sideways",
		graph: []Package{pkg(m+"/a", m+"/b", m+"/c"), pkg(m + "/b"), pkg(m + "/c")},
		rules: []Rule{{Package: "a", Imports: []string{"b"}}, {Package: "b"}, {Package: "c"}},
		want:  []string{"a imports c; it may import only b"},
	}, {
		name:  "unknown package",
		graph: []Package{pkg(m + "/new"), pkg(m)},
		want:  []string{". is not in the table", "new is not in the table of internal/depcheck: decide"},
	}, {
		name:  "another module with our prefix is not ours",
		graph: []Package{pkg(m + "more/x")},
	}, {
		name:  "any import allowed, but no test helper",
		graph: []Package{pkg(m+"/cmd", m+"/a", m+"/atest"), pkg(m + "/a"), pkg(m+"/atest", m+"/a", m+"/btest"), pkg(m + "/btest")},
		rules: []Rule{
			{Package: "cmd", Imports: []string{"*"}}, {Package: "a"},
			{Package: "atest", TestOnly: true, Imports: []string{"a", "btest"}}, {Package: "btest", TestOnly: true},
		},
		want: []string{"cmd imports atest outside its tests"},
	}, {
		name:  "links a denied module through others",
		graph: []Package{pkg(m+"/puller", m+"/a"), pkg(m+"/a", "x.test/y"), pkg("x.test/y", "helm.test/helm/v3/engine"), pkg("helm.test/helm/v3/engine", "helm.test/helm/v3/chart"), pkg("helm.test/helm/v3/chart")},
		rules: []Rule{{Package: "puller", Imports: []string{"a"}, Deny: []string{"helm.test/helm/..."}}, {Package: "a"}},
		want:  []string{"puller links helm.test/helm/v3/engine, which its rule forbids (helm.test/helm/...): puller -> a -> x.test/y -> helm.test/helm/v3/engine"},
	}, {
		name:  "a pattern covers whole path elements",
		graph: []Package{pkg(m+"/a", "helm.test/helmet", "net/netip"), pkg("helm.test/helmet"), std("net/netip")},
		rules: []Rule{{Package: "a", Deny: []string{"helm.test/helm/...", "net"}}},
	}, {
		name:  "links a denied part of the standard library",
		graph: []Package{pkg(m+"/a", "log/x"), std("log/x", "os/exec"), std("os/exec")},
		rules: []Rule{{Package: "a", Deny: []string{"os/exec"}}},
		want:  []string{"a links os/exec, which its rule forbids (os/exec): a -> log/x -> os/exec"},
	}, {
		name:  "direct imports only",
		graph: []Package{pkg(m+"/a", "net/http", "x.test/y"), pkg("x.test/y", "net/http/httptest"), std("net/http"), std("net/http/httptest")},
		rules: []Rule{{Package: "a", DenyDirect: []string{"net/http/..."}}},
		want:  []string{"a imports net/http, which its rule forbids"},
	}, {
		name:  "standard library only",
		graph: []Package{pkg(m+"/a", "fmt", "C", m+"/b"), pkg(m+"/b", "x.test/y"), pkg("x.test/y", "x.test/z"), pkg("x.test/z"), std("fmt", "golang.org/x/sys/cpu"), std("vendor/golang.org/x/sys/cpu")},
		rules: []Rule{{Package: "a", StandardOnly: true, Imports: []string{"b"}}, {Package: "b"}},
		want:  []string{"a links x.test/y, and may use only the standard library: a -> b -> x.test/y"},
	}, {
		name:  "two rules for one package",
		graph: []Package{pkg(m + "/a")},
		rules: []Rule{{Package: "a"}, {Package: "a"}},
		want:  []string{"the table has two rules for a"},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(m, tt.graph, tt.rules)
			ok := len(got) == len(tt.want)
			for i := 0; ok && i < len(got); i++ {
				ok = strings.Contains(got[i], tt.want[i])
			}
			if !ok {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
			}
		})
	}
}

// TestLoadSeesRealPackages guards against a checker that passes because it
// was shown nothing.
func TestLoadSeesRealPackages(t *testing.T) {
	graph := load(t)
	i := slices.IndexFunc(graph, func(p Package) bool { return p.ImportPath == module+"/internal/depcheck" })
	if i < 0 {
		t.Fatalf("this package is not among the %d that go list printed", len(graph))
	}
	if p := graph[i]; p.Doc == "" || !slices.Contains(p.Imports, "os/exec") || p.Standard {
		t.Errorf("this package is listed as %+v", p)
	}
	if !slices.ContainsFunc(graph, func(p Package) bool { return p.Standard && p.ImportPath == "os/exec" }) {
		t.Error("the standard library is not listed")
	}
	// A rule that this package cannot keep must be reported.
	broken := Check(module, graph, []Rule{{Package: "internal/depcheck", Deny: []string{"os/exec"}}})
	if !slices.ContainsFunc(broken, func(s string) bool { return strings.HasPrefix(s, "internal/depcheck links os/exec") }) {
		t.Errorf("a broken rule was not reported: %q", broken)
	}
}

func own(p Package) bool {
	return p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/")
}

func load(t *testing.T) []Package {
	t.Helper()
	graph, err := Load(t.Context(), root(t))
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

// root returns the module's folder, and looks at every folder in it: go test
// takes an earlier result for current unless a file that the test process
// itself looked at has changed, and does not know what go list and git read.
func root(t *testing.T) string {
	t.Helper()
	dir, err := testtools.Root()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
