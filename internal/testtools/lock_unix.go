//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package testtools

import (
	"errors"
	"os"
	"syscall"
)

// lock waits until this process alone holds the file. The kernel lets go of
// it when a process dies, so that a killed test leaves no stale lock.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { f.Close() }, nil
}
