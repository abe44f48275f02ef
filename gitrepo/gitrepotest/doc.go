// Package gitrepotest builds git repositories and serves them over smart HTTP,
// for tests. Everything is real git in t.TempDir: pinned authors and dates, no
// configuration of the user who runs the tests, no network beyond loopback.
//
//	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: "s3cret"})
//	srv.Init("acme/rendered")           // a bare repository at srv.URL("acme/rendered")
//	src := gitrepotest.Init(t)          // a checkout with an empty history
//	src.Commit("first", map[string]string{"a.yaml": "a: 1\n"})
//
// The package does not use gitrepo, so that gitrepo's own tests can use it.
package gitrepotest
