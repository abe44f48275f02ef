package surfaces

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/plainsail/plainsail/gitrepo/gitrepotest"
	"github.com/plainsail/plainsail/internal/testtools"
)

// apk stands in for the package manager of the base image. It installs
// nothing, and knows only what a stand-in base really holds.
const apk = `#!/bin/sh
[ "$1 $2" = "add --no-cache" ] || { echo "apk: unexpected: $*" >&2; exit 1; }
shift 2
for p; do
	case $p in
	ca-certificates) [ -s /etc/ssl/certs/ca-certificates.crt ] ;;
	git) git --version ;;
	openssh-client) ;; # not tried
	*) echo "apk: no package $p" >&2; false ;;
	esac || exit 1
done
`

// standIn writes what a base image needs for the Dockerfile: a shell, git over
// HTTP with the libraries of both, certificates and a package manager. All of
// it is this machine's, since no registry can be reached. So the test is of
// our lines in the Dockerfile, not of the base image they are meant for.
func standIn(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	core := strings.TrimSpace(must(t, dir, os.Environ(), "git", "--exec-path"))
	programs := map[string]string{
		"/bin/sh":                  lookPath(t, "sh"),
		"/usr/bin/git":             lookPath(t, "git"),
		filepath.Join(core, "git"): filepath.Join(core, "git"),
		core + "/git-remote-http":  filepath.Join(core, "git-remote-http"),
		core + "/git-remote-https": filepath.Join(core, "git-remote-http"),
	}
	library := regexp.MustCompile(`(?m)^\s+(?:\S+ => )?(/\S+) \(0x`)
	for to, from := range programs {
		copyFile(t, from, filepath.Join(dir, to))
		for _, m := range library.FindAllStringSubmatch(must(t, dir, os.Environ(), "ldd", from), -1) {
			copyFile(t, m[1], filepath.Join(dir, m[1]))
		}
	}
	write(t, filepath.Join(dir, "sbin", "apk"), apk, 0o755)
	write(t, filepath.Join(dir, "etc", "ssl", "certs", "ca-certificates.crt"), "no certificate is needed on loopback\n", 0o644)
	write(t, filepath.Join(dir, "etc", "passwd"), "root:x:0:0:root:/root:/bin/sh\n", 0o644)
	write(t, filepath.Join(dir, "etc", "group"), "root:x:0:\n", 0o644)
	for _, name := range []string{"proc", "sys", "dev", "root", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "tmp"), 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return dir
}

func lookPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if _, err := os.Stat(to); err == nil {
		return
	}
	write(t, to, read(t, from), 0o755)
}

// readOnly runs a program in the root file system $1 as the user of the image:
// nothing of it can be written but /tmp. The mounts go with the process.
const readOnly = `
mount --bind "$1" "$1"
mount --bind "$2" "$1/src"
mount -o remount,bind,ro "$1/src"
mount --rbind /proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mount -o remount,bind,ro "$1"
root=$1 user=$3
shift 3
exec chroot --userspec="$user" "$root" "$@"
`

