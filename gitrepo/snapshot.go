package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Snapshot commits everything in a folder that plainsail made itself, such as the source of its demo, and makes it a repository
// first if it is none. It uses no configuration or hook of the user: it signs nothing and asks nothing.
func Snapshot(ctx context.Context, dir, message string, author Signature) error {
	git := runner{dir: dir, env: gitEnv(os.Environ()), mask: newMasker()}
	git = git.with("GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1").with(author.env("AUTHOR")...).with(author.env("COMMITTER")...)
	var steps [][]string
	if _, err := os.Stat(filepath.Join(dir, ".git")); errors.Is(err, fs.ErrNotExist) {
		steps = append(steps, []string{"init", "--quiet", "--template=", "--initial-branch=main"})
	}
	steps = append(steps,
		[]string{"add", "--all"},
		[]string{"-c", "core.hooksPath=" + os.DevNull, "commit", "--quiet", "--message=" + message})
	for _, args := range steps {
		if _, err := git.run(ctx, args...); err != nil {
			return fmt.Errorf("commit the files in %s: %w", dir, err)
		}
	}
	return nil
}
