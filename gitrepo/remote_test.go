package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

const prod = "refs/heads/env/prod"

// open opens a remote for a test and checks that Close leaves nothing behind.
func open(t testing.TB, url string, opts RemoteOptions) *Remote {
	t.Helper()
	if opts.Env == nil && opts.Source == nil {
		opts.Env = gitrepotest.Env(t)
	}
	temp := t.TempDir()
	opts.TempDir = temp
	r, err := OpenRemote(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("Close left %v", left)
		}
	})
	return r
}

// publish does what a caller does: put files on a ref, others stay.
func publish(ctx context.Context, r *Remote, ref string, files map[string]string) (Hash, error) {
	tips, err := r.Fetch(ctx, ref)
	if err != nil {
		return "", err
	}
	var base Hash
	var parents []Hash
	if tip := tips[ref]; tip != "" {
		c, err := r.Commit(ctx, tip)
		if err != nil {
			return "", err
		}
		base, parents = c.Tree, []Hash{tip}
	}
	tree, err := r.WriteTree(ctx, base, writes(files))
	if err != nil {
		return "", err
	}
	commit, err := r.WriteCommit(ctx, CommitSpec{Tree: tree, Parents: parents, Message: "render\n", Committer: Signature{Name: "c", Email: "c@x", When: time.Unix(1, 0).UTC()}})
	if err != nil {
		return "", err
	}
	return commit, r.Push(ctx, []RefUpdate{{Ref: ref, Old: tips[ref], New: commit}})
}

func writes(files map[string]string) []Change {
	var out []Change
	for path, data := range files {
		out = append(out, Change{Path: path, Data: []byte(data)})
	}
	return out
}

func mustPublish(t testing.TB, r *Remote, ref string, files map[string]string) Hash {
	t.Helper()
	h, err := publish(t.Context(), r, ref, files)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sameFiles(t testing.TB, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("files = %q, want %q", got, want)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{SHA1, SHA256} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			bare := gitrepotest.InitBare(t, "--object-format="+string(format))
			r := open(t, bare.Dir, RemoteOptions{})
			if f, err := r.Format(t.Context()); err != nil || f != format {
				t.Fatalf("Format = %q, %v", f, err)
			}
			first := mustPublish(t, r, prod, map[string]string{"a/x.yaml": "x\n", "b.yaml": ""})
			if first.Format() != format {
				t.Errorf("commit %s is not %s", first, format)
			}
			sameFiles(t, bare.Files(prod), map[string]string{"a/x.yaml": "x\n", "b.yaml": ""})

			again := open(t, bare.Dir, RemoteOptions{})
			mustPublish(t, again, prod, map[string]string{"c.yaml": "c"})
			sameFiles(t, bare.Files(prod), map[string]string{"a/x.yaml": "x\n", "b.yaml": "", "c.yaml": "c"})
			if got := bare.Hash(prod + "^"); got != string(first) {
				t.Errorf("parent = %s, want %s", got, first)
			}
			bare.Git("fsck", "--strict")
		})
	}
}

func TestPublishOverHTTPWithToken(t *testing.T) {
	t.Parallel()
	const token = "ghs_0123456789secret"
	for name, server := range map[string]gitrepotest.ServerOptions{
		"v2":       {Token: token},
		"noFilter": {Token: token, NoFilter: true},
		"v0":       {Token: token, ProtocolV0: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := gitrepotest.NewServer(t, server)
			bare := srv.Init("acme/rendered")
			r := open(t, srv.URL("acme/rendered"), RemoteOptions{Token: token})
			mustPublish(t, r, prod, map[string]string{"a.yaml": "1"})
			r2 := open(t, srv.URL("acme/rendered"), RemoteOptions{Token: token})
			mustPublish(t, r2, prod, map[string]string{"b.yaml": "2"})
			sameFiles(t, bare.Files(prod), map[string]string{"a.yaml": "1", "b.yaml": "2"})
		})
	}
}

func TestEmptySHA256OverHTTP(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r", "--object-format=sha256")
	r := open(t, srv.URL("r"), RemoteOptions{})
	mustPublish(t, r, prod, map[string]string{"a.yaml": "1"})
	sameFiles(t, bare.Files(prod), map[string]string{"a.yaml": "1"})
}

