package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/plainsail/plainsail/gitrepo"
)

// demoSource is a source repository with two apps, one of kustomize and one of Helm, in three environments.
//
//go:embed demo/source
var demoSource embed.FS

// demoEdit is the one-line change that the demo makes in its second act.
var demoEdit = struct{ file, old, new, message string }{
	"apps/web/base/kustomization.yaml", "GREETING=ahoy", "GREETING=hello", "web: greet more politely",
}

func demoCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "see the main job on a small example: render two apps in three environments and publish them",
		Description: `Writes a small source repository into a new folder, renders it, publishes it to a bare repository beside it, changes one
line and publishes again, and prints the commands to look at all of it. It needs git, no network and no cluster, and
touches nothing outside the folder.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "the folder `DIR` to make; it must not exist (default: a new temporary folder)"},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("name the folder with --dir", "demo takes no arguments, got %q", c.Args().First())
			}
			dir, err := demoDir(c.String("dir"))
			if err != nil {
				return err
			}
			return demo(c.Context, dir, s)
		},
	}
}

func demoDir(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "plainsail-demo-")
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return "", usagef("name a folder that does not exist yet", "--dir %s: it exists", dir)
		}
		return "", err
	}
	return filepath.Abs(dir)
}

func demo(ctx context.Context, dir string, s Streams) error {
	source := filepath.Join(dir, "source")
	if err := writeDemo(source); err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(s.Out, format+"\n", args...) }
	author := gitrepo.Signature{Name: "Plainsail Demo", Email: "demo@plainsail.invalid", When: time.Now()}

	say("1. A source repository with two apps (web: kustomize, api: Helm) in dev, staging and prod:\n   %s\n", source)
	if err := gitrepo.Snapshot(ctx, source, "web and api", author); err != nil {
		return err
	}
	say("2. plainsail render --push renders it and commits each environment to its branch, all in one push:\n")
	if err := runDemoRender(ctx, source, s); err != nil {
		return err
	}
	say("\n3. One line changes in the source (%s: %s becomes %s).\n   What that does everywhere is what plainsail publishes:\n", demoEdit.file, demoEdit.old, demoEdit.new)
	if err := editDemo(source); err != nil {
		return err
	}
	if err := gitrepo.Snapshot(ctx, source, demoEdit.message, author); err != nil {
		return err
	}
	if err := runDemoRender(ctx, source, s); err != nil {
		return err
	}
	rendered := source + "-rendered.git"
	say(`
Look at it:
  git -C %[1]s log --stat env/prod
  git -C %[1]s show env/prod
  git -C %[1]s ls-tree -r --name-only env/prod
  git -C %[1]s show env/prod:api/api-prod/deployment.apps-api.yaml

Go on: edit and commit something in %[2]s, then (with go run ./cmd/plainsail for plainsail, if it is not installed)
  plainsail render -C %[2]s --push --dry-run
  plainsail render -C %[2]s --push

Done with it: rm -r %[3]s`, rendered, source, dir)
	return nil
}

func runDemoRender(ctx context.Context, source string, s Streams) error {
	var out bytes.Buffer
	indented := s
	indented.Out = &out
	// The demo is about the example, whatever CI it runs in.
	indented.Env = func(string) string { return "" }
	if err := runRender(ctx, renderOptions{dir: source, push: true}, indented); err != nil {
		return err
	}
	for line := range bytes.Lines(out.Bytes()) {
		if _, err := io.WriteString(s.Out, "   "+string(line)); err != nil {
			return err
		}
	}
	return nil
}

func writeDemo(dir string) error {
	files, err := fs.Sub(demoSource, "demo/source")
	if err != nil {
		return err
	}
	return os.CopyFS(dir, files)
}

func editDemo(dir string) error {
	file := filepath.Join(dir, filepath.FromSlash(demoEdit.file))
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	edited := bytes.Replace(data, []byte(demoEdit.old), []byte(demoEdit.new), 1)
	return os.WriteFile(file, edited, 0o666)
}
