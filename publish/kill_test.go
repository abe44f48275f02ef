package publish_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/publish"
)

// gitThatKills counts its calls in $KILL_COUNT and kills its parent, without a chance to clean up, before or after the call number
// $KILL_AT. After, it waits for git's end, as a process that dies while git runs does not stop git.
const gitThatKills = `#!/bin/sh
n=$(($(cat "$KILL_COUNT") + 1))
echo $n >"$KILL_COUNT"
if [ "$n" = "$KILL_AT" ] && [ "$KILL_WHEN" = before ]; then kill -9 $PPID; exit 1; fi
if [ "$n" != "$KILL_AT" ]; then exec "$REAL_GIT" "$@"; fi
"$REAL_GIT" "$@"
code=$?
kill -9 $PPID
exit $code
`

// killer runs publishing processes that end at a call of git.
type killer struct {
	t        *testing.T
	bin, git string
}

func newKiller(t *testing.T) killer {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	k := killer{t, t.TempDir(), git}
	if err := os.WriteFile(filepath.Join(k.bin, "git"), []byte(gitThatKills), 0o755); err != nil {
		t.Fatal(err)
	}
	return k
}

// run ends a process before or after a call of git, or never (0). It tells whether it was killed, and how often it called git. One
// thread: calls come one after the other.
func (k killer) run(cmd *exec.Cmd, call int, when string) (killed bool, calls int) {
	k.t.Helper()
	count := filepath.Join(k.t.TempDir(), "count")
	if err := os.WriteFile(count, []byte("0"), 0o644); err != nil {
		k.t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "PATH="+k.bin+":"+os.Getenv("PATH"), "REAL_GIT="+k.git,
		"GOMAXPROCS=1", "KILL_COUNT="+count, "KILL_AT="+strconv.Itoa(call), "KILL_WHEN="+when)
	out, err := cmd.CombinedOutput()
	if err != nil && err.Error() != "signal: killed" {
		k.t.Fatalf("%s call %d: %v\n%s", when, call, err, out)
	}
	data, readErr := os.ReadFile(count)
	calls, convErr := strconv.Atoi(strings.TrimSpace(string(data)))
	if readErr != nil || convErr != nil {
		k.t.Fatal(readErr, convErr)
	}
	return err != nil, calls
}

// Whenever a publishing process is killed, the remote is as it was or complete, sound, and the next run completes the work.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	base := newWorld(t, 2)
	for name, before := range map[string]string{"first": "", "update": "dev: web/a=1; prod: api/a=1 web/a=1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKiller(t)
			start := base.fresh(t)
			if before != "" {
				recorded(t, start.at(0), before)
			}
			// again is the world as it was at the start: for the first run, without a repository.
			again := func() *world {
				w := base.fresh(t)
				if before == "" {
					w.bare.Dir = filepath.Join(w.bare.Dir, "rendered.git")
				} else {
					w.bare.Git("fetch", "--quiet", start.bare.Dir, "+refs/*:refs/*")
				}
				return w
			}
			const now = "dev: web/a=2 web/b=2; prod: web/a=2"
			_, calls := k.run(again().process(1, now), 0, "")
			complete := 0
			for call := 1; call <= calls; call++ {
				for _, when := range []string{"before", "after"} {
					if when == "before" && call > 1 && call < calls-2 {
						continue // for the remote the same as after the call before
					}
					w := again()
					where := fmt.Sprintf("killed %s call %d of %d", when, call, calls)
					if killed, _ := k.run(w.process(1, now), call, when); !killed {
						t.Fatalf("not %s", where)
					}
					if w.complete(before, now, where) {
						complete++
					} else if w.exists() && w.refs() != start.refs() {
						t.Errorf("%s: the refs are\n%s", where, w.refs())
					}
					recorded(t, w.at(1), now)
					if !w.complete(before, now, where+", then again") {
						t.Errorf("%s, then again: not complete", where)
					}
				}
			}
			if t.Logf("%d calls of git, complete after %d kills", calls, complete); calls < 10 || complete == 0 {
				t.Error("this killed nothing")
			}
		})
	}
}

func (w *world) exists() bool {
	_, err := os.Stat(w.bare.Dir)
	return err == nil
}

// complete tells whether the rendered repository is complete, with notes; if not, it must be as before.
func (w *world) complete(before, now, where string) bool {
	w.t.Helper()
	if !w.exists() {
		return false
	}
	w.bare.Git("fsck", "--strict")
	if got := w.holds(); got != now {
		if got != before {
			w.t.Errorf("%s: the branches hold %q", where, got)
		}
		return false
	}
	if known := w.digests(sourceName); known != "dev/web prod/web" {
		w.t.Errorf("%s: the branches are complete, and the digests know %s", where, known)
	}
	if history := w.bare.Git("rev-list", "--count", publish.DigestsRef); history != "1" {
		w.t.Errorf("%s: the digests have %s commits", where, history)
	}
	for _, branch := range []string{"env/dev", "env/prod"} {
		if note := w.note(branch); !strings.Contains(note, string(w.commits[1].Hash)) {
			w.t.Errorf("%s: the branches are complete, and the note on %s is %s", where, branch, note)
		}
	}
	return true
}
