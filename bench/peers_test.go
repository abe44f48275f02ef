package bench_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/plainsail/plainsail/internal/fleet"
	"github.com/plainsail/plainsail/internal/testtools"
)

var (
	fleets = flag.String("fleets", "", "time fleets of these numbers of units, such as 99,999; nothing is timed without")
	kinds  = flag.String("kinds", "kustomize,helm,mixed", "the kinds of fleets")
	report = flag.String("report", "", "write the table to this file too")
)

// A cost is what a command, or a loop of commands, took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // KiB, of the largest process
}

// run runs one command and adds what it took.
func (c *cost) run(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	c.wall += time.Since(start)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	c.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak = max(c.peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
}

func TestPeers(t *testing.T) {
	if *fleets == "" {
		t.Skip("times nothing without -fleets; see make bench-peers")
	}
	plainsail := filepath.Join(t.TempDir(), "plainsail")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -X main.version=v0.0.0-bench", "-o", plainsail, "../cmd/plainsail")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build plainsail: %v\n%s", err, out)
	}
	tools := map[string]string{"kustomize": testtools.Build(t, "kustomize"), "helm": testtools.Build(t, "helm")}

	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.Debug)
	row := func(cells ...string) { fmt.Fprintf(w, "|%s|\n", strings.Join(cells, "\t")) }
	row(" fleet", " what", " wall", " CPU", " peak memory", " loop of the peers ÷ plainsail ")
	row(" ---", " ---", " ---:", " ---:", " ---:", " ---: ")
	for _, size := range strings.Split(*fleets, ",") {
		units, err := strconv.Atoi(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range strings.Split(*kinds, ",") {
			timeFleet(t, plainsail, tools, kind, units, row)
		}
	}
	w.Flush()
	t.Logf("%s, %d processors\n%s", runtime.Version(), runtime.GOMAXPROCS(0), table.String())
	if *report != "" {
		if err := os.WriteFile(*report, table.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func timeFleet(t *testing.T, plainsail string, tools map[string]string, kind string, n int, row func(...string)) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "src")
	units, err := fleet.Generate(dir, fleet.Options{Apps: n / len(fleet.Environments), Kind: kind, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=bench", "-c", "user.email=bench@plainsail.invalid"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	git("add", "-A")
	git("commit", "-qm", "fleet")

	cache := []string{"XDG_CACHE_HOME=" + t.TempDir()}
	var loop, cold, noop, change, clone cost
	for _, u := range units {
		loop.run(t, dir, nil, tools[u.Tool], u.Args...)
	}
	cold.run(t, dir, cache, plainsail, "render", "--push")
	noop.run(t, dir, cache, plainsail, "render", "--push")

	file := filepath.Join(dir, "apps", units[0].App, "base", "service.yaml")
	if units[0].Tool == "helm" {
		file = filepath.Join(dir, "charts", units[0].App, "values.yaml")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(bytes.Replace(data, []byte("port: 80\n"), []byte("port: 81\n"), 1), []byte("level: info"), []byte("level: debug"), 1)
	if bytes.Equal(data, edited) {
		t.Fatalf("%s did not change", file)
	}
	if err := os.WriteFile(file, edited, 0o666); err != nil {
		t.Fatal(err)
	}
	git("commit", "-qam", "change")
	change.run(t, dir, cache, plainsail, "render", "--push")

	// A CI runner has a fresh clone, one commit deep, and no cache.
	fresh := filepath.Join(t.TempDir(), "src")
	if out, err := exec.Command("git", "clone", "-q", "--depth=1", "file://"+dir, fresh).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	if out, err := exec.Command("git", "-C", fresh, "remote", "remove", "origin").CombinedOutput(); err != nil {
		t.Fatalf("git remote remove: %v\n%s", err, out)
	}
	if err := os.Rename(dir+"-rendered.git", fresh+"-rendered.git"); err != nil {
		t.Fatal(err)
	}
	clone.run(t, fresh, []string{"XDG_CACHE_HOME=" + t.TempDir()}, plainsail, "render", "--push")

	name := fmt.Sprintf(" %d %s", len(units), kind)
	line := func(what string, c cost) {
		row(name, " "+what, fmt.Sprintf(" %.2f s", c.wall.Seconds()), fmt.Sprintf(" %.2f s", c.cpu.Seconds()),
			fmt.Sprintf(" %d MB", c.peak/1000), fmt.Sprintf(" %.0f ", loop.wall.Seconds()/c.wall.Seconds()))
	}
	line("loop of the peers", loop)
	line("everything, cold, checked and published", cold)
	line("nothing changed", noop)
	line("one file changed", change)
	line("nothing changed, fresh clone", clone)
}
