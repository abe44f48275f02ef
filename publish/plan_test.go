package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

const mine, theirs = "https://example.com/mine", "https://example.com/theirs"

// files is "web/a=1 web/b=2" as files.
func files(text string) map[string]string {
	m := map[string]string{}
	for _, f := range strings.Fields(text) {
		name, data, _ := strings.Cut(f, "=")
		m[name] = data
	}
	return m
}

// wanting is a want of the apps of "web/a=1 api/b=2"; an app alone, as "web", has no files.
func wanting(env, text string) Want {
	w := Want{Env: env, Units: map[string]map[string][]byte{}, Keep: map[string]bool{}}
	for name, data := range files(text) {
		app, _, isFile := strings.Cut(name, "/")
		if w.Units[app] == nil {
			w.Units[app] = map[string][]byte{}
		}
		if isFile {
			w.Units[app][name] = []byte(data)
		}
	}
	return w
}

func (w Want) keeping(apps ...string) Want {
	for _, app := range apps {
		w.Keep[app] = true
	}
	return w
}

// having is what holds these files; owned tells which of them are whose, as "mine: web/a web/b; theirs: api/x".
func having(text, owned string) Have {
	h := Have{Files: map[string]gitrepo.Hash{}, Index: Index{Units: map[string]IndexUnit{}}}
	for name, data := range files(text) {
		h.Files[name] = gitrepo.BlobHash(gitrepo.SHA1, []byte(data))
	}
	for part := range strings.SplitSeq(owned, ";") {
		source, list, _ := strings.Cut(strings.TrimSpace(part), ":")
		for _, name := range strings.Fields(list) {
			app, _, _ := strings.Cut(name, "/")
			u := h.Index.Units[app]
			u.Source = map[string]string{"mine": mine, "theirs": theirs}[source]
			if strings.Contains(name, "/") {
				u.Files = distinct(append(u.Files, name))
			}
			h.Index.Units[app] = u
		}
	}
	return h
}

func TestNewPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want    Want
		have    Have
		changes string // of the plan
		index   string // afterwards, as in having
		reindex bool
		err     string // or this error
	}{
		"nothing":                  {want: wanting("prod", "")},
		"first":                    {want: wanting("prod", "web/b=1 web/a=1"), changes: "added web/a, added web/b", index: "mine: web/a web/b", reindex: true},
		"equal":                    {want: wanting("prod", "web/a=1"), have: having("web/a=1", "mine: web/a"), index: "mine: web/a"},
		"changed":                  {want: wanting("prod", "web/a=2"), have: having("web/a=1", "mine: web/a"), changes: "changed web/a", index: "mine: web/a"},
		"gone by hand":             {want: wanting("prod", "web/a=1"), have: having("", "mine: web/a"), changes: "added web/a", index: "mine: web/a"},
		"object gone":              {want: wanting("prod", "web/a=1"), have: having("web/a=1 web/b=1", "mine: web/a web/b"), changes: "removed web/b", index: "mine: web/a", reindex: true},
		"app gone":                 {want: wanting("prod", "web/a=1"), have: having("web/a=1 api/b=1", "mine: web/a api/b"), changes: "removed api/b", index: "mine: web/a", reindex: true},
		"all gone":                 {want: wanting("prod", ""), have: having("web/a=1 README=1", "mine: web/a"), changes: "removed web/a", reindex: true},
		"gone already":             {want: wanting("prod", ""), have: having("", "mine: web/a"), reindex: true},
		"kept":                     {want: wanting("prod", "").keeping("web"), have: having("web/a=1", "mine: web/a"), index: "mine: web/a"},
		"kept and not there":       {want: wanting("prod", "").keeping("web")},
		"app without files":        {want: wanting("prod", "web"), index: "mine: web", reindex: true},
		"app without files, again": {want: wanting("prod", "web"), have: having("", "mine: web"), index: "mine: web"},
		"other source's app stays": {want: wanting("prod", "web/a=1"), have: having("api/a=1", "theirs: api/a"), changes: "added web/a", index: "mine: web/a; theirs: api/a", reindex: true},
		"equal foreign adopted":    {want: wanting("prod", "web/a=1"), have: having("web/a=1", ""), index: "mine: web/a", reindex: true},
		"foreign beside":           {want: wanting("prod", "web/a=1"), have: having("web/b=1 web/c/d=1", ""), changes: "added web/a", index: "mine: web/a", reindex: true},
		"file gives way to folder": {want: wanting("prod", "web/a/b=1"), have: having("web/a=1", "mine: web/a"), changes: "removed web/a, added web/a/b", index: "mine: web/a/b", reindex: true},
		"folder gives way to file": {want: wanting("prod", "web/a=1"), have: having("web/a/b=1", "mine: web/a/b"), changes: "added web/a, removed web/a/b", index: "mine: web/a", reindex: true},

		"other source's app":       {want: wanting("prod", "web/a=1"), have: having("web/a=1", "theirs: web/a"), err: "publish web in prod: the app there comes from " + theirs + ", not from " + mine},
		"foreign":                  {want: wanting("prod", "web/a=1 web/b=1"), have: having("web/a=2 web/b=2", ""), err: "publish prod: not written by plainsail, and in the way: web/a, web/b"},
		"foreign in our folder":    {want: wanting("prod", "web/a=1 web/b=1"), have: having("web/a=1 web/b=2", "mine: web/a"), err: "in the way: web/b"},
		"foreign file for folder":  {want: wanting("prod", "web/a=1"), have: having("web=1", ""), err: "in the way: web"},
		"foreign folder for file":  {want: wanting("prod", "web/a=1"), have: having("web/a/b=1 web/a/c=1", ""), err: "in the way: web/a/b, web/a/c"},
		"file for index's folder":  {want: wanting("prod", "web/a=1"), have: having(".plainsail=1", ""), err: "in the way: .plainsail"},
		"folder for index":         {want: wanting("prod", "web/a=1"), have: having(IndexPath+"/x=1", ""), err: "in the way: " + IndexPath + "/x"},
		"name to play tricks":      {want: wanting("prod", "web/a=1"), have: having("web/a/\x1b[2J=1", ""), err: `in the way: "web/a/\x1b[2J"`},
		"app outside of itself":    {want: Want{Env: "prod", Units: map[string]map[string][]byte{"web": {"api/a": nil}}}, err: `publish web in prod: unsafe path "api/a": it is not in the folder of the app`},
		"app out of the tree":      {want: wanting("prod", "web/../../a=1"), err: "unsafe path"},
		"app in the index's place": {want: wanting("prod", ".plainsail/index.json=1"), err: "cannot be the name of an app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := NewPlan(test.want, test.have, mine, gitrepo.SHA1)
			if test.err != "" || err != nil {
				if err == nil || test.err == "" || !strings.Contains(err.Error(), test.err) || p != nil {
					t.Errorf("plan = %v, error = %v, want %q", p, err, test.err)
				}
				return
			}
			var changes []string
			for _, c := range p.Changes {
				changes = append(changes, string(c.Op)+" "+c.Path)
				if (c.Data == nil) != (c.Op == Removed) {
					t.Errorf("%s %s has content %q", c.Op, c.Path, c.Data)
				}
			}
			if got := strings.Join(changes, ", "); got != test.changes {
				t.Errorf("changes = %s, want %s", got, test.changes)
			}
			if got, want := string(p.Index.Encode()), string(having("", test.index).Index.Encode()); got != want {
				t.Errorf("index = %s, want %s", got, want)
			}
			if p.Reindex != test.reindex || p.Empty() != (test.changes == "" && !test.reindex) {
				t.Errorf("reindex = %v, empty = %v", p.Reindex, p.Empty())
			}
		})
	}
}

func TestNewPlanReportsEverything(t *testing.T) {
	t.Parallel()
	_, err := NewPlan(wanting("prod", "web/a=1 api/a=1"), having("web/a=2 api/a=1", "theirs: api/a"), mine, gitrepo.SHA1)
	var owner *OwnerError
	var foreign *ForeignError
	if !errors.As(err, &owner) || !errors.As(err, &foreign) || owner.Hint() == "" || foreign.Hint() == "" {
		t.Errorf("error = %v", err)
	}
	many := map[string]gitrepo.Hash{}
	for i := range 30 {
		many[fmt.Sprintf("web/a/%02d", i)] = "x"
	}
	_, err = NewPlan(wanting("prod", "web/a=1"), Have{Files: many}, mine, gitrepo.SHA1)
	if err == nil || !strings.HasSuffix(err.Error(), "web/a/09, and 20 more") {
		t.Errorf("error = %v", err)
	}
}

