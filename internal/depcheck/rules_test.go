package depcheck

const module = "github.com/plainsail/plainsail"

// Groups of the table. A package may import what stands below its own layer.
var (
	values  = []string{"config", "manifest", "secrets"}
	outside = []string{"gitrepo", "forge"}
	verbs   = append(append([]string{"render", "check"}, outside...), values...)
)

// engines must stay out of what runs in a cluster: they are most of the size
// of the command line, and code that a cluster's agent has no use for.
var engines = []string{
	"sigs.k8s.io/kustomize/...",
	"helm.sh/helm/...",
	module + "/render/...",
}

// cloudSDKs bring a hundred modules along. The variant of puller that wants
// them is built with a tag; the default build is without.
var cloudSDKs = []string{
	"github.com/getsops/...",
	"github.com/aws/...",
	"github.com/Azure/...",
	"github.com/hashicorp/vault/...",
	"cloud.google.com/...",
	"google.golang.org/api/...",
}

// effects are what values must not have: manifest and config decide from
// their arguments alone, so that equal input gives equal output.
var effects = []string{"net", "net/http/...", "os/exec", "syscall/js"}

// table is the architecture. Packages that do not exist yet are here from
// the design; a new one that is not fails the test.
var table = []Rule{
	{Package: "cmd/plainsail", Imports: []string{"*"}},
	{Package: "cmd/puller", Imports: []string{"*"}, Deny: join(engines, cloudSDKs)},

	{Package: "publish", Imports: append([]string{"render/readset"}, verbs...)},
	{Package: "promote", Imports: verbs},
	{Package: "review", Imports: verbs},
	{Package: "puller", Imports: join([]string{"check"}, outside, values), Deny: join(engines, cloudSDKs)},

	// Rendering touches no network. The engines link net/http themselves;
	// what they would do with it is refused at run time.
	{Package: "render", Imports: append([]string{"render/readset"}, values...), DenyDirect: []string{"net/http/..."}},
	{Package: "render/readset", StandardOnly: true},
	{Package: "check", Imports: values},

	{Package: "config", Deny: effects},
	{Package: "manifest", Deny: effects},
	{Package: "secrets"},

	{Package: "gitrepo", StandardOnly: true},
	{Package: "forge"},

	{Package: "gitrepo/gitrepotest", TestOnly: true, Imports: []string{"gitrepo"}},
	{Package: "internal/testtools", TestOnly: true},
	{Package: "internal/fleet", TestOnly: true, StandardOnly: true},
	{Package: "bench", TestOnly: true, Imports: []string{"internal/fleet", "internal/testtools"}},
	{Package: "internal/depcheck", TestOnly: true},
	{Package: "internal/surfaces", TestOnly: true, Imports: []string{"gitrepo/gitrepotest", "internal/testtools"}},
}

func join(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
