package publish_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
)

// many are 1,000 units of five files: so many environments with so many apps each.
func many(envs int) []publish.Want {
	var list []publish.Want
	for e := range envs {
		w := publish.Want{Env: fmt.Sprintf("env-%02d", e), Units: map[string]map[string][]byte{}, Keep: map[string]bool{}}
		for a := range 1000 / envs {
			app := fmt.Sprintf("app-%03d", a)
			w.Units[app] = map[string][]byte{}
			for f := range 5 {
				w.Units[app][fmt.Sprintf("%s/default/object-%d.yaml", app, f)] = []byte(fmt.Sprintf("env: %d\napp: %d\nfile: %d\n%s", e, a, f, strings.Repeat("key: value\n", 150)))
			}
		}
		list = append(list, w)
	}
	return list
}

// change changes one file of one environment.
func change(wants []publish.Want, to string) {
	wants[0].Units["app-007"]["app-007/default/object-3.yaml"] = []byte("changed: " + to + "\n")
}

// counted has every git command that Go starts write a line to a file, which the returned function counts.
func counted(b *testing.B) (env []string, count func() int) {
	git, err := exec.LookPath("git")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	log := filepath.Join(dir, "log")
	script := fmt.Sprintf("#!/bin/sh\necho >>%q\nexec %q \"$@\"\n", log, git)
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte(script), 0o755); err != nil {
		b.Fatal(err)
	}
	b.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return append(gitrepotest.Env(b), "PATH="+os.Getenv("PATH")), func() int {
		data, _ := os.ReadFile(log)
		_ = os.Remove(log)
		return strings.Count(string(data), "\n")
	}
}

// BenchmarkRemote publishes 1,000 units of 5 files (8.5 MB), each time as a process of its own would.
func BenchmarkRemote(b *testing.B) {
	for _, envs := range []int{3, 30} {
		w := newWorld(b, 2)
		run := func(b *testing.B, env []string, dir string, commit int, wants []publish.Want, want publish.Status) {
			repo, err := gitrepo.OpenRemote(b.Context(), dir, gitrepo.RemoteOptions{CreateBare: true, Env: env, TempDir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer repo.Close()
			r := &publish.Remote{
				Repo: repo, History: w.source, Place: onBranches, Prune: true,
				Source: publish.Source{Repository: sourceName, Commit: w.commits[commit], Version: "v1"},
			}
			reports, err := r.Publish(b.Context(), wants)
			if err != nil || reports[0].Status != want {
				b.Fatal(reports[0].Status, err)
			}
		}
		for name, do := range map[string]func(b *testing.B, env []string, i int, full string){
			"first": func(b *testing.B, env []string, i int, full string) {
				run(b, env, filepath.Join(b.TempDir(), "r.git"), 0, many(envs), publish.Published)
			},
			"no-op": func(b *testing.B, env []string, i int, full string) {
				run(b, env, full, 0, many(envs), publish.Unchanged)
			},
			"change": func(b *testing.B, env []string, i int, full string) {
				list := many(envs)
				change(list, fmt.Sprint(b.N, " ", i))
				run(b, env, full, 0, list, publish.Published)
			},
		} {
			b.Run(fmt.Sprintf("%s/%denvs", name, envs), func(b *testing.B) {
				env, count := counted(b)
				full := filepath.Join(b.TempDir(), "full.git")
				if name != "first" {
					run(b, env, full, 0, many(envs), publish.Published)
				}
				count()
				i := 0
				for b.Loop() {
					do(b, env, i, full)
					i++
				}
				b.ReportMetric(float64(count())/float64(i), "git/op")
			})
		}
	}
}

// BenchmarkDir writes 1,000 units of 5 files to a folder.
func BenchmarkDir(b *testing.B) {
	run := func(b *testing.B, dir string, wants []publish.Want, want publish.Status) {
		reports, err := (&publish.Dir{Path: dir, Source: sourceName, Prune: true}).Publish(b.Context(), wants)
		if err != nil || reports[0].Status != want {
			b.Fatal(reports[0].Status, err)
		}
	}
	list := many(3)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			run(b, filepath.Join(b.TempDir(), "out"), list, publish.Published)
		}
	})
	b.Run("no-op", func(b *testing.B) {
		dir := b.TempDir()
		run(b, dir, list, publish.Published)
		for b.Loop() {
			run(b, dir, list, publish.Unchanged)
		}
	})
}
