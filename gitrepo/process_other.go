//go:build !unix

package gitrepo

import (
	"errors"
	"io"
	"os"
	"os/exec"
)

// ownSession leaves cancelling to os/exec, which kills git itself.
func ownSession(*exec.Cmd) {}

func endSession(*exec.Cmd) {}

func closedPipe(err error) bool {
	return errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}
