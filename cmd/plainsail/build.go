package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/plainsail/plainsail/check"
	"github.com/plainsail/plainsail/config"
	"github.com/plainsail/plainsail/manifest"
	"github.com/plainsail/plainsail/render"
)

const (
	helmFlag      = "Helm"
	kustomizeFlag = "Kustomize"
)

func buildCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "build",
		Usage:     "print what one source folder renders to",
		ArgsUsage: "PATH",
		Description: `Prints the objects of one kustomization, Helm chart (a folder or a packaged chart) or folder of plain YAML as one
YAML stream. The objects are those of kustomize build or helm template with the same flags.

  plainsail build apps/web/overlays/prod
  plainsail build charts/api -f charts/api/values-prod.yaml --release api --namespace api

build shows what it is asked for: it warns of plaintext Secrets and of output that changes from run to run, where
render refuses them.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "type", Usage: "what PATH is: `TYPE` is auto, kustomize, helm or plain", Value: "auto"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "values", Aliases: []string{"f"}, Usage: "values `FILE`, after the chart's own (repeatable)"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "set", Usage: "set `KEY=VALUE` (repeatable)"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "set-string", Usage: "set `KEY=VALUE`, the value being a string (repeatable)"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "set-file", Usage: "set `KEY=FILE` to what the file holds (repeatable)"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "set-json", Usage: "set `KEY=JSON` (repeatable)"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "set-literal", Usage: "set `KEY=VALUE` without any escapes (repeatable)"},
			&cli.StringFlag{Category: helmFlag, Name: "namespace", Aliases: []string{"n"}, Usage: "`NAMESPACE` of the release (default: default)"},
			&cli.StringFlag{Category: helmFlag, Name: "release", Usage: "`NAME` of the release (default: " + render.DefaultRelease + ")"},
			&cli.StringFlag{Category: helmFlag, Name: "kube-version", Usage: "Kubernetes `VERSION` that charts see (default: " + render.DefaultKubeVersion + ")"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "api-versions", Aliases: []string{"a"}, Usage: "API `VERSION` that charts see besides the built-in ones (repeatable)"},
			&cli.BoolFlag{Category: helmFlag, Name: "include-crds", Usage: "include what stands in crds/"},
			&cli.BoolFlag{Category: helmFlag, Name: "skip-tests", Usage: "leave out test hooks"},
			&cli.BoolFlag{Category: helmFlag, Name: "no-hooks", Usage: "leave out all hooks"},
			&cli.BoolFlag{Category: helmFlag, Name: "is-upgrade", Usage: "set .Release.IsUpgrade instead of .Release.IsInstall"},
			&cli.StringSliceFlag{Category: helmFlag, Name: "show-only", Aliases: []string{"s"}, Usage: "only the objects of this `TEMPLATE` of the chart (repeatable, may be a pattern)"},
			&cli.BoolFlag{Category: kustomizeFlag, Name: "enable-helm", Usage: "inflate vendored charts (helmCharts)"},
			&cli.StringFlag{Category: kustomizeFlag, Name: "helm-command", Usage: "accepted for compatibility: no helm `COMMAND` is needed"},
			&cli.StringFlag{Category: kustomizeFlag, Name: "load-restrictor", Usage: "`RULE` is LoadRestrictionsRootOnly or LoadRestrictionsNone", Value: "LoadRestrictionsRootOnly"},
			&cli.BoolFlag{Category: kustomizeFlag, Name: "enable-managedby-label", Usage: "add the label app.kubernetes.io/managed-by"},
		},
		Action: func(c *cli.Context) error { return build(c, s) },
	}
}

func build(c *cli.Context, s Streams) error {
	if c.NArg() != 1 {
		return usagef("name one folder: plainsail build apps/web/overlays/prod", "build takes one PATH, got %d", c.NArg())
	}
	path := c.Args().First()
	typ, err := sourceType(path, config.Type(c.String("type")))
	if err != nil {
		return err
	}
	if err := flagsFit(c, path, typ); err != nil {
		return err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	engine, err := render.NewEngine(render.EngineOptions{Root: string(filepath.Separator), Base: cwd, HelmShim: executable()})
	if err != nil {
		return err
	}
	out, err := buildSource(c.Context, engine, path, typ, c)
	if err != nil {
		return err
	}
	warn(s.Err, out.Warnings)
	warn(s.Err, caveats(out))
	var stream bytes.Buffer
	if err := manifest.Encode(&stream, out.Objects); err != nil {
		return err
	}
	_, err = stream.WriteTo(s.Out)
	return err
}

func buildSource(ctx context.Context, engine *render.Engine, path string, typ config.Type, c *cli.Context) (*render.Output, error) {
	switch typ {
	case config.Kustomize:
		return engine.Kustomize(ctx, path, render.KustomizeOptions{
			EnableHelm:           c.Bool("enable-helm"),
			NoLoadRestrictor:     c.String("load-restrictor") == "LoadRestrictionsNone",
			EnableManagedByLabel: c.Bool("enable-managedby-label"),
			KubeVersion:          c.String("kube-version"), APIVersions: c.StringSlice("api-versions"),
		})
	case config.Helm:
		return engine.Helm(ctx, path, render.HelmOptions{
			Release: c.String("release"), Namespace: c.String("namespace"),
			Values: c.StringSlice("values"), Set: c.StringSlice("set"), SetString: c.StringSlice("set-string"),
			SetFile: c.StringSlice("set-file"), SetJSON: c.StringSlice("set-json"), SetLiteral: c.StringSlice("set-literal"),
			KubeVersion: c.String("kube-version"), APIVersions: c.StringSlice("api-versions"),
			IncludeCRDs: c.Bool("include-crds"), SkipTests: c.Bool("skip-tests"), NoHooks: c.Bool("no-hooks"),
			IsUpgrade: c.Bool("is-upgrade"), ShowOnly: c.StringSlice("show-only"),
		})
	}
	return engine.Plain(ctx, path)
}

// caveats says what render would refuse.
func caveats(out *render.Output) []string {
	var warnings []string
	if objects, err := manifest.Expand(out.Objects); err == nil {
		_, err := check.Secrets(config.Unit{}, objects)
		if err != nil {
			for _, e := range flatten(err) {
				warnings = append(warnings, e.Error()+"; render would refuse it")
			}
		}
	}
	for _, call := range out.Unstable {
		warnings = append(warnings, call.String()+" changes the output from render to render or from cluster to cluster; render would refuse it")
	}
	return warnings
}
