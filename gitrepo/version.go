package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
)

// oldest is the first version of git that all this package asks of it is known
// to work with.
var oldest = [2]int{2, 39}

var versionSeen struct {
	sync.Mutex
	good bool
}

// checkVersion makes sure, once in a process, that there is a git and that it
// is new enough.
func (r runner) checkVersion(ctx context.Context) error {
	versionSeen.Lock()
	defer versionSeen.Unlock()
	if versionSeen.good {
		return nil
	}
	out, err := r.line(ctx, "version")
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("the git command is not installed or not in PATH: %w", err)
	}
	if err != nil {
		return err
	}
	if err := newEnough(out); err != nil {
		return err
	}
	versionSeen.good = true
	return nil
}

// newEnough reads what git version prints, "git version 2.39.5 (some vendor)".
// A version it cannot read is taken for a good one.
func newEnough(out string) error {
	version := strings.TrimPrefix(out, "git version ")
	var v [2]int
	if n, _ := fmt.Sscanf(version, "%d.%d", &v[0], &v[1]); n < 2 {
		return nil
	}
	if v[0] < oldest[0] || v[0] == oldest[0] && v[1] < oldest[1] {
		return fmt.Errorf("git %s is too old: %d.%d or newer is needed", version, oldest[0], oldest[1])
	}
	return nil
}
