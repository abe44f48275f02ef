package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// Kustomize inflates charts (helmCharts) by running a command, and offers no other way in. So that no helm needs to be
// installed, and charts come out of the same engine with the same rules, the command is this program itself under another
// name: it passes its arguments through a socket beside it to the process that runs the build, which answers with what helm
// would print.
//
//	build ──kustomize──exec──▶ <dir>/plainsail-helm template … ──socket──▶ helmServer ──▶ Engine.Helm
const shimName = "plainsail-helm"

// IsHelmShim tells whether this process was started as the stand-in for helm; its main must then call RunHelmShim and exit.
func IsHelmShim(args []string) bool {
	return len(args) > 0 && filepath.Base(args[0]) == shimName
}

type shimRequest struct{ Args []string }

type shimResponse struct {
	Stdout, Stderr string
	Code           int
}

// RunHelmShim asks the process that started the build and returns the exit code.
func RunHelmShim(args []string, stdout, stderr io.Writer) int {
	resp, err := askHelmServer(filepath.Join(filepath.Dir(args[0]), "s"), shimRequest{args[1:]})
	if err != nil {
		fmt.Fprintf(stderr, "plainsail: error: %v\n", err)
		return 1
	}
	io.WriteString(stdout, resp.Stdout)
	io.WriteString(stderr, resp.Stderr)
	return resp.Code
}

func askHelmServer(socket string, req shimRequest) (resp shimResponse, err error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return resp, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(req); err != nil {
		return resp, err
	}
	return resp, json.NewDecoder(conn).Decode(&resp)
}

// helmServer answers the shims of one build. It is started only when a kustomization asks for a chart.
type helmServer struct {
	engine *Engine
	ctx    context.Context // of the build, for the requests that belong to it

	dir      string
	dirErr   error // why there is no dir
	listener net.Listener
	done     sync.WaitGroup

	warnings []string
	unstable []Call
	refusal  error
}

// command is the path that kustomize is told to run. The folder is made here, as kustomize wants the path before the build;
// a folder that cannot be made matters only when a chart needs it.
func (h *helmServer) command() string {
	if h.dir == "" && h.dirErr == nil {
		h.dir, h.dirErr = os.MkdirTemp("", "ps")
	}
	if h.dirErr != nil {
		return filepath.Join(os.DevNull, shimName) // never a name that would be looked for in PATH
	}
	return filepath.Join(h.dir, shimName)
}

var errNoHelm = errors.New("helmCharts are not available here: this program has no stand-in for the helm command")

func (h *helmServer) start() error {
	if h.listener != nil {
		return nil
	}
	if h.engine.helmShim == "" {
		return errNoHelm
	}
	if h.dirErr != nil {
		return fmt.Errorf("helmCharts need a temporary folder: %w", h.dirErr)
	}
	if err := os.Symlink(h.engine.helmShim, h.command()); err != nil {
		return err
	}
	l, err := net.Listen("unix", filepath.Join(h.dir, "s"))
	if err != nil {
		// The usual reason is that the system allows about a hundred characters.
		return &SourceError{Err: fmt.Errorf("helmCharts need a socket in the temporary folder: %w", err), Hint: "set TMPDIR to a folder with a short path"}
	}
	h.listener = l
	h.done.Go(h.serve)
	return nil
}

func (h *helmServer) close() {
	if h.listener != nil {
		h.listener.Close()
		h.done.Wait()
	}
	if h.dir != "" {
		os.RemoveAll(h.dir)
	}
}

// serve answers one request after the other: kustomize runs one command at a time.
func (h *helmServer) serve() {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		var req shimRequest
		if json.NewDecoder(conn).Decode(&req) == nil {
			json.NewEncoder(conn).Encode(h.answer(req.Args))
		}
		conn.Close()
	}
}

func (h *helmServer) answer(args []string) shimResponse {
	stdout, err := h.run(args)
	if err != nil {
		if h.refusal == nil {
			h.refusal = err
		}
		return shimResponse{Stderr: "Error: " + err.Error() + "\n", Code: 1}
	}
	return shimResponse{Stdout: stdout}
}

