package main

import (
	"bufio"
	"io"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// catchChatter takes over the standard logger and os.Stderr, where kustomize and Helm write for people on their own: the
// same line again for every unit, in any order. The function that it returns gives both back and says what was written as
// warnings: each once, sorted, so that the same run says the same thing.
//
// A crash still shows: Go writes it to the file descriptor, not to os.Stderr.
func catchChatter(to io.Writer) (settle func()) {
	r, w, err := os.Pipe()
	if err != nil {
		return func() {} // it is only about manners
	}
	stderr, flags := os.Stderr, log.Flags()
	os.Stderr = w
	log.SetOutput(w)
	log.SetFlags(0)
	lines := map[string]bool{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for in := bufio.NewReader(r); ; {
			line, err := in.ReadString('\n')
			if line = undecorated(line); line != "" {
				lines[line] = true
			}
			if err != nil {
				return
			}
		}
	}()
	return func() {
		os.Stderr = stderr
		log.SetOutput(stderr)
		log.SetFlags(flags)
		w.Close()
		<-done
		r.Close()
		warn(to, slices.Sorted(maps.Keys(lines)))
	}
}

// decoration is what libraries put before a message: klog's header, the levels of slog, "# Warning:".
var decoration = regexp.MustCompile(`^(?:[IWEF]\d{4} [\d:.]+ +\d+ [^ \]]+\] |(?:DEBUG|INFO|WARN|ERROR) |#? *(?i:warning): *)+`)

func undecorated(line string) string {
	return strings.TrimSpace(decoration.ReplaceAllString(strings.TrimSpace(line), ""))
}
