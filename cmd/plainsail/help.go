package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// The package's own form repeats the names of a repeatable flag and gives "(default: false)" to every switch.
func init() {
	cli.FlagStringer = func(f cli.Flag) string {
		spec, usage := describe(f)
		return spec + "\t" + usage
	}
}

// describe is a flag as help shows it: "-f, --values FILE", and what it does.
func describe(f cli.Flag) (spec, usage string) {
	var short, long []string
	for _, name := range f.Names() {
		if len(name) == 1 {
			short = append(short, "-"+name)
		} else {
			long = append(long, "--"+name)
		}
	}
	spec = strings.Join(append(short, long...), ", ")
	if len(short) == 0 {
		spec = "    " + spec
	}
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return spec, ""
	}
	before, value, found := strings.Cut(doc.GetUsage(), "`")
	value, after, _ := strings.Cut(value, "`")
	usage = before + value + after
	if found {
		spec += " " + value
	}
	if text := doc.GetDefaultText(); doc.TakesValue() && text != "" {
		usage += " (default: " + strings.Trim(text, `"`) + ")"
	}
	return spec, usage
}
