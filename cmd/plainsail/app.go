package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

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
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("interrupted: %w", context.Canceled)
	}
	if !errors.Is(err, errDiffers) {
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
		Commands:       []*cli.Command{buildCommand(s), renderCommand(s), demoCommand(s)},
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

func onUsageError(c *cli.Context, err error, _ bool) error {
	name := "plainsail"
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "plainsail" {
		name += " " + c.Command.Name
	}
	return &usageError{err, fmt.Sprintf("run %s --help for the flags", name)}
}

// permute puts the flags of a command before its arguments, where the flag parser wants them: "build PATH -f FILE" is how
// people are used to write it.
func permute(app *cli.App, args []string) []string {
	if len(args) < 2 {
		return args
	}
	cmd := app.Command(args[1])
	if cmd == nil {
		return args
	}
	takesValue := map[string]bool{}
	for _, f := range cmd.Flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, name := range f.Names() {
			takesValue[name] = !isBool
		}
	}
	var flags, rest []string
	for i := 2; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			rest = append(rest, arg)
			continue
		}
		flags = append(flags, arg)
		if name := strings.TrimLeft(arg, "-"); takesValue[name] && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	out := append([]string{args[0], args[1]}, flags...)
	if len(rest) > 0 {
		out = append(append(out, "--"), rest...)
	}
	return out
}

func wantsJSON(args []string) bool {
	for i, a := range args {
		if a == "--output=json" || a == "-o=json" || (a == "--output" || a == "-o") && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}

// executable is this program, as the stand-in for helm.
func executable() string {
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	return exe
}
