package gitrepo

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
)

// manifests are 5,000 files of about 1.7 kB, as rendered ones are: alike, but
// no two the same.
func manifests(n, version int) []Change {
	changes := make([]Change, n)
	for i := range changes {
		var b bytes.Buffer
		fmt.Fprintf(&b, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-%d\n  labels:\n    app.kubernetes.io/version: \"%d.%d\"\nspec:\n", i, version, i*7919%1000)
		for j := range 30 {
			fmt.Fprintf(&b, "  field%d: value-%d-%d-%x\n  other%d: true\n", j, i, j, i*j*2654435761, j)
		}
		changes[i] = Change{Path: fmt.Sprintf("app%03d/ns/deployment.apps-%d.yaml", i/10, i), Data: b.Bytes()}
	}
	return changes
}

// importStream is the same tree for git fast-import by itself.
func importStream(changes []Change) []byte {
	var b bytes.Buffer
	b.WriteString("commit refs/heads/env/prod\ncommitter a <a@b> 0 +0000\ndata 0\n")
	for _, c := range changes {
		fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", c.Path, len(c.Data), c.Data)
	}
	return b.Bytes()
}

// BenchmarkFastImport5000 is the yardstick: git fast-import of 5,000 files into
// a local bare repository, with git's own settings.
func BenchmarkFastImport5000(b *testing.B) {
	stream := importStream(manifests(5000, 1))
	b.ReportMetric(float64(len(stream))/1e6, "MB")
	for b.Loop() {
		b.StopTimer()
		bare := gitrepotest.InitBare(b)
		b.StartTimer()
		cmd := exec.Command("git", "fast-import", "--quiet")
		cmd.Dir, cmd.Env, cmd.Stdin = bare.Dir, bare.Env, bytes.NewReader(stream)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}

// BenchmarkPublish5000 publishes the same files to an empty local bare
// repository: look, fetch, write tree and commit, push.
func BenchmarkPublish5000(b *testing.B) {
	changes := manifests(5000, 1)
	for b.Loop() {
		b.StopTimer()
		bare := gitrepotest.InitBare(b)
		env := gitrepotest.Env(b)
		b.StartTimer()
		benchPublish(b, bare.Dir, env, changes)
	}
}

// BenchmarkPublish5000Changed changes 5,000 published files.
func BenchmarkPublish5000Changed(b *testing.B) {
	first, second := manifests(5000, 1), manifests(5000, 2)
	for b.Loop() {
		b.StopTimer()
		bare := gitrepotest.InitBare(b)
		env := gitrepotest.Env(b)
		benchPublish(b, bare.Dir, env, first)
		b.StartTimer()
		benchPublish(b, bare.Dir, env, second)
	}
}

// BenchmarkPublish1Of5000 changes one of 5,000 published files.
func BenchmarkPublish1Of5000(b *testing.B) {
	bare := gitrepotest.InitBare(b)
	env := gitrepotest.Env(b)
	benchPublish(b, bare.Dir, env, manifests(5000, 1))
	i := 0
	for b.Loop() {
		i++
		benchPublish(b, bare.Dir, env, []Change{{Path: "app007/ns/x.yaml", Data: fmt.Append(nil, i)}})
	}
}

// BenchmarkWriteTree1Of5000 is the part of it that makes the tree and the commit.
func BenchmarkWriteTree1Of5000(b *testing.B) {
	bare := gitrepotest.InitBare(b)
	env := gitrepotest.Env(b)
	benchPublish(b, bare.Dir, env, manifests(5000, 1))
	r, err := OpenRemote(b.Context(), bare.Dir, RemoteOptions{Env: env})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	tips, err := r.Fetch(b.Context(), prod)
	if err != nil {
		b.Fatal(err)
	}
	tip, err := r.Commit(b.Context(), tips[prod])
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		i++
		tree, err := r.WriteTree(b.Context(), tip.Tree, []Change{{Path: "app007/ns/x.yaml", Data: fmt.Append(nil, i)}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.WriteCommit(b.Context(), CommitSpec{Tree: tree, Parents: []Hash{tip.Hash}, Message: "m"}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchPublish(b *testing.B, url string, env []string, changes []Change) {
	b.Helper()
	ctx := b.Context()
	r, err := OpenRemote(ctx, url, RemoteOptions{Env: env})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	tips, err := r.Fetch(ctx, prod)
	if err != nil {
		b.Fatal(err)
	}
	spec := CommitSpec{Message: strings.Repeat("line\n", 5)}
	var base Hash
	if tip := tips[prod]; tip != "" {
		c, err := r.Commit(ctx, tip)
		if err != nil {
			b.Fatal(err)
		}
		base, spec.Parents = c.Tree, []Hash{tip}
	}
	if spec.Tree, err = r.WriteTree(ctx, base, changes); err != nil {
		b.Fatal(err)
	}
	commit, err := r.WriteCommit(ctx, spec)
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Push(ctx, []RefUpdate{{prod, tips[prod], commit}}); err != nil {
		b.Fatal(err)
	}
}
