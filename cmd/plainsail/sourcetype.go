package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/plainsail/plainsail/config"
)

// sourceType finds out what a path is.
func sourceType(path string, typ config.Type) (config.Type, error) {
	if !slices.Contains([]config.Type{config.Auto, config.Kustomize, config.Helm, config.Plain}, typ) {
		return "", usagef("use auto, kustomize, helm or plain", "--type %s: there is no such type", typ)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", usagef("PATH is a folder with a kustomization, a chart or plain YAML, or a packaged chart", "%s: no such file or folder", path)
	}
	if typ != config.Auto {
		return typ, nil
	}
	if !info.IsDir() {
		if strings.HasSuffix(path, ".tgz") || strings.HasSuffix(path, ".tar.gz") {
			return config.Helm, nil
		}
		return "", usagef("name the folder it is in, or a packaged chart (.tgz)", "%s: it is a file", path)
	}
	typ, err = config.DetectType(os.DirFS(path), ".")
	if e, ok := errors.AsType[*config.Error](err); ok {
		// It knows the folder only as ".", and of plainsail.yaml alone how to tell what it is.
		return "", usagef("say what it is with --type; a source is a folder with a kustomization.yaml, a Chart.yaml or YAML files", "%s: %s", displayPath(path), e.Message)
	}
	return typ, err
}

// sharedFlags are flags of Helm that reach the charts of a kustomization too.
var sharedFlags = []string{"kube-version", "api-versions"}

// flagsFit refuses flags that would silently do nothing.
func flagsFit(c *cli.Context, path string, typ config.Type) error {
	var unfit []string
	for _, f := range c.Command.Flags {
		cat, ok := f.(cli.CategorizableFlag)
		if !ok || !c.IsSet(f.Names()[0]) || cat.GetCategory() == "" {
			continue
		}
		name := f.Names()[0]
		fits := cat.GetCategory() == helmFlag && typ == config.Helm ||
			cat.GetCategory() == kustomizeFlag && typ == config.Kustomize ||
			typ == config.Kustomize && slices.Contains(sharedFlags, name)
		if !fits {
			unfit = append(unfit, "--"+name)
		}
	}
	if r := c.String("load-restrictor"); r != "LoadRestrictionsRootOnly" && r != "LoadRestrictionsNone" {
		return usagef("use LoadRestrictionsRootOnly or LoadRestrictionsNone", "--load-restrictor %s: there is no such rule", r)
	}
	if len(unfit) > 0 {
		return usagef("leave them out, or name what PATH is with --type", "%s is of type %s, which does not take %s", displayPath(path), typ, strings.Join(unfit, ", "))
	}
	return nil
}

// displayPath is a path as people see it.
func displayPath(path string) string { return strings.TrimSuffix(filepath.ToSlash(path), "/") }
