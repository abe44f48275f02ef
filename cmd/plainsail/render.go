package main

import (
	"github.com/urfave/cli/v2"
)

func renderCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:  "render",
		Usage: "render every app in every environment, and publish or compare the result",
		Description: `Finds the apps and environments of a source repository, by its folders or its plainsail.yaml, and renders each to
plain YAML, one object a file.

  plainsail render                    render everything and say what is wrong
  plainsail render --push             commit each environment to its branch of the rendered repository, all in one push
  plainsail render --push --dry-run   say what --push would change
  plainsail render --out DIR          write DIR/<env>/<app>/…
  plainsail render --check            exit 4 if what is published is not what the source renders to; changes nothing
  plainsail render --check --out DIR  the same for a folder, as in a pre-commit hook

Folders that are found without configuration: apps/<app>/overlays/<env>, charts/<app> with values-<env>.yaml,
environments/<env>/<app>, and a single app at the root or in deploy/. An app that fails is reported, the others go on, and
its last published output stays; --atomic publishes nothing then.

The rendered repository is rendered.repository of plainsail.yaml, else the source's origin, else a bare repository beside
the source. git's own credentials are used; PLAINSAIL_TOKEN, or on GitHub GITHUB_TOKEN, gives an access token.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"C"}, Usage: "the source: a folder `DIR` in a git checkout", Value: "."},
			&cli.StringSliceFlag{Name: "env", Usage: "only this `ENVIRONMENT` (repeatable)"},
			&cli.StringSliceFlag{Name: "app", Usage: "only this `APP` (repeatable)"},
			&cli.StringFlag{Name: "out", Usage: "write the files to this folder `DIR`"},
			&cli.BoolFlag{Name: "push", Usage: "publish to the rendered repository"},
			&cli.BoolFlag{Name: "check", Usage: "compare only; exit 4 if there are differences"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would change, and change nothing"},
			&cli.BoolFlag{Name: "atomic", Usage: "publish nothing if any app fails"},
			&cli.BoolFlag{Name: "allow-dirty", Usage: "publish although the source has uncommitted changes; the commit says so"},
			&cli.BoolFlag{Name: "allow-diverged", Usage: "publish although the last published source commit is not in this one's history"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FORMAT` of the result: text or json", Value: "text"},
			&cli.BoolFlag{Name: "no-cache", Usage: "render everything, also what has not changed"},
			&cli.BoolFlag{Name: "verify", Usage: "render everything, and fail if anything that was to be reused comes out otherwise"},
			&cli.StringFlag{Name: "shard", Usage: "render only a `PART` of the apps, such as 3/8, in jobs side by side"},
			&cli.IntFlag{Name: "workers", Usage: "render `N` apps at once", DefaultText: "one a processor"},
		},
		Action: func(c *cli.Context) error {
			o, err := renderOptionsOf(c)
			if err != nil {
				return err
			}
			return runRender(c.Context, o, s)
		},
	}
}

// renderOptions are what the flags of render say.
type renderOptions struct {
	dir                       string
	envs, apps                []string
	out                       string
	push, check, dryRun       bool
	atomic                    bool
	allowDirty, allowDiverged bool
	json                      bool
	workers                   int
	noCache, verify           bool
	shard                     shard
}

// targets tells that the output goes, or is compared with, somewhere.
func (o renderOptions) targets() bool { return o.push || o.check || o.dryRun || o.out != "" }

// writes tells that the output is written somewhere.
func (o renderOptions) writes() bool { return o.targets() && !o.check && !o.dryRun }

// updateHint is how to make --check find no difference.
func (o renderOptions) updateHint() string {
	if o.out != "" {
		return "plainsail render --out " + o.out + " brings the folder up to date"
	}
	return "plainsail render --push publishes the source's newest commit"
}

func renderOptionsOf(c *cli.Context) (renderOptions, error) {
	o := renderOptions{
		dir: c.String("directory"), envs: c.StringSlice("env"), apps: c.StringSlice("app"), out: c.String("out"),
		push: c.Bool("push"), check: c.Bool("check"), dryRun: c.Bool("dry-run"), atomic: c.Bool("atomic"),
		allowDirty: c.Bool("allow-dirty"), allowDiverged: c.Bool("allow-diverged"),
		json: c.String("output") == "json", workers: c.Int("workers"),
		noCache: c.Bool("no-cache"), verify: c.Bool("verify"),
	}
	if s := c.String("shard"); s != "" {
		var err error
		if o.shard, err = parseShard(s); err != nil {
			return o, err
		}
	}
	switch format := c.String("output"); {
	case c.Args().Present():
		return o, usagef("name the source with -C DIR", "render takes no arguments, got %q", c.Args().First())
	case format != "text" && format != "json":
		return o, usagef("use text or json", "--output %s: there is no such format", format)
	case o.push && o.out != "":
		return o, usagef("run render twice", "--push and --out exclude each other")
	case o.push && o.check:
		return o, usagef("--check alone compares with what is published", "--push and --check exclude each other")
	case o.workers < 0:
		return o, usagef("leave it out to use all processors", "--workers %d is negative", o.workers)
	}
	return o, nil
}