func TestImage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds plainsail and an image; not in -short")
	}
	if runtime.GOOS != "linux" {
		t.Skip("images are for Linux")
	}
	t.Parallel()
	buildah := testtools.LookPath(t, "buildah")
	if os.Getuid() != 0 {
		t.Skip("image: skipped, building and mounting without root needs set-up that differs from machine to machine")
	}

	store := t.TempDir()
	env := environment(os.Environ(), []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"},
		"HOME="+store, "BUILDAH_ISOLATION=chroot")
	// The driver that needs nothing of the kernel, and leaves no mounts.
	do := func(args ...string) string {
		t.Helper()
		global := []string{"--root", filepath.Join(store, "root"), "--runroot", filepath.Join(store, "run"), "--storage-driver", "vfs"}
		return strings.TrimSpace(must(t, store, env, buildah, append(global, args...)...))
	}

	// A base image of the name that the Dockerfile has.
	dockerfile := read(t, root(t), "Dockerfile")
	base := regexp.MustCompile(`(?m)^ARG BASE=(\S+)$`).FindStringSubmatch(dockerfile)
	if base == nil {
		t.Fatal("the Dockerfile does not say ARG BASE")
	}
	c := do("from", "scratch")
	do("copy", "--quiet", c, standIn(t), "/")
	do("commit", "--quiet", c, base[1])
	do("rm", c)

	// Built from a folder that has more than the image may get.
	build := t.TempDir()
	for _, name := range []string{"Dockerfile", ".dockerignore"} {
		write(t, filepath.Join(build, name), read(t, root(t), name), 0o644)
	}
	write(t, filepath.Join(build, "secret.txt"), "x", 0o644)
	copyFile(t, binary(t), filepath.Join(build, "bin", "plainsail"))
	do("bud", "--quiet", "--pull-never", "--tag", "localhost/plainsail", build)

	var image struct {
		Docker struct {
			Config struct {
				User, WorkingDir string
				Entrypoint       []string
				Env              []string
				Labels           map[string]string
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(do("inspect", "--type", "image", "localhost/plainsail")), &image); err != nil {
		t.Fatal(err)
	}
	conf := image.Docker.Config
	if !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(conf.User) {
		t.Errorf("the image's user is %q; Kubernetes tells only from a number that it is not root", conf.User)
	}
	if len(conf.Entrypoint) != 1 || conf.WorkingDir != "/src" || !slices.Contains(conf.Env, "HOME=/tmp") {
		t.Fatalf("entrypoint %q, folder %q, environment %q", conf.Entrypoint, conf.WorkingDir, conf.Env)
	}
	program := conf.Entrypoint[0]

	// In a container of buildah's, as the image says.
	srv := gitrepotest.NewServer(t, gitrepotest.ServerOptions{Token: token})
	src, origin := checkout(t, srv, source())
	c = do("from", "--pull-never", "localhost/plainsail")
	contains(t, "--version", do("run", c, "--", program, "--version"), "plainsail version ", "kustomize", "helm")
	contains(t, "render", do("run", "--volume", src.Dir+":/src:ro", c, "--", program, "render"), "shop", "web")

	// With a read-only root, and published through the image's git. The
	// checkout belongs to somebody else, as a mounted one does.
	mounted := do("mount", c)
	if _, err := os.Stat(filepath.Join(mounted, "src", "secret.txt")); err == nil {
		t.Error("the image has files of the build's folder")
	}
	if fi, err := os.Stat(filepath.Join(mounted, program)); err != nil || fi.Mode().Perm()&0o022 != 0 {
		t.Errorf("%s: %v, %v", program, fi, err)
	}
	inside := func(env []string, args ...string) result {
		t.Helper()
		all := []string{"--mount", "--propagation", "private", "sh", "-ec", readOnly, "sh", mounted, src.Dir, conf.User}
		r := run(t, store, append(append([]string{}, conf.Env...), env...), lookPath(t, "unshare"), append(all, args...)...)
		lacks(t, fmt.Sprint(args), r.all(), token)
		return r
	}
	if r := inside(nil, "/bin/sh", "-c", "echo x >/src/y || echo x >/y || echo x >/usr/local/bin/y"); r.code == 0 {
		t.Fatal("the root file system can be written, so this test shows nothing")
	}
	r := inside([]string{"PLAINSAIL_TOKEN=" + token}, program, "render", "-C", "/src", "--push")
	if r.code != 0 {
		t.Fatalf("render --push in the container ended with %d\n%s", r.code, r.all())
	}
	contains(t, "env/prod", origin.Files("env/prod")["web/configmap-web.yaml"], "level: info")
	contains(t, "the commit", origin.Git("log", "-1", "--format=%B", "env/prod"), "Source-Commit: "+src.Hash("HEAD"))
	do("umount", c)
}
