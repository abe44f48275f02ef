package publish_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/publish"
)

// The runs for two source commits come at the same time, fifty times: the newer one's output is what is there in the end.
func TestRaceOfTwoCommits(t *testing.T) {
	t.Parallel()
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	w := newWorld(t, 2*rounds+2)
	for round := range rounds {
		renders := []string{
			fmt.Sprintf("dev: web/a=%d; prod: web/a=%d", round, round),
			fmt.Sprintf("dev: web/a=%d; prod: web/a=x%d", round+1, round),
		}
		if round%3 == 0 { // the newer one changes nothing
			renders[1] = w.holds()
		}
		if renders[1] == "" {
			renders[1] = "dev: web/a=1; prod: web/a=1"
		}
		var wg sync.WaitGroup
		for i, text := range renders {
			r := w.at(2*round + i)
			wg.Go(func() {
				if _, err := r.Publish(t.Context(), wants(text)); err != nil {
					t.Errorf("round %d, commit %d: %v", round, i, err)
				}
			})
		}
		wg.Wait()
		if got := w.holds(); got != renders[1] {
			t.Fatalf("round %d: the branches hold %q, want %q", round, got, renders[1])
		}
	}
	w.bare.Git("fsck", "--strict")
}

// Four sources publish to one branch at the same time; all get through and none touches the others' apps.
func TestRaceOfFourSources(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(string) (string, string){"branches": onBranches, "folders": inFolders} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rounds = 3
			w := newWorld(t, rounds)
			var wg sync.WaitGroup
			for _, app := range []string{"a", "b", "c", "d"} {
				var runs []*publish.Remote
				for i := range rounds {
					r := w.at(i)
					r.Place, r.Source.Repository = place, "https://example.com/"+app
					runs = append(runs, r)
				}
				wg.Go(func() {
					for i, r := range runs {
						if _, err := r.Publish(t.Context(), wants(fmt.Sprintf("prod: %s/x=%d", app, i))); err != nil {
							t.Errorf("%s, commit %d: %v", app, i, err)
						}
					}
				})
			}
			wg.Wait()
			w.mustHold("prod: a/x=2 b/x=2 c/x=2 d/x=2")
			if got := w.bare.Git("rev-list", "--count", "--all", "--not", publish.NotesRef); got != fmt.Sprint(4*rounds) {
				t.Errorf("%s commits, want one each", got)
			}
		})
	}
}

// The same with processes of their own, which share nothing but the repositories.
func TestRaceOfProcesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	var wg sync.WaitGroup
	for i := range 4 {
		cmd := w.process(i, fmt.Sprintf("dev: web/a=%d; prod: web/a=%d", i, i))
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("commit %d: %v\n%s", i, err, out)
			}
		})
	}
	wg.Wait()
	w.mustHold("dev: web/a=3; prod: web/a=3")
	w.bare.Git("fsck", "--strict")
}

// process is a command that publishes like at(commit) does.
func (w *world) process(commit int, text string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(gitrepotest.Env(w.t), "TMPDIR="+w.t.TempDir(), "PUBLISH_TEST_SOURCE="+w.src.Dir, "PUBLISH_TEST_COMMIT="+string(w.commits[commit].Hash),
		"PUBLISH_TEST_RENDERED="+w.bare.Dir, "PUBLISH_TEST_WANTS="+text)
	return cmd
}

// TestMain is also the main of process.
func TestMain(m *testing.M) {
	if os.Getenv("PUBLISH_TEST_SOURCE") == "" {
		os.Exit(m.Run())
	}
	if err := publishHere(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func publishHere() error {
	ctx := context.Background()
	source, err := gitrepo.OpenSource(ctx, os.Getenv("PUBLISH_TEST_SOURCE"), gitrepo.SourceOptions{})
	if err != nil {
		return err
	}
	repo, err := gitrepo.OpenRemote(ctx, os.Getenv("PUBLISH_TEST_RENDERED"), gitrepo.RemoteOptions{CreateBare: true})
	if err != nil {
		return err
	}
	r := &publish.Remote{
		Repo: repo, History: source, Place: onBranches, Prune: true,
		Source: publish.Source{Repository: sourceName, Commit: gitrepo.Commit{
			Hash: gitrepo.Hash(os.Getenv("PUBLISH_TEST_COMMIT")), Message: "m",
		}},
	}
	list := wants(os.Getenv("PUBLISH_TEST_WANTS"))
	r.Records = recordsOf(list)
	reports, err := r.Publish(ctx, list)
	if err != nil {
		return err
	}
	fmt.Println(strings.TrimSpace(statuses(reports)))
	return repo.Close()
}
