package gitrepo

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// remoteName is what scratch repositories call the other side. It is a name
// that nobody has in a global configuration.
const remoteName = "plainsail-remote"

// scratch is a temporary directory for bare repositories that talk to one
// remote address, and the environment that git runs with there.
type scratch struct {
	root   string
	url    remoteURL
	config settings // in effect, for what git leaves to us: identity, signing
	git    runner   // in root, outside of any repository
	tried  string   // which credentials go out, in words

	mu    sync.Mutex
	repos map[string]runner

	fetching sync.Mutex // git cannot fetch twice at a time into a shallow repository
}

// access is how a scratch repository gets at its remote.
type access struct {
	url             string
	base            string // where relative paths start
	token, username string
	env             []string
	tempDir         string
	source          *Source // whose configuration is forwarded; may be nil
}

func newScratch(ctx context.Context, a access) (*scratch, error) {
	u, err := parseURL(a.url, a.base)
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp(a.tempDir, "plainsail-git-*")
	if err != nil {
		return nil, fmt.Errorf("make a scratch directory: %w", err)
	}
	s := &scratch{root: root, url: u, repos: map[string]runner{}}
	if err := s.configure(ctx, a); err != nil {
		os.RemoveAll(root)
		return nil, err
	}
	return s, nil
}

// configure works out the environment that git runs with.
func (s *scratch) configure(ctx context.Context, a access) error {
	mask := newMasker(a.token)
	mask.addURL(s.url)
	real, err := filepath.EvalSymlinks(s.root) // git compares ceilings with real paths
	if err != nil {
		return err
	}
	userEnv := append(gitEnv(a.env), "GIT_CEILING_DIRECTORIES="+filepath.Dir(real))
	plain := runner{dir: s.root, env: withoutConfig(userEnv), mask: mask}
	user := runner{dir: s.root, env: userEnv, mask: mask}
	if a.source != nil {
		user = a.source.git
	}
	if err := plain.checkVersion(ctx); err != nil {
		return err
	}
	base, err := readConfig(ctx, plain) // what every repository of this user sees
	if err != nil {
		return err
	}
	s.config = base
	if a.source != nil || len(user.env) != len(plain.env) { // else nothing adds to it
		if s.config, err = readConfig(ctx, user); err != nil {
			return err
		}
	}
	for _, v := range s.config {
		if strings.HasSuffix(v.key, ".extraheader") {
			mask.addHeader(v.value)
		}
	}
	send := slices.Concat(s.config.beyond(base), scratchSettings, s.remoteSettings())
	s.git = plain.with(configEnv(send)...)

	to := s.url
	if len(s.config.section("url")) > 0 {
		// insteadOf may send us elsewhere, and the token belongs where git really goes.
		raw, err := s.git.line(ctx, "ls-remote", "--get-url", remoteName)
		if err != nil {
			return err
		}
		if to, err = parseURL(raw, a.base); err != nil {
			return err
		}
		mask.addURL(to)
	}
	s.tried = offered(to, s.config)
	if a.token == "" {
		return nil
	}
	if why := to.unsafeForSecrets(); why != "" {
		s.tried = fmt.Sprintf("%s; the token was not sent (%s)", s.tried, why)
		return nil
	}
	if a.username == "" {
		a.username = "x-access-token" // what GitHub calls it; GitLab and Gitea take any name
	}
	credential := base64.StdEncoding.EncodeToString([]byte(a.username + ":" + a.token))
	mask.add(credential)
	s.tried = "the given token as user " + a.username
	s.git = plain.with(configEnv(withToken(base, send, to, credential))...)
	return nil
}

// remoteSettings define the remote. Its address is not on a command line, as it
// may hold credentials.
func (s *scratch) remoteSettings() settings {
	out := settings{{"remote." + remoteName + ".url", s.url.raw}}
	if s.url.local != "" {
		// A repository on this machine need not be set up to be fetched from in parts.
		out = append(out, setting{"remote." + remoteName + ".uploadpack",
			"git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack"})
	}
	return out
}

// withToken sends the credential to this address and nothing else that
// authorizes: most servers take two Authorization headers for an error.
func withToken(base, send settings, to remoteURL, credential string) settings {
	key := "http." + to.configKey()
	send = slices.DeleteFunc(send, setting.isAuthSetting)
	if slices.ContainsFunc(base, setting.isAuthSetting) {
		send = append(send, setting{key + ".extraheader", ""}) // forgets all that came before
	}
	return append(send,
		setting{key + ".extraheader", "Authorization: Basic " + credential},
		setting{key + ".followredirects", "false"}, // git repeats the header to wherever it is sent
	)
}

// offered says which credentials git would offer by itself.
func offered(u remoteURL, config settings) string {
	switch {
	case u.local != "":
		return "the permissions of this user"
	case u.parsed == nil, u.parsed.Scheme == "ssh":
		return "the ssh keys of this user"
	case u.parsed.Scheme == "git":
		return "no credentials (git:// has none)"
	case u.parsed.User != nil:
		return "the credentials in the address"
	}
	for _, v := range config {
		if v.isAuthSetting() {
			return "the Authorization header in git's configuration (http.extraheader)"
		}
	}
	for _, v := range config.section("credential") {
		if strings.HasSuffix(v.key, ".helper") && v.value != "" {
			return "git's credential helper"
		}
	}
	return "no credentials (none are configured)"
}

// repo returns the bare repository of this name, made on first use.
func (s *scratch) repo(ctx context.Context, name string, format Format) (runner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.repos[name]; ok {
		return r, nil
	}
	dir := filepath.Join(s.root, name)
	if _, err := s.git.run(ctx, "init", "--quiet", "--bare", "--template=", "--object-format="+string(format), dir); err != nil {
		return runner{}, fmt.Errorf("make a scratch repository: %w", err)
	}
	r := s.git
	r.dir = dir
	s.repos[name] = r.with("GIT_DIR=" + dir)
	return s.repos[name], nil
}

// name is the remote's address for people.
func (s *scratch) name() string { return s.git.mask.mask(s.url.raw) }

func (s *scratch) close() error { return os.RemoveAll(s.root) }

// promisor makes git fetch objects that are missing from the remote instead of
// failing. Only commands that talk to the remote anyway get it.
func promisor(filter string) []string {
	return []string{
		"-c", "remote." + remoteName + ".promisor=true",
		"-c", "remote." + remoteName + ".partialclonefilter=" + filter,
	}
}
