package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Rendering makes much garbage and keeps little of it: most of a thousand renders' time beyond the rendering itself went into
// collecting it. Up to memoryLimit, which is soft, garbage is left lying about longer.
const (
	garbagePercent = 400
	memoryLimit    = 384 << 20
)

// tuneMemory trades memory for time, unless the user has set GOGC or GOMEMLIMIT.
func tuneMemory(env func(string) string) {
	if env("GOGC") != "" || env("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(garbagePercent)
	debug.SetMemoryLimit(memoryLimit)
	afterGC(func() (again bool) {
		if liveHeap() < memoryLimit/2 {
			return true
		}
		// From here on, the limit would make for more collections than Go's own setting, and in the end for little else.
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
		return false
	})
}

// afterGC calls do after a garbage collection, and after later ones as long as it wants to.
func afterGC(do func() (again bool)) {
	type sentinel struct{ _ *int }
	runtime.AddCleanup(&sentinel{}, func(struct{}) {
		if do() {
			afterGC(do)
		}
	}, struct{}{})
}

func liveHeap() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}
