package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/plainsail/plainsail/render"
)

var update = flag.Bool("update", false, "rewrite what the tests compare with")

func TestMain(m *testing.M) {
	// Kustomize starts this test program as helm.
	if render.IsHelmShim(os.Args) {
		main()
	}
	testscript.Main(m, map[string]func(){"plainsail": main})
}

// TestScript runs testdata/script. Besides testscript's own commands there are:
//
//	exits CODE PROGRAM ARG...       runs a program and wants this exit code
//	commit DIR MESSAGE              commits everything in DIR, which becomes a git repository if it is none
//	interrupt FILE PROGRAM ARG...   runs a program, interrupts it as soon as FILE exists, and wants exit code 130
//
// git knows nothing of the user's configuration, and every commit has the same author and dates a minute apart.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"commit":    commit,
			"interrupt": interrupt,
		},
	})
}

const gitConfig = `[init]
	defaultBranch = main
[user]
	name = Test Author
	email = author@example.com
[gc]
	auto = 0
[maintenance]
	auto = false
[core]
	fsync = none
[protocol "file"]
	allow = always
`

func setupScript(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	if err := os.MkdirAll(home, 0o777); err != nil {
		return err
	}
	config := filepath.Join(home, ".gitconfig")
	if err := os.WriteFile(config, []byte(gitConfig), 0o666); err != nil {
		return err
	}
	for _, kv := range [][2]string{
		{"HOME", home}, {"XDG_CONFIG_HOME", home},
		{"GIT_CONFIG_NOSYSTEM", "1"}, {"GIT_CONFIG_GLOBAL", config}, {"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C"},
		// The work directory may lie inside somebody's checkout.
		{"GIT_CEILING_DIRECTORIES", filepath.Dir(env.WorkDir)},
		// The race detector would wait a second before every exit.
		{"GORACE", "atexit_sleep_ms=0"},
	} {
		env.Setenv(kv[0], kv[1])
	}
	env.Values[clock{}] = new(int)
	return nil
}

// clock is the key of the number of commits that a script has made.
type clock struct{}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	if code, ok := exitCodeOf(err); !ok {
		ts.Fatalf("%s: %v", args[1], err)
	} else if code != want {
		ts.Fatalf("%s exited with %d, want %d", strings.Join(args[1:], " "), code, want)
	}
}

func exitCodeOf(err error) (code int, ok bool) {
	if err == nil {
		return 0, true
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, false
	}
	return exit.ExitCode(), true
}

func commit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: commit DIR MESSAGE")
	}
	dir := ts.MkAbs(args[0])
	n := ts.Value(clock{}).(*int)
	*n++
	date := time.Date(2026, 1, 2, 3, *n, 0, 0, time.UTC).Format(time.RFC3339)
	ts.Setenv("GIT_AUTHOR_DATE", date)
	ts.Setenv("GIT_COMMITTER_DATE", date)
	if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
		ts.Check(ts.Exec("git", "init", "--quiet", "--template=", dir))
	}
	ts.Check(ts.Exec("git", "-C", dir, "add", "--all"))
	ts.Check(ts.Exec("git", "-C", dir, "commit", "--quiet", "--allow-empty", "--message", args[1]))
}

func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: interrupt FILE PROGRAM ARG...")
	}
	file := ts.MkAbs(args[0])
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "PATH", "TMPDIR", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES", "GORACE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		}
		select {
		case err := <-ended:
			ts.Fatalf("it ended before there was a %s: %v\n%s", args[0], err, out.String())
		default:
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			ts.Fatalf("no %s after a minute\n%s", args[0], out.String())
		}
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	err := <-ended
	fmt.Fprint(ts.Stdout(), out.String())
	ts.Logf("%s", out.String())
	if code, _ := exitCodeOf(err); code != exitInterrupted {
		ts.Fatalf("it ended with %v, want exit code %d", err, exitInterrupted)
	}
}