// Applying a plan gives exactly what is wanted, and leaves everybody else's files alone; then there is nothing left to do.
func TestPlanProperty(t *testing.T) {
	t.Parallel()
	names := []string{"web/a", "web/b", "web/b/c", "web", "api/a", "api/a/x", "db/a", "db/b", "README", "hydrator.metadata"}
	planned := 0
	for seed := range uint64(4000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		some := func(from []string, chance float64) string {
			var list []string
			for _, n := range from {
				// What is a file and a folder at once cannot be.
				if rnd.Float64() < chance && !slices.ContainsFunc(list, func(l string) bool {
					l, _, _ = strings.Cut(l, "=")
					return strings.HasPrefix(n, l+"/") || strings.HasPrefix(l, n+"/")
				}) {
					list = append(list, fmt.Sprintf("%s=%d", n, rnd.IntN(2)))
				}
			}
			return strings.Join(list, " ")
		}
		have := having(some(names, 0.5), "")
		for _, app := range []string{"web", "api", "db"} {
			if rnd.IntN(3) == 0 {
				continue
			}
			u := IndexUnit{Source: []string{mine, mine, theirs}[rnd.IntN(3)]}
			for f := range have.Files {
				if strings.HasPrefix(f, app+"/") && rnd.IntN(3) > 0 {
					u.Files = append(u.Files, f)
				}
			}
			u.Files = distinct(u.Files)
			have.Index.Units[app] = u
		}
		want := wanting("prod", some([]string{"web/a", "web/b", "web/b/c", "api/a", "api/a/x", "db/a", "db/b"}, 0.4))
		for _, app := range []string{"web", "api", "db"} {
			if _, wanted := want.Units[app]; !wanted && rnd.IntN(3) == 0 {
				want.Keep[app] = true
			}
		}
		p, err := NewPlan(want, have, mine, gitrepo.SHA1)
		if err != nil {
			continue
		}
		planned++

		// By other means: what was there, without what was ours to replace, and with what is wanted.
		expect := maps.Clone(have.Files)
		for app, u := range have.Index.Units {
			if _, wanted := want.Units[app]; u.Source == mine && (wanted || !want.Keep[app]) {
				for _, f := range u.Files {
					delete(expect, f)
				}
			}
		}
		for _, files := range want.Units {
			for f, data := range files {
				expect[f] = gitrepo.BlobHash(gitrepo.SHA1, data)
			}
		}
		got := Have{Files: maps.Clone(have.Files), Index: p.Index}
		for _, c := range p.Changes {
			if c.Op == Removed {
				delete(got.Files, c.Path)
			} else {
				got.Files[c.Path] = gitrepo.BlobHash(gitrepo.SHA1, c.Data)
			}
		}
		if !maps.Equal(got.Files, expect) {
			t.Fatalf("seed %d: files = %v, want %v", seed, got.Files, expect)
		}
		again, err := NewPlan(want, got, mine, gitrepo.SHA1)
		if err != nil || !again.Empty() {
			t.Fatalf("seed %d: planned again: %+v, %v", seed, again, err)
		}
	}
	if planned < 200 {
		t.Errorf("only %d plans", planned)
	}
}

func TestNewWants(t *testing.T) {
	t.Parallel()
	unit := func(app, env string) config.Unit { return config.Unit{App: app, Env: env} }
	rerender := func(_ context.Context, u config.Unit) render.Result {
		return render.Result{Unit: u, Files: map[string][]byte{"x": []byte("rendered again")}}
	}
	wants, err := NewWants([]string{"dev", "prod"}, []render.Result{
		{Unit: unit("web", "prod"), Files: map[string][]byte{"n/configmap-c.yaml": []byte("kind: ConfigMap\n")}},
		{Unit: unit("same", "prod"), Reused: true, Record: readset.Record{Tree: "t"}},
		{Unit: unit("api", "prod"), Err: errors.New("broken")},
		{Unit: unit("none", "prod")},
	}, map[string][]string{"prod": {"db"}}, rerender)
	if err != nil {
		t.Fatal(err)
	}
	if len(wants) != 2 || wants[0].Env != "dev" || len(wants[0].Units) != 0 || wants[0].Partial {
		t.Errorf("dev: %+v", wants)
	}
	prod := wants[1]
	if !prod.Partial || !maps.Equal(prod.Keep, map[string]bool{"api": true, "db": true}) || len(prod.Units) != 2 {
		t.Errorf("prod: %+v", prod)
	}
	if got := string(prod.Units["web"]["web/n/configmap-c.yaml"]); !strings.Contains(got, "kind: ConfigMap\n") {
		t.Errorf("web: %q", prod.Units["web"])
	}
	files, err := prod.Known["same"].Render(t.Context())
	if err != nil || prod.Known["same"].Tree != "t" || string(files["x"]) != "rendered again" {
		t.Errorf("same: %+v, %v", files, err)
	}
	if _, err := NewWants([]string{"dev"}, []render.Result{{Unit: unit("web", "prod")}}, nil, rerender); err == nil {
		t.Error("a result for an unknown environment is no error")
	}
}
