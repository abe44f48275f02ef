package gitrepo_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/plainsail/plainsail/gitrepo"
)

// Publish one file to a branch of a repository that does not exist yet.
func ExampleRemote() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	remote, err := gitrepo.OpenRemote(ctx, filepath.Join(dir, "rendered.git"), gitrepo.RemoteOptions{CreateBare: true})
	if err != nil {
		log.Fatal(err)
	}
	defer remote.Close()

	const ref = "refs/heads/env/prod"
	tips, err := remote.Fetch(ctx, ref) // empty: there is no such branch
	if err != nil {
		log.Fatal(err)
	}
	tree, err := remote.WriteTree(ctx, "", []gitrepo.Change{{Path: "web/deployment.apps-web.yaml", Data: []byte("kind: Deployment\n")}})
	if err != nil {
		log.Fatal(err)
	}
	who := gitrepo.Signature{Name: "CI", Email: "ci@example.com", When: time.Unix(1700000000, 0).UTC()}
	commit, err := remote.WriteCommit(ctx, gitrepo.CommitSpec{Tree: tree, Committer: who, Message: "web: deploy\n"})
	if err != nil {
		log.Fatal(err)
	}
	if err := remote.Push(ctx, []gitrepo.RefUpdate{{Ref: ref, Old: tips[ref], New: commit}}); err != nil {
		log.Fatal(err)
	}
	files, err := remote.List(ctx, commit)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Mode, f.Hash == gitrepo.BlobHash(gitrepo.SHA1, []byte("kind: Deployment\n")), f.Path)
	}
	// Output: 100644 true web/deployment.apps-web.yaml
}
