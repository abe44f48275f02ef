package render_test

import (
	"os"
	"testing"

	"github.com/plainsail/plainsail/render"
)

func TestMain(m *testing.M) {
	if render.IsHelmShim(os.Args) {
		os.Exit(render.RunHelmShim(os.Args, os.Stdout, os.Stderr))
	}
	// A process with the race detector sleeps for a second before it exits, and every chart in a kustomization runs two.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// testShim is this test program, which stands in for helm as plainsail does.
func testShim(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}
