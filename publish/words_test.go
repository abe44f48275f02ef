package publish

import (
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
)

func TestWords(t *testing.T) {
	t.Parallel()
	plan := func(env, want, have, owned string) *Plan {
		p, err := NewPlan(wanting(env, want), having(have, owned), mine, gitrepo.SHA1)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, test := range map[string]struct {
		plans            []*Plan
		subject, summary string // the summary is that of the first plan
	}{
		"one":  {[]*Plan{plan("prod", "web/a=1", "", "")}, "Render web to prod", "prod/web: 1 file added"},
		"many": {[]*Plan{plan("prod", "web/a=1 web/b=2", "web/a=2 web/c=1 web/d=1", "mine: web/a web/c web/d")}, "Render web to prod", "prod/web: 1 file added, 1 changed, 2 removed"},
		"several": {[]*Plan{plan("dev", "web/a=1 api/a=1", "", ""), plan("staging", "web/a=1", "", ""), plan("prod", "db/a=1 db/b=1", "", "")},
			"Render api, db and web to dev, staging and prod", "dev/api: 1 file added\ndev/web: 1 file added"},
		"lots": {[]*Plan{plan("a", "w/a=1 x/a=1 y/a=1 z/a=1", "", ""), plan("b", "w/a=1", "", ""), plan("c", "w/a=1", "", ""), plan("d", "w/a=1", "", "")},
			"Render 4 apps to 4 environments", "a/w: 1 file added\na/x: 1 file added\na/y: 1 file added\na/z: 1 file added"},
		"removed":  {[]*Plan{plan("prod", "", "web/a=1 web/b=1", "mine: web/a web/b")}, "Remove web from prod", "prod/web: app removed, 2 files removed"},
		"both":     {[]*Plan{plan("prod", "api/a=1", "web/a=1", "mine: web/a")}, "Render api to prod, remove web", "prod/api: 1 file added\nprod/web: app removed, 1 file removed"},
		"adopted":  {[]*Plan{plan("prod", "web/a=1", "web/a=1", "")}, "Update the index of rendered files", ""},
		"no files": {[]*Plan{plan("prod", "web", "", "")}, "Update the index of rendered files", ""},
	} {
		if got := subject(test.plans); got != test.subject {
			t.Errorf("%s: subject = %q, want %q", name, got, test.subject)
		}
		if got := test.plans[0].Summary(); got != test.summary {
			t.Errorf("%s: summary = %q, want %q", name, got, test.summary)
		}
	}
}