func (h *helmServer) run(args []string) (string, error) {
	if len(args) == 0 {
		return "", errors.New("no helm command given")
	}
	switch args[0] {
	case "version":
		return HelmVersion + "\n", nil
	case "pull":
		return "", h.notVendored(args)
	case "template":
		return h.template(args[1:])
	}
	return "", fmt.Errorf("helm %s is not available here", args[0])
}

func (h *helmServer) template(args []string) (string, error) {
	chart, o, err := parseTemplateArgs(args)
	if err != nil {
		return "", err
	}
	out, err := h.engine.Helm(h.ctx, chart, o)
	if err != nil {
		return "", err
	}
	h.warnings = append(h.warnings, out.Warnings...)
	h.unstable = append(h.unstable, out.Unstable...)
	// The text itself: kustomize reads some YAML scalars otherwise than Kubernetes does.
	return out.text.String(), nil
}

// notVendored is the answer to helm pull: the chart must be in the repository.
func (h *helmServer) notVendored(args []string) error {
	dir, ref, flags := "", "", ""
	for i := 1; i < len(args); i++ {
		switch {
		case args[i] == "--untardir" && i+1 < len(args):
			i++
			dir = args[i]
		case (args[i] == "--repo" || args[i] == "--version") && i+1 < len(args):
			flags += " " + args[i] + " " + args[i+1]
			i++
		case !strings.HasPrefix(args[i], "-"):
			ref = args[i]
		}
	}
	name := path.Base(ref)
	dir = h.engine.rel(dir)
	return &chartError{name, &SourceError{
		Err:  fmt.Errorf("helmCharts: the chart %s is not in the repository (%s), and rendering uses no network", name, path.Join(dir, name)),
		Hint: fmt.Sprintf("pin it by committing it: helm pull %s%s --untar --untardir %s", ref, flags, dir)}}
}

// chartError is why a chart cannot be inflated, for sourceFS to say which kustomization wants it.
type chartError struct {
	chart string
	*SourceError
}

func (e *chartError) Unwrap() error { return e.SourceError }

// parseTemplateArgs reads the arguments that kustomize gives to helm template (types.HelmChart.AsHelmArgs of v0.21.2).
func parseTemplateArgs(args []string) (chart string, o HelmOptions, err error) {
	var bare []string
	nameTemplate := ""
	for i := 0; i < len(args); i++ {
		flag := args[i]
		if !strings.HasPrefix(flag, "-") {
			bare = append(bare, flag)
			continue
		}
		switch flag {
		case "--include-crds":
			o.IncludeCRDs = true
			continue
		case "--skip-tests":
			o.SkipTests = true
			continue
		case "--no-hooks":
			o.NoHooks = true
			continue
		case "--generate-name", "--debug", "--devel":
			// helm template answers --generate-name with DefaultRelease.
			continue
		}
		if i++; i == len(args) {
			return "", o, fmt.Errorf("helm template: %s has no value", flag)
		}
		switch flag {
		case "--namespace":
			o.Namespace = args[i]
		case "-f":
			o.Values = append(o.Values, args[i])
		case "--api-versions":
			o.APIVersions = append(o.APIVersions, args[i])
		case "--kube-version":
			o.KubeVersion = args[i]
		case "--name-template":
			nameTemplate = args[i]
		default:
			return "", o, fmt.Errorf("helm template: unknown flag %s", flag)
		}
	}
	switch {
	case len(bare) == 0:
		return "", o, errors.New("helm template: no chart given")
	case strings.Contains(nameTemplate, "{{"):
		return "", o, &SourceError{Err: fmt.Errorf("helmCharts: nameTemplate %q is not supported", nameTemplate), Hint: "write the name into releaseName"}
	case len(bare) == 2 && nameTemplate != "":
		return "", o, errors.New("helmCharts: nameTemplate and releaseName exclude each other")
	case len(bare) == 2:
		o.Release = bare[0]
	default:
		o.Release = nameTemplate
	}
	return bare[len(bare)-1], o, nil
}

// helmTemporary tells whether a path is a values file that kustomize wrote for helm.
func helmTemporary(path string) bool {
	return strings.HasPrefix(filepath.Base(filepath.Dir(path)), "kustomize-helm-") && strings.HasSuffix(path, "-kustomize-values.yaml") &&
		filepath.Dir(filepath.Dir(path)) == filepath.Clean(os.TempDir())
}
