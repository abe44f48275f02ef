package publish

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo"
)

func hashOf(commit int) gitrepo.Hash { return gitrepo.Hash(fmt.Sprintf("%040x", commit+1)) }

func commitOf(h gitrepo.Hash) int {
	var n int
	_, _ = fmt.Sscanf(string(h), "%x", &n)
	return n - 1
}

// Runs for random commits, all apps or one, with failures, in any order: no app ever goes back to what an older commit says, and a
// run that has everything leaves every app at its commit or at a newer one, but for one that was never published.
func TestLineageProperty(t *testing.T) {
	t.Parallel()
	apps := []string{"web", "api", "db"}
	for seed := range uint64(4000) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		l := lineage{}
		at := map[string]int{} // the commit that each app's state comes from; also of apps that are not there
		for _, app := range apps {
			at[app] = -1
		}
		var log []string
		for range 8 {
			commit := rnd.IntN(6)
			newer := func(h gitrepo.Hash) bool { return h != "" && commitOf(h) > commit }
			older := func(h gitrepo.Hash) bool { return h != "" && commitOf(h) < commit }
			p := publication{commit: hashOf(commit), newer: newer, older: older}
			full := rnd.IntN(2) == 0
			asked := apps
			if full {
				p.covers = []string{""}
			} else {
				asked = []string{apps[rnd.IntN(len(apps))]}
			}
			before := map[string]int{}
			for _, app := range asked {
				before[app] = at[app]
				switch {
				case rnd.IntN(5) == 0:
					if full {
						p.failed = append(p.failed, app)
					}
				case !newer(l.last(app)):
					p.apps = append(p.apps, app)
					at[app] = commit
				}
			}
			l = l.after(p)
			log = append(log, fmt.Sprintf("%d %v full=%v failed=%v -> %v", commit, p.apps, full, p.failed, l))
			for _, app := range asked {
				failed := strings.Contains(strings.Join(p.failed, " "), app)
				if at[app] < before[app] || full && !failed && before[app] >= 0 && at[app] < commit {
					t.Fatalf("seed %d: %s was at %d, is at %d\n%s", seed, app, before[app], at[app], strings.Join(log, "\n"))
				}
			}
			for _, app := range apps {
				if last := l.last(app); at[app] >= 0 && commitOf(last) < at[app] {
					t.Fatalf("seed %d: %s is at %d, and the lineage says %d\n%s", seed, app, at[app], commitOf(last), strings.Join(log, "\n"))
				}
			}
		}
	}
}

func TestReadNote(t *testing.T) {
	t.Parallel()
	h := hashOf(1)
	n := note{DrySHA: h}.with("https://a", lineage{Commit: h, Parts: map[string]gitrepo.Hash{"prod/web": hashOf(2)}})
	back := readNote(n.encode())
	if string(back.encode()) != string(n.encode()) || back.Sources["https://a"].last("prod/web") != hashOf(2) || back.Sources["https://a"].last("prod/api") != h {
		t.Errorf("read back: %+v", back)
	}
	for _, data := range []string{"", "x", "[]", `{"drySha":1}`, `{"sources":{"a":{"commit":"HEAD"}}}`, `{"sources":{"a":{"parts":{"x":"../x"}}}}`} {
		if n := readNote([]byte(data)); n.ours() || n.DrySHA != "" {
			t.Errorf("readNote(%s) = %+v", data, n)
		}
	}
	if n := readNote([]byte(`{"drySha":"abc"}`)); n.ours() || n.DrySHA != "abc" {
		t.Errorf("another tool's: %+v", n)
	}
}

func TestSourceOf(t *testing.T) {
	t.Parallel()
	h := string(hashOf(1))
	for name, test := range map[string]struct{ message, repository, commit string }{
		"trailers":         {"Render\n\nSource-Repository: r\nSource-Commit: " + h + "\n", "r", h},
		"CRLF":             {"Render\r\n\r\nSource-Repository: r\r\nSource-Commit: " + h + "\r\n", "r", h},
		"in the body only": {"Render\n\nSource-Repository: r\nSource-Commit: " + h + "\n\nSigned-off-by: x\n", "", ""},
		"no hash":          {"Render\n\nSource-Repository: r\nSource-Commit: --help\n", "", ""},
		"no repository":    {"Render\n\nSource-Commit: " + h, "", ""},
		"nothing":          {"", "", ""},
	} {
		if r, c := sourceOf(test.message); r != test.repository || string(c) != test.commit {
			t.Errorf("%s: %q, %q", name, r, c)
		}
	}
	// What is written is read back.
	s := Source{Repository: "https://example.com/x", Commit: gitrepo.Commit{Hash: hashOf(3), Message: "x\x00y\n\nSource-Commit: " + h}}
	if r, c := sourceOf(s.message(nil)); r != s.Repository || c != hashOf(3) || strings.Contains(s.message(nil), "\x00") {
		t.Errorf("read back: %q, %q", r, c)
	}
}
