package main

import (
	"slices"
	"strings"
	"testing"
)

func TestPermute(t *testing.T) {
	t.Parallel()
	app := newApp(Streams{})
	for name, c := range map[string]struct{ args, want string }{
		"nothing":               {"plainsail", "plainsail"},
		"unknown command":       {"plainsail x -a b", "plainsail x -a b"},
		"flags of plainsail":    {"plainsail --help", "plainsail --help"},
		"flags first":           {"plainsail build --type plain app", "plainsail build --type plain -- app"},
		"flags last":            {"plainsail build app --type plain", "plainsail build --type plain -- app"},
		"switch":                {"plainsail build --no-hooks app -n shop", "plainsail build --no-hooks --namespace shop -- app"},
		"assigned":              {"plainsail build app --set=a=b -n=shop", "plainsail build --set=a=b --namespace=shop -- app"},
		"both names":            {"plainsail build -f a --values b app -f=c", "plainsail build --values a --values b --values=c -- app"},
		"one dash":              {"plainsail render -push", "plainsail render --push"},
		"value with a dash":     {"plainsail build --set -a app", "plainsail build --set -a -- app"},
		"unknown flag":          {"plainsail build app --nope", "plainsail build --nope -- app"},
		"after dashes":          {"plainsail build -- --type plain", "plainsail build -- --type plain"},
		"lone dash":             {"plainsail build -", "plainsail build -- -"},
		"value missing":         {"plainsail build app --values", "plainsail build --values"},
		"help after argument":   {"plainsail build app -h", "plainsail build --help"},
		"help as a flag's text": {"plainsail build app --set --help", "plainsail build --set --help -- app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(c.args)
			before := slices.Clone(args)
			if got := strings.Join(permute(app, args), " "); got != c.want {
				t.Errorf("permute(%s)\n got %s\nwant %s", c.args, got, c.want)
			}
			if !slices.Equal(args, before) {
				t.Error("the arguments themselves have changed")
			}
		})
	}
}

func TestWantsJSON(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"render --output json": true, "render --output=json": true, "render -o json": true, "render -o=json": true,
		"render -output json": true, "render": false, "render --output text": false, "render --output": false,
		"build -- --output json": false, "render output json": false,
	} {
		if got := wantsJSON(strings.Fields(args)); got != want {
			t.Errorf("wantsJSON(%s) = %t", args, got)
		}
	}
}

func TestFlagMessage(t *testing.T) {
	t.Parallel()
	for msg, want := range map[string]string{
		"flag provided but not defined: -foo":              "there is no flag --foo",
		"flag provided but not defined: -x":                "there is no flag -x",
		"flag needs an argument: -out":                     "--out needs a value",
		`invalid value "a: b" for flag -workers: no`:       "--workers a: b: it is not a number",
		`invalid boolean value "maybe" for -push: parse e`: "--push maybe: it is not true or false",
		"something new": "something new",
	} {
		if got := flagMessage(msg); got != want {
			t.Errorf("flagMessage(%s)\n got %s\nwant %s", msg, got, want)
		}
	}
}