func TestUnchangedBlobsAreNotDownloaded(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	files := map[string]string{}
	for i := range 50 {
		files[fmt.Sprintf("app%d/deploy.yaml", i)] = fmt.Sprintf("n: %d\n", i)
	}
	mustPublish(t, open(t, srv.URL("r"), RemoteOptions{}), prod, files)

	r := open(t, srv.URL("r"), RemoteOptions{})
	tips, err := r.Fetch(t.Context(), prod)
	if err != nil {
		t.Fatal(err)
	}
	moved := BlobHash(SHA1, []byte("n: 7\n"))
	tip := tips[prod]
	c, err := r.Commit(t.Context(), tip)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := r.WriteTree(t.Context(), c.Tree, []Change{
		{Path: "app1/deploy.yaml", Data: []byte("n: one\n")},
		{Path: "app7/deploy.yaml", Delete: true},
		{Path: "moved/seven.yaml", Hash: moved, Mode: Executable},
	})
	if err != nil {
		t.Fatal(err)
	}
	next, err := r.WriteCommit(t.Context(), CommitSpec{Tree: tree, Parents: []Hash{tip}, Message: "m"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), []RefUpdate{{prod, tip, next}}); err != nil {
		t.Fatal(err)
	}

	// The scratch repository holds the one blob that was written.
	git := gitrepotest.Open(t, filepath.Join(r.scratch.root, "main.git"))
	var blobs []string
	for line := range strings.Lines(git.Git("cat-file", "--batch-all-objects", "--batch-check")) {
		if strings.Contains(line, " blob ") {
			blobs = append(blobs, strings.Fields(line)[0])
		}
	}
	want := string(BlobHash(SHA1, []byte("n: one\n")))
	if len(blobs) != 1 || blobs[0] != want {
		t.Errorf("blobs = %v, want only %s", blobs, want)
	}

	delete(files, "app7/deploy.yaml")
	files["app1/deploy.yaml"], files["moved/seven.yaml"] = "n: one\n", "n: 7\n"
	sameFiles(t, bare.Files(prod), files)
	if got := bare.Git("ls-tree", prod, "moved/seven.yaml"); !strings.HasPrefix(got, "100755 ") {
		t.Errorf("moved file: %s", got)
	}

	// Asked for, they come, several in one request.
	srv.Requests()
	got, err := r.ReadBlobs(t.Context(), BlobHash(SHA1, []byte("n: 2\n")), BlobHash(SHA1, []byte("n: 3\n")), Hash(want))
	if err != nil || string(got[BlobHash(SHA1, []byte("n: 3\n"))]) != "n: 3\n" || len(got) != 3 {
		t.Errorf("ReadBlobs = %q, %v", got, err)
	}
	if n := len(srv.Requests()); n > 3 {
		t.Errorf("ReadBlobs made %d requests", n)
	}
	if _, err := r.ReadBlob(t.Context(), BlobHash(SHA1, []byte("nowhere"))); !errors.Is(err, ErrNotFound) {
		t.Errorf("ReadBlob of nothing: %v", err)
	}
}

