package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"github.com/plainsail/plainsail/render"
)

// version is set at link time for releases.
var version = ""

// Version is plainsail's own version: that of the release, or of the module as Go built it.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

const description = `plainsail turns Kubernetes sources (kustomize overlays, Helm charts, plain YAML) into exactly the YAML that gets
applied, one object a file, and commits it to one branch per environment of a rendered repository, where it can be
reviewed, diffed and rolled back.

Exit codes: 0 done; 1 failed; 3 bad flags or configuration, nothing was touched; 4 --check found differences;
5 refused or raced, nothing changed and a retry may work; 130 interrupted.`

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, args []string, s Streams) int {
	app := newApp(s)
	err := app.RunContext(ctx, permute(app, args))
	if s.Settle != nil {
		s.Settle()
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = errInterrupted
	}
	if err != nil {
		reportError(s.Err, err, wantsJSON(args))
	}
	return exitCode(err)
}

func newApp(s Streams) *cli.App {
	app := &cli.App{
		Name:        "plainsail",
		Usage:       "render Kubernetes sources to plain, reviewed YAML",
		Description: description,
		Version:     fmt.Sprintf("%s (kustomize %s, helm %s)", Version(), render.KustomizeVersion, render.HelmVersion),
		Reader:      s.In, Writer: s.Out, ErrWriter: s.Err,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		// Errors come back to Main, which alone prints and ends.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   onUsageError,
		Commands:       []*cli.Command{buildCommand(s), renderCommand(s), affectedCommand(s), demoCommand(s)},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("run plainsail --help for the commands", "unknown command %q", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
	}
	for _, cmd := range app.Commands {
		cmd.OnUsageError = onUsageError
	}
	return app
}

// executable is this program, as the stand-in for helm.
func executable() string {
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	return exe
}
