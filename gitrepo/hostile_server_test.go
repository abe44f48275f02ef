package gitrepo

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

// The server did what it was told, and the answer never came.
func TestPushWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	target, err := url.Parse(srv.Base())
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(resp *http.Response) error {
		if strings.HasSuffix(resp.Request.URL.Path, "git-receive-pack") && resp.Request.Method == http.MethodPost {
			lost.Add(1)
			return errors.New("lost")
		}
		return nil
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	front := httptest.NewServer(proxy)
	defer front.Close()

	mustPublish(t, open(t, front.URL+"/r.git", RemoteOptions{}), prod, map[string]string{"a": "1"})
	sameFiles(t, bare.Files(prod), map[string]string{"a": "1"})
	if lost.Load() == 0 {
		t.Error("no answer was lost")
	}
	// A refusal whose answer is lost stays an error.
	bare.Hook("pre-receive", "exit 1")
	r := open(t, front.URL+"/r.git", RemoteOptions{})
	if _, err := publish(t.Context(), r, prod, map[string]string{"a": "2"}); err == nil {
		t.Error("a refused push passed")
	}
}

// Servers may allow filters and refuse this one.
func TestFilterRefused(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	full := gitrepotest.Init(t)
	h := history(t, full)
	full.Git("push", "--quiet", srv.URL("r"), "main")
	clone := gitrepotest.Clone(t, srv.URL("r"), "--depth=1")
	for _, filter := range []string{"tree", "blob:none"} {
		bare.Git("config", "uploadpackfilter."+filter+".allow", "false")
		rel, err := openSource(t, clone, SourceOptions{}).Relation(t.Context(), h["root"], h["c"])
		if err != nil || rel != Ancestor {
			t.Errorf("no %s: Relation = %s, %v", filter, rel, err)
		}
		n := 0
		for _, err := range open(t, srv.URL("r"), RemoteOptions{}).History(t.Context(), "refs/heads/main") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 4 {
			t.Errorf("no %s: %d commits", filter, n)
		}
		mustPublish(t, open(t, srv.URL("r"), RemoteOptions{}), prod, map[string]string{"a": filter})
	}
	sameFiles(t, bare.Files(prod), map[string]string{"a": "blob:none"})
}

// git must not download what a partial clone lacks behind our back.
func TestPartialCloneIsLeftAlone(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	srv.Init("r")
	full := gitrepotest.Init(t)
	h := history(t, full)
	full.Git("push", "--quiet", srv.URL("r"), "main", "side")
	for _, filter := range []string{"blob:none", "tree:0"} {
		clone := gitrepotest.Clone(t, srv.URL("r"), "--filter="+filter, "--single-branch", "--branch=main")
		before := clone.Snapshot()
		s := openSource(t, clone, SourceOptions{})
		if c, err := s.Head(t.Context()); err != nil || c.Hash != h["c"] {
			t.Errorf("%s: Head = %v, %v", filter, c, err)
		}
		if dirty, err := s.Dirty(t.Context()); err != nil || len(dirty) > 0 {
			t.Errorf("%s: Dirty = %q, %v", filter, dirty, err)
		}
		for old, want := range map[string]Relation{"a": Ancestor, "side": Diverged, "none": Unknown} {
			if got, err := s.Relation(t.Context(), h[old], h["c"]); err != nil || got != want {
				t.Errorf("%s: Relation(%s) = %s, %v, want %s", filter, old, got, err, want)
			}
		}
		if after := clone.Snapshot(); after != before {
			t.Errorf("%s: the checkout changed", filter)
		}
	}
}
