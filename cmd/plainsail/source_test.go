package main

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/config"
)

func TestTokenFor(t *testing.T) {
	t.Parallel()
	const (
		own      = "PLAINSAIL_TOKEN=own"
		github   = "GITHUB_TOKEN=hub"
		anything = own + " " + github
	)
	for name, c := range map[string]struct{ address, env, want string }{
		"none":                      {"https://github.com/acme/rendered", "", ""},
		"github":                    {"https://github.com/acme/rendered", github, "hub"},
		"own first":                 {"https://github.com/acme/rendered", anything, "own"},
		"own to any host":           {"https://git.example.com/acme/rendered", anything, "own"},
		"github's to no other host": {"https://git.example.com/acme/rendered", github, ""},
		"a host that looks like it": {"https://github.com.example.com/acme/rendered", github, ""},
		"enterprise":                {"https://git.example.com/acme/rendered", github + " GITHUB_SERVER_URL=https://git.example.com", "hub"},
		"enterprise's, not hub's":   {"https://github.com/acme/rendered", github + " GITHUB_SERVER_URL=https://git.example.com", ""},
		"not over plain http":       {"http://github.com/acme/rendered", github, ""},
		"a server without https":    {"http://127.0.0.1:3000/acme/rendered", github + " GITHUB_SERVER_URL=http://127.0.0.1:3000", "hub"},
		"ssh":                       {"git@github.com:acme/rendered.git", anything, ""},
		"ssh address":               {"ssh://git@github.com/acme/rendered.git", anything, ""},
		"path":                      {"/srv/rendered.git", anything, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{}
			for _, kv := range strings.Fields(c.env) {
				name, value, _ := strings.Cut(kv, "=")
				env[name] = value
			}
			if got := tokenFor(c.address, func(name string) string { return env[name] }); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSelectUnits(t *testing.T) {
	t.Parallel()
	plan := &config.Plan{Environments: []string{"dev", "prod", "empty"}}
	for _, unit := range []string{"dev/api", "dev/web", "prod/api", "prod/web"} {
		env, app, _ := strings.Cut(unit, "/")
		plan.Units = append(plan.Units, config.Unit{Env: env, App: app})
	}
	for name, c := range map[string]struct {
		envs, apps, want, others, wantEnvs string
		everything                         bool
	}{
		"everything":                            {want: "dev/api dev/web prod/api prod/web", wantEnvs: "dev prod empty", everything: true},
		"one env":                               {envs: "prod", want: "prod/api prod/web", wantEnvs: "prod"},
		"plan order":                            {envs: "prod dev", want: "dev/api dev/web prod/api prod/web", wantEnvs: "dev prod"},
		"one app":                               {apps: "web", want: "dev/web prod/web", others: "dev/api prod/api", wantEnvs: "dev prod empty"},
		"both":                                  {envs: "prod", apps: "web", want: "prod/web", others: "prod/api", wantEnvs: "prod"},
		"an env without units is still emptied": {envs: "empty", wantEnvs: "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sel, err := selectUnits(plan, strings.Fields(c.envs), strings.Fields(c.apps), shard{})
			if err != nil {
				t.Fatal(err)
			}
			var units, others []string
			for _, u := range sel.units {
				units = append(units, u.Env+"/"+u.App)
			}
			for _, env := range slices.Sorted(maps.Keys(sel.others)) {
				for _, app := range sel.others[env] {
					others = append(others, env+"/"+app)
				}
			}
			for what, v := range map[string][2]string{
				"units": {strings.Join(units, " "), c.want}, "others": {strings.Join(others, " "), c.others}, "envs": {strings.Join(sel.envs, " "), c.wantEnvs},
			} {
				if v[0] != v[1] {
					t.Errorf("%s = %s, want %s", what, v[0], v[1])
				}
			}
			if sel.everything != c.everything {
				t.Errorf("everything = %t", sel.everything)
			}
		})
	}
	for _, c := range [][2]string{{"staging", ""}, {"", "cache"}} {
		_, err := selectUnits(plan, strings.Fields(c[0]), strings.Fields(c[1]), shard{})
		if _, ok := errors.AsType[*usageError](err); !ok {
			t.Errorf("selecting %v: %v, want a usage error", c, err)
		}
	}
}
