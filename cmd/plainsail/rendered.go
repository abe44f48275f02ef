package main

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/plainsail/plainsail/gitrepo"
)

// openRendered opens the rendered repository. Where there is nothing, it makes one, but not in the place of an origin, which has
// to be there.
func (src *source) openRendered(ctx context.Context, s Streams) (*gitrepo.Remote, error) {
	address := src.renderedAddress()
	remote, err := gitrepo.OpenRemote(ctx, address, gitrepo.RemoteOptions{
		Source: src.repo, Token: tokenFor(address, s.Env), CreateBare: src.config.Rendered.Repository != "" || src.origin == "",
	})
	if err == nil {
		src.rendered = remote.Name()
	}
	return remote, err
}

// renderedAddress is the configured one, or the source's origin, or a bare repository beside the source.
func (src *source) renderedAddress() string {
	address := src.config.Rendered.Repository
	switch {
	case address == "" && src.origin != "":
		return src.origin
	case address == "":
		return src.root + "-rendered.git"
	case !strings.Contains(address, ":") && !filepath.IsAbs(address):
		return filepath.Join(src.dir, address)
	}
	return address
}

// tokenFor is the access token for a repository. GitHub's own goes to no other host than GitHub's.
func tokenFor(address string, env func(string) string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if token := env("PLAINSAIL_TOKEN"); token != "" {
		return token
	}
	server := "https://github.com"
	if s := env("GITHUB_SERVER_URL"); s != "" {
		server = s
	}
	if hub, err := url.Parse(server); err == nil && hub.Scheme == u.Scheme && hub.Host == u.Host {
		return env("GITHUB_TOKEN")
	}
	return ""
}
