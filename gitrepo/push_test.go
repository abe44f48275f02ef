package gitrepo

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

// prepared is a commit on top of prod (and one for dev) that is not pushed yet.
func prepared(t *testing.T, r *Remote, content string) []RefUpdate {
	t.Helper()
	var updates []RefUpdate
	refs := []string{prod, "refs/heads/env/dev"}
	tips, err := r.Fetch(t.Context(), refs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		spec := CommitSpec{Message: content}
		var base Hash
		if tip := tips[ref]; tip != "" {
			c, err := r.Commit(t.Context(), tip)
			if err != nil {
				t.Fatal(err)
			}
			base, spec.Parents = c.Tree, []Hash{tip}
		}
		if spec.Tree, err = r.WriteTree(t.Context(), base, writes(map[string]string{"f": content + ref})); err != nil {
			t.Fatal(err)
		}
		h, err := r.WriteCommit(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		updates = append(updates, RefUpdate{ref, tips[ref], h})
	}
	return updates
}

func TestPushIsAtomicAndComparesAndSwaps(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	r := open(t, srv.URL("r"), RemoteOptions{})
	first := prepared(t, r, "1")
	if err := r.Push(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), first); err != nil {
		t.Errorf("the same push again: %v", err)
	}
	second := prepared(t, r, "2")
	other := open(t, srv.URL("r"), RemoteOptions{})
	moved := mustPublish(t, other, prod, map[string]string{"g": "other"})

	var race *RaceError
	if err := r.Push(t.Context(), second); !errors.As(err, &race) {
		t.Fatalf("push after another's: %v", err)
	}
	if len(race.Refs) != 1 || race.Refs[0] != (MovedRef{prod, first[0].New, moved}) {
		t.Errorf("race = %+v", race.Refs)
	}
	if got := bare.Hash("refs/heads/env/dev"); got != string(first[1].New) {
		t.Errorf("dev moved to %s in a failed push", got)
	}
	// Expected not to exist, and it does.
	second[0].Old, second[1].Old = "", first[1].New
	if err := r.Push(t.Context(), second); !errors.As(err, &race) {
		t.Errorf("push of a ref that should not exist: %v", err)
	}
	// Expected to exist, and it does not.
	bare.Git("update-ref", "-d", "refs/heads/env/dev")
	second[0].Old = moved
	if err := r.Push(t.Context(), second); !errors.As(err, &race) || race.Refs[0].Actual != "" {
		t.Errorf("push of a ref that is gone: %v", err)
	}
	if err := r.Push(t.Context(), prepared(t, r, "3")); err != nil {
		t.Errorf("on the new tip: %v", err)
	}
}

// The ref moves after the server told where it is: git's lease cannot see it.
func TestRaceInsideTheServer(t *testing.T) {
	t.Parallel()
	for _, hook := range []string{"pre-receive", "update"} {
		t.Run(hook, func(t *testing.T) {
			t.Parallel()
			srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
			bare := srv.Init("r")
			r := open(t, srv.URL("r"), RemoteOptions{})
			if err := r.Push(t.Context(), prepared(t, r, "1")); err != nil {
				t.Fatal(err)
			}
			updates := prepared(t, r, "2")
			elsewhere := bare.Git("commit-tree", "-m", "x", prod+"^{tree}")
			bare.Hook(hook, gitrepotest.MoveInHook(prod, elsewhere))
			err := r.Push(t.Context(), updates)
			var race *RaceError
			if !errors.As(err, &race) || race.Refs[0].Actual != Hash(elsewhere) {
				t.Errorf("error = %v", err)
			}
			if got := bare.Hash("refs/heads/env/dev"); got != string(updates[1].Old) {
				t.Errorf("dev moved in a failed push")
			}
		})
	}
}

func TestRefLockedByAnother(t *testing.T) {
	t.Parallel()
	bare := gitrepotest.InitBare(t)
	r := open(t, bare.Dir, RemoteOptions{})
	if err := r.Push(t.Context(), prepared(t, r, "1")); err != nil {
		t.Fatal(err)
	}
	bare.Write(prod+".lock", "")
	err := r.Push(t.Context(), prepared(t, r, "2"))
	var race *RaceError
	if !errors.As(err, &race) || !strings.Contains(err.Error(), "by somebody else") {
		t.Errorf("error = %v", err)
	}
}

func TestRejected(t *testing.T) {
	t.Parallel()
	for hook, script := range map[string]string{
		"pre-receive": "echo 'error: GH006: Protected branch update failed' >&2; exit 1",
		"update":      "test $1 != " + prod + " || { echo 'GH006: Protected branch update failed' >&2; exit 1; }",
	} {
		t.Run(hook, func(t *testing.T) {
			t.Parallel()
			srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
			bare := srv.Init("r")
			bare.Hook(hook, script)
			r := open(t, srv.URL("r"), RemoteOptions{})
			err := r.Push(t.Context(), prepared(t, r, "1"))
			var rejected *RejectedError
			if !errors.As(err, &rejected) {
				t.Fatalf("error = %v", err)
			}
			if !strings.Contains(rejected.Message, "GH006: Protected branch") || !strings.Contains(rejected.Refs[0].Reason, "hook declined") {
				t.Errorf("rejected = %+v", rejected)
			}
			if hook == "update" && (len(rejected.Refs) != 1 || rejected.Refs[0].Ref != prod) {
				t.Errorf("refs = %+v", rejected.Refs)
			}
			if refs := bare.Git("for-each-ref"); refs != "" {
				t.Errorf("refs = %s", refs)
			}
		})
	}
	t.Run("directory in the way", func(t *testing.T) {
		t.Parallel()
		bare := gitrepotest.InitBare(t)
		r := open(t, bare.Dir, RemoteOptions{})
		mustPublish(t, r, "refs/heads/env", map[string]string{"a": "1"})
		var rejected *RejectedError
		if err := r.Push(t.Context(), prepared(t, r, "1")); !errors.As(err, &rejected) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestRacingPublishers(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	mustPublish(t, open(t, srv.URL("r"), RemoteOptions{}), prod, map[string]string{"start": ""})
	var wg sync.WaitGroup
	const rounds = 4
	for _, who := range []string{"a", "b"} {
		r := open(t, srv.URL("r"), RemoteOptions{})
		wg.Go(func() {
			for i := range rounds {
				for {
					_, err := publish(t.Context(), r, prod, map[string]string{who + "/" + string(rune('0'+i)): who})
					var race *RaceError
					if errors.As(err, &race) {
						continue
					}
					if err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
	wg.Wait()
	if got := len(bare.Files(prod)); got != 1+2*rounds {
		t.Errorf("%d files, want %d", got, 1+2*rounds)
	}
	if got := bare.Git("rev-list", "--count", prod); got != "9" {
		t.Errorf("%s commits, want 9", got)
	}
}

func TestPushRefusesBadInput(t *testing.T) {
	t.Parallel()
	r := open(t, gitrepotest.InitBare(t).Dir, RemoteOptions{})
	h := Hash(strings.Repeat("1", 40))
	for _, updates := range [][]RefUpdate{
		{{Ref: "--all", New: h}},
		{{Ref: "main", New: h}},
		{{Ref: prod, New: "HEAD"}},
		{{Ref: prod, New: h, Old: "x"}},
		{{Ref: prod, New: h}, {Ref: prod, New: h}},
	} {
		if err := r.Push(t.Context(), updates); err == nil {
			t.Errorf("Push(%v) did not fail", updates)
		}
	}
}
