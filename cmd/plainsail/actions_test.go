package main

import (
	"bytes"
	"errors"
	"testing"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

func TestAnnotate(t *testing.T) {
	t.Parallel()
	src := &source{root: "/repo", dir: "/repo/deploy"}
	unit := func(err error) error { return &render.Error{App: "web", Env: "prod", Err: err} }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"none":        {nil, ""},
		"differences": {&differsError{"hint"}, ""},
		"plain":       {errors.New("100% sure:\na, b\r"), "::error::100%25 sure:%0Aa, b%0D\n"},
		"with a hint": {usagef("try", "no"), "::error::no%0Atry\n"},
		"source":      {unit(&render.SourceError{File: "a,b:c%.yaml", Line: 3, Err: errors.New("x"), Hint: "y"}), "::error file=deploy/a%2Cb%3Ac%25.yaml,line=3,title=render web in prod::x%0Ay\n"},
		"no line":     {unit(&render.SourceError{File: "a.yaml", Err: errors.New("x")}), "::error file=deploy/a.yaml,title=render web in prod::x\n"},
		"above dir":   {unit(&render.SourceError{File: "../base/a.yaml", Line: 1, Err: errors.New("x")}), "::error file=base/a.yaml,line=1,title=render web in prod::x\n"},
		"outside":     {unit(&render.SourceError{File: "/etc/a.yaml", Line: 1, Err: errors.New("x")}), "::error file=/etc/a.yaml,line=1,title=render web in prod::x\n"},
		"no file":     {unit(errors.New("x")), "::error title=render web in prod::render web in prod: x\n"},
		"several": {unit(errors.Join(
			&manifest.SyntaxError{Source: manifest.Source{File: "a.yaml", Line: 1}, Reason: "x"},
			&check.PlaintextError{ID: manifest.ID{Kind: "Secret", Name: "db"}, Source: manifest.Source{File: "b.yaml", Line: 2}, Paths: []string{"data.key"}})),
			"::error file=deploy/a.yaml,line=1,title=render web in prod::x\n" +
				"::error file=deploy/b.yaml,line=2,title=render web in prod::Secret db has plaintext values at data.key%0A" + (&check.PlaintextError{}).Hint() + "\n"},
		"configuration": {errors.Join(&config.Error{File: "plainsail.yaml", Line: 4, Message: "x"}, &partError{failed: 1, total: 2}),
			"::error file=deploy/plainsail.yaml,line=4::x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			s := Streams{Err: &b, Env: func(string) string { return "true" }}
			if annotate(s, src, c.err); b.String() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", b.String(), c.want)
			}
		})
	}
	t.Run("elsewhere", func(t *testing.T) {
		t.Parallel()
		var b bytes.Buffer
		annotate(Streams{Err: &b, Env: func(string) string { return "" }}, src, errors.New("x"))
		if b.Len() > 0 {
			t.Errorf("outside GitHub Actions: %s", b.String())
		}
	})
}
