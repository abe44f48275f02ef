package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTuneMemory(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	now := func() (int, int64) {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p, debug.SetMemoryLimit(-1)
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		tuneMemory(func(key string) string { return map[string]string{name: "off"}[key] })
		if p, l := now(); p != 100 || l != limit {
			t.Errorf("%s is set: %d%%, limit %d", name, p, l)
		}
	}
	tuneMemory(func(string) string { return "" })
	if p, l := now(); p != garbagePercent || l != memoryLimit {
		t.Errorf("%d%%, limit %d", p, l)
	}
	// More is alive than the limit leaves room for: it is given up.
	alive := make([]byte, memoryLimit*2/3)
	for range 1000 {
		runtime.GC()
		if p, l := now(); p == 100 && l == math.MaxInt64 {
			break
		}
		runtime.Gosched() // cleanups run in a goroutine of their own
	}
	if p, l := now(); p != 100 || l != math.MaxInt64 {
		t.Errorf("with %d MiB alive: %d%%, limit %d", liveHeap()>>20, p, l)
	}
	runtime.KeepAlive(alive)
}
