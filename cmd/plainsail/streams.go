package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are where a command reads and writes. Data goes to Out, everything for people to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	// Terminal tells that Err is a terminal that shows progress.
	Terminal bool
	// Settle is called once when the work is done, before its errors are said; may be nil.
	Settle func()
}

// Standard are the process's own streams.
func Standard() Streams {
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "",
	}
}
