package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// CommandError is a git command that failed.
type CommandError struct {
	Args     []string // the command line without "git", credentials masked
	ExitCode int      // -1 if it did not run or was killed
	Stdout   string   // masked
	Stderr   string   // masked
	Err      error    // what running it returned, or the context's error
}

// Error gives the command line and what git said.
func (e *CommandError) Error() string {
	var b strings.Builder
	b.WriteString("git")
	for _, a := range e.Args {
		if a == "" || strings.ContainsAny(a, " \t\n\"'") {
			a = fmt.Sprintf("%q", a)
		}
		b.WriteString(" " + a)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	if out := strings.TrimSpace(e.Stderr); out != "" {
		b.WriteString(": " + out)
	}
	return b.String()
}

// Unwrap returns what running the command returned, such as an *exec.ExitError
// or context.Canceled.
func (e *CommandError) Unwrap() error { return e.Err }

// runner runs git in one directory with one environment.
type runner struct {
	dir  string
	env  []string
	mask *masker
}

// with returns a runner that adds variables to the environment.
func (r runner) with(env ...string) runner {
	r.env = append(r.env[:len(r.env):len(r.env)], env...)
	return r
}

// run returns what git wrote to stdout. Also when it fails: push reports refs there.
func (r runner) run(ctx context.Context, args ...string) ([]byte, error) {
	return r.feed(ctx, nil, args...)
}

// line is run for commands that print one line.
func (r runner) line(ctx context.Context, args ...string) (string, error) {
	out, err := r.run(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}

// feed is run for commands that read stdin, which input writes.
func (r runner) feed(ctx context.Context, input func(io.Writer) error, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	cmd.Env = r.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second
	ownSession(cmd)

	err := start(cmd, input)
	if err == nil {
		return stdout.Bytes(), nil
	}
	if ctx.Err() != nil {
		endSession(cmd)
		err = context.Cause(ctx)
	}
	return stdout.Bytes(), &CommandError{
		Args:     r.mask.maskAll(args),
		ExitCode: exitCode(cmd),
		Stdout:   r.mask.mask(stdout.String()),
		Stderr:   r.mask.mask(stderr.String()),
		Err:      err,
	}
}

// start runs the command to its end while input writes its stdin.
func start(cmd *exec.Cmd, input func(io.Writer) error) error {
	if input == nil {
		return cmd.Run()
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		w := bufio.NewWriterSize(stdin, 64<<10)
		err := input(w)
		if err == nil {
			err = w.Flush()
		}
		written <- errors.Join(err, stdin.Close())
	}()
	// Wait closes the pipe once git has gone, which ends a writer that git no
	// longer listens to. What git says about its failure is the better reason.
	if err := cmd.Wait(); err != nil {
		<-written
		return err
	}
	if err := <-written; err != nil && !closedPipe(err) {
		return fmt.Errorf("write to its stdin: %w", err)
	}
	return nil
}

func exitCode(cmd *exec.Cmd) int {
	if cmd.ProcessState == nil {
		return -1
	}
	return cmd.ProcessState.ExitCode()
}

// exited reports whether err is a git command that ended with this code.
func exited(err error, code int) bool {
	var ce *CommandError
	return errors.As(err, &ce) && ce.ExitCode == code
}

// said reports whether err is a failed git command whose stderr holds one of
// the texts.
func said(err error, texts ...string) bool {
	var ce *CommandError
	if !errors.As(err, &ce) {
		return false
	}
	for _, t := range texts {
		if strings.Contains(ce.Stderr, t) {
			return true
		}
	}
	return false
}

func asCommand(err error) (*CommandError, bool) {
	var ce *CommandError
	ok := errors.As(err, &ce)
	return ce, ok
}
