package gitrepotest

import (
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ServerOptions set up a Server. The zero value lets everybody read and write
// and supports partial clones, as the big forges do.
type ServerOptions struct {
	// Token must be the password of every request's basic authentication.
	Token string
	// Username must go with Token; "" accepts any.
	Username string
	// NoFilter makes a server that knows no partial clones.
	NoFilter bool
	// ProtocolV0 makes a server that ignores requests for protocol v2.
	ProtocolV0 bool
}

// Server serves bare repositories with git http-backend.
type Server struct {
	root string
	opts ServerOptions
	env  []string
	http *httptest.Server
	t    testing.TB

	mu       sync.Mutex
	requests []Request
}

// Request is what the server was asked.
type Request struct {
	Method        string
	URL           string // path and query
	Authorization []string
	Status        int
}

// NewServer starts a server that ends with the test.
func NewServer(t testing.TB, opts ServerOptions) *Server {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatalf("git --exec-path: %v", err)
	}
	s := &Server{root: t.TempDir(), opts: opts, env: Env(t), t: t}
	backend := &cgi.Handler{
		Path:   filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"),
		Root:   "/",
		Env:    append(slices.Clone(s.env), "GIT_PROJECT_ROOT="+s.root, "GIT_HTTP_EXPORT_ALL=1"),
		Stderr: io.Discard,
	}
	s.http = httptest.NewServer(s.record(s.authorize(s.serve(backend))))
	t.Cleanup(s.http.Close)
	return s
}

// Init makes an empty bare repository on the server. Arguments are those of git
// init.
func (s *Server) Init(name string, args ...string) *Repo {
	s.t.Helper()
	r := initRepo(s.t, filepath.Join(s.root, name+".git"), s.env, append([]string{"--bare"}, args...))
	if !s.opts.NoFilter {
		r.Git("config", "uploadpack.allowFilter", "true")
		r.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	}
	return r
}

// URL returns the address of a repository.
func (s *Server) URL(name string) string { return s.http.URL + "/" + name + ".git" }

// Base returns the address of the server itself.
func (s *Server) Base() string { return s.http.URL }

// Requests returns what was asked since the last call.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.requests
	s.requests = nil
	return out
}

func (s *Server) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, req)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, Request{
			Method: req.Method, URL: req.URL.String(),
			Authorization: req.Header.Values("Authorization"), Status: rec.status,
		})
	})
}

// authorize answers as GitHub does: it asks for credentials when there are none
// and takes two Authorization headers for a bad request.
func (s *Server) authorize(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if len(req.Header.Values("Authorization")) > 1 {
			http.Error(w, "Duplicate header: \"Authorization\"", http.StatusBadRequest)
			return
		}
		user, password, ok := req.BasicAuth()
		if s.opts.Token != "" && (!ok || password != s.opts.Token || s.opts.Username != "" && user != s.opts.Username) {
			w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
			http.Error(w, "Invalid username or token.", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, req)
	})
}

func (s *Server) serve(backend *cgi.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := *backend
		h.Env = append(slices.Clone(backend.Env), "REMOTE_USER=test") // lets receive-pack in
		if v := req.Header.Get("Git-Protocol"); v != "" && !s.opts.ProtocolV0 {
			h.Env = append(h.Env, "GIT_PROTOCOL="+v)
		}
		if s.opts.ProtocolV0 {
			req.Header.Del("Git-Protocol")
		}
		h.ServeHTTP(w, req)
	})
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController flush.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
