package publish_test

import (
	"context"
	"fmt"
	"os"

	"github.com/plainsail/plainsail/publish"
)

// A folder is brought to what is wanted; then there is nothing left to do, and what is not wanted any more goes.
func ExampleDir() {
	dir, err := os.MkdirTemp("", "rendered-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	out := publish.Dir{Path: dir, Source: "https://example.com/acme/apps", Prune: true}

	web := map[string][]byte{"web/default/service-web.yaml": []byte("kind: Service\n")}
	for _, units := range []map[string]map[string][]byte{{"web": web}, {"web": web}, {}} {
		reports, err := out.Publish(context.Background(), []publish.Want{{Env: "prod", Units: units}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s, %d changes: %q\n", reports[0].Status, reports[0].Changes(), reports[0].Plans[0].Summary())
	}
	// Output:
	// published, 1 changes: "prod/web: 1 file added"
	// unchanged, 0 changes: ""
	// published, 1 changes: "prod/web: app removed, 1 file removed"
}
