package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plainsail/plainsail/render"
	"github.com/plainsail/plainsail/render/readset"
)

func TestTouched(t *testing.T) {
	t.Parallel()
	folders := func(names ...string) func(string) bool {
		return func(f string) bool {
			for _, n := range names {
				if n == f {
					return true
				}
			}
			return f == "."
		}
	}
	file := readset.Read{Path: "a/b/c.yaml", Kind: readset.File, ID: "1"}
	listing := readset.Read{Path: "a/b", Kind: readset.Listing, ID: "2"}
	absent := readset.Read{Path: "a/crds", Kind: readset.Absent}
	linked := readset.Read{Path: "l/c.yaml", Kind: readset.File, ID: "1", Real: "a/b/c.yaml"}
	tests := map[string]struct {
		edit          render.Edit
		before, after func(string) bool
		reads         []readset.Read
		want          []string
	}{
		"the file itself":                       {render.Edit{Path: "a/b/c.yaml"}, nil, nil, []readset.Read{file}, []string{"a/b/c.yaml"}},
		"another file":                          {render.Edit{Path: "a/b/d.yaml"}, nil, nil, []readset.Read{file, listing}, nil},
		"a new file in a listing":               {render.Edit{Path: "a/b/d.yaml", Moved: true}, folders("a", "a/b"), folders("a", "a/b"), []readset.Read{listing}, []string{"a/b/d.yaml"}},
		"a new file elsewhere":                  {render.Edit{Path: "a/d.yaml", Moved: true}, folders("a"), folders("a"), []readset.Read{listing, file}, nil},
		"a new folder in a listing":             {render.Edit{Path: "a/b/new/x/y", Moved: true}, folders("a", "a/b"), folders("a", "a/b", "a/b/new", "a/b/new/x"), []readset.Read{listing}, []string{"a/b/new/x/y"}},
		"a file in a known folder of a listing": {render.Edit{Path: "a/b/old/y", Moved: true}, folders("a", "a/b", "a/b/old"), folders("a", "a/b", "a/b/old"), []readset.Read{listing}, nil},
		"an absent folder is made":              {render.Edit{Path: "a/crds/x.yaml", Moved: true}, folders("a"), folders("a", "a/crds"), []readset.Read{absent}, []string{"a/crds/x.yaml"}},
		"a folder is gone":                      {render.Edit{Path: "a/b/c.yaml", Moved: true}, folders("a", "a/b"), folders("a"), []readset.Read{{Path: "a/b", Kind: readset.Folder}}, []string{"a/b/c.yaml"}},
		"behind a link":                         {render.Edit{Path: "a/b/c.yaml"}, nil, nil, []readset.Read{linked}, []string{"a/b/c.yaml"}},
		"the link":                              {render.Edit{Path: "l"}, nil, nil, []readset.Read{linked}, []string{"l"}},
		"a listing behind a link":               {render.Edit{Path: "a/b/d.yaml", Moved: true}, folders("a", "a/b"), folders("a", "a/b"), []readset.Read{{Path: "l", Kind: readset.Listing, Real: "a/b"}}, []string{"a/b/d.yaml"}},
		"a file at the top":                     {render.Edit{Path: "x.yaml", Moved: true}, folders(), folders(), []readset.Read{{Path: ".", Kind: readset.Listing}}, []string{"x.yaml"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := render.NewTouched([]render.Edit{tt.edit}, tt.before, tt.after).By(tt.reads)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("edits noticed (-want +got):\n%s", diff)
			}
		})
	}
}