// A blob of one branch, never downloaded, goes to another branch.
func TestBlobOfAnotherBranch(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	mustPublish(t, open(t, srv.URL("r"), RemoteOptions{}), "refs/heads/env/dev", map[string]string{"a": "from dev", "b": "stays"})
	r := open(t, srv.URL("r"), RemoteOptions{})
	if _, err := r.Fetch(t.Context(), "refs/heads/env/dev"); err != nil {
		t.Fatal(err)
	}
	tree, err := r.WriteTree(t.Context(), "", []Change{{Path: "x/a", Hash: BlobHash(SHA1, []byte("from dev"))}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.WriteCommit(t.Context(), CommitSpec{Tree: tree, Message: "m"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), []RefUpdate{{Ref: prod, New: h}}); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, bare.Files(prod), map[string]string{"x/a": "from dev"})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	refs := []string{"refs/heads/env/a", "refs/heads/env/b", "refs/heads/env/c"}
	for round := range 2 {
		r := open(t, srv.URL("r"), RemoteOptions{})
		var wg sync.WaitGroup
		for _, ref := range refs {
			wg.Go(func() {
				if _, err := publish(t.Context(), r, ref, map[string]string{fmt.Sprint(round): ref}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	for _, ref := range refs {
		sameFiles(t, bare.Files(ref), map[string]string{"0": ref, "1": ref})
	}
}

func TestFetchReportsMissingRefs(t *testing.T) {
	t.Parallel()
	bare := gitrepotest.InitBare(t)
	r := open(t, bare.Dir, RemoteOptions{})
	if tips, err := r.Fetch(t.Context(), prod); err != nil || len(tips) != 0 {
		t.Fatalf("Fetch from an empty repository = %v, %v", tips, err)
	}
	h := mustPublish(t, r, prod, map[string]string{"a": "1"})
	tips, err := r.Fetch(t.Context(), prod, "refs/heads/env/dev", "refs/notes/x")
	if err != nil || !maps.Equal(tips, map[string]Hash{prod: h}) {
		t.Errorf("Fetch = %v, %v", tips, err)
	}
	refs, err := r.Refs(t.Context(), "refs/heads/env/*")
	if err != nil || !maps.Equal(refs, map[string]Hash{prod: h}) {
		t.Errorf("Refs = %v, %v", refs, err)
	}
	refs, err = r.Refs(t.Context())
	if err != nil || refs[prod] != h {
		t.Errorf("Refs() = %v, %v", refs, err)
	}
}

func TestCreateBare(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "rendered.git")
	r := open(t, path, RemoteOptions{CreateBare: true, Format: SHA256})
	if refs, err := r.Refs(t.Context()); err != nil || len(refs) != 0 {
		t.Fatalf("Refs = %v, %v", refs, err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("looking made something")
	}
	mustPublish(t, r, prod, map[string]string{"a": "1"})
	bare := gitrepotest.Open(t, path)
	sameFiles(t, bare.Files("HEAD"), map[string]string{"a": "1"})
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("beside the repository: %v", left)
	}

	missing := open(t, path+"-other", RemoteOptions{})
	if _, err := missing.Refs(t.Context()); !errors.Is(err, ErrNotRepository) {
		t.Errorf("without CreateBare: %v", err)
	}
	// Two that find nothing both create: one wins, the other lost a race.
	path = filepath.Join(t.TempDir(), "r.git")
	a, b := open(t, path, RemoteOptions{CreateBare: true}), open(t, path, RemoteOptions{CreateBare: true})
	if _, err := b.Fetch(t.Context(), prod); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, a, prod, map[string]string{"a": "1"})
	tree, err := b.WriteTree(t.Context(), "", writes(map[string]string{"b": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.WriteCommit(t.Context(), CommitSpec{Tree: tree, Message: "m"})
	if err != nil {
		t.Fatal(err)
	}
	var race *RaceError
	if err := b.Push(t.Context(), []RefUpdate{{Ref: prod, New: c}}); !errors.As(err, &race) {
		t.Errorf("second creator: %v", err)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	bare := gitrepotest.InitBare(t)
	src := gitrepotest.Init(t)
	src.Commit("one", map[string]string{"a": "1"})
	src.Git("config", "user.name", "Rosa <evil>\tSails")
	src.Git("config", "user.email", "rosa@example.com")
	source := openSource(t, src, SourceOptions{})
	for name, test := range map[string]struct {
		opts RemoteOptions
		want string
	}{
		"none":   {RemoteOptions{}, Fallback.Name + " <" + Fallback.Email + ">"},
		"source": {RemoteOptions{Source: source}, "Rosa evilSails <rosa@example.com>"},
		"env":    {RemoteOptions{Env: gitrepotest.Env(t, "GIT_COMMITTER_NAME=Eve", "GIT_COMMITTER_EMAIL=e@v")}, "Eve <e@v>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, bare.Dir, test.opts)
			tree, err := r.WriteTree(t.Context(), "", writes(map[string]string{"a": "1"}))
			if err != nil {
				t.Fatal(err)
			}
			when := time.Date(2026, 5, 6, 7, 8, 9, 0, time.FixedZone("", 2*3600))
			message := "subject line\n\nbody\n\nKey: value\n"
			h, err := r.WriteCommit(t.Context(), CommitSpec{Tree: tree, Message: message, Committer: Signature{When: when}})
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.Commit(t.Context(), h)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Committer.Name + " <" + c.Committer.Email + ">"; got != test.want {
				t.Errorf("committer = %s, want %s", got, test.want)
			}
			if c.Author != c.Committer && c.Author.Name != c.Committer.Name || !c.Author.When.Equal(when) || c.Author.When.Format(time.RFC3339) != when.Format(time.RFC3339) {
				t.Errorf("author = %v, committer = %v, want %v", c.Author, c.Committer, when)
			}
			if c.Message != message || c.Subject() != "subject line" || c.Body() != "body\n\nKey: value" || c.Tree != tree {
				t.Errorf("commit = %+v", c)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	const ref = "refs/notes/hydrator.metadata"
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	r := open(t, srv.URL("r"), RemoteOptions{})
	first := mustPublish(t, r, prod, map[string]string{"a": "1"})
	tip, err := r.WriteNotes(t.Context(), ref, "", map[Hash][]byte{first: []byte(`{"drySha":"1"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), []RefUpdate{{Ref: ref, New: tip}}); err != nil {
		t.Fatal(err)
	}
	// Enough notes for git to fan out.
	tree := bare.Git("rev-parse", prod+"^{tree}")
	for i := range 300 {
		h := bare.Git("commit-tree", "-m", fmt.Sprint(i), tree)
		if i == 0 {
			bare.Git("update-ref", "refs/heads/x", h)
		}
		bare.Git("notes", "--ref", ref, "add", "-m", fmt.Sprint("note ", i), h)
		if i == 20 && testing.Short() {
			break
		}
	}
	x := Hash(bare.Hash("refs/heads/x"))

	r = open(t, srv.URL("r"), RemoteOptions{})
	second := mustPublish(t, r, prod, map[string]string{"a": "2"})
	tips, err := r.Fetch(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	tip, err = r.WriteNotes(t.Context(), ref, tips[ref], map[Hash][]byte{second: []byte("two\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), []RefUpdate{{ref, tips[ref], tip}}); err != nil {
		t.Fatal(err)
	}
	for commit, want := range map[Hash]string{first: `{"drySha":"1"}`, second: "two", x: "note 0"} {
		if got := bare.Git("notes", "--ref", ref, "show", string(commit)); got != want {
			t.Errorf("git notes show %s = %q, want %q", commit, got, want)
		}
	}
	r = open(t, srv.URL("r"), RemoteOptions{})
	none := Hash(strings.Repeat("1", 40))
	got, err := r.ReadNotes(t.Context(), ref, first, second, x, none)
	if err != nil || len(got) != 3 || string(got[x]) != "note 0\n" || string(got[second]) != "two\n" {
		t.Errorf("ReadNotes = %q, %v", got, err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{})
	bare := srv.Init("r")
	tree := bare.Git("hash-object", "-w", "-t", "tree", "/dev/null")
	parent := bare.Git("commit-tree", "-m", "n 0", tree)
	for i := 1; i < 70; i++ {
		parent = bare.Git("commit-tree", "-m", fmt.Sprintf("n %d\n\nKey: %d", i, i), "-p", parent, tree)
	}
	bare.Git("update-ref", prod, parent)
	r := open(t, srv.URL("r"), RemoteOptions{})
	n := 69
	for c, err := range r.History(t.Context(), prod) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("n %d", n); c.Subject() != want {
			t.Fatalf("subject = %q, want %q", c.Subject(), want)
		}
		n--
	}
	if n != -1 {
		t.Errorf("stopped before %d", n)
	}
	// Reading on demand: the first commits cost one fetch.
	r = open(t, srv.URL("r"), RemoteOptions{})
	srv.Requests()
	for range r.History(t.Context(), prod) {
		break
	}
	if got := len(srv.Requests()); got > 5 {
		t.Errorf("one commit took %d requests", got)
	}
	// The tip is still fetched whole afterwards.
	mustPublish(t, r, prod, map[string]string{"a": "1"})
	for c, err := range r.History(t.Context(), "refs/heads/none") {
		t.Errorf("history of nothing: %v %v", c, err)
	}
}
