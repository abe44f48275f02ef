package manifest

import "fmt"

// ID is an object's identity: two objects with one ID are the same object to a cluster. The API version is not part of
// it, as one object can be read and written at several.
type ID struct {
	Group     string // "" is the core group
	Kind      string
	Namespace string // "" for cluster-scoped objects
	Name      string
}

// String is "Kind.group namespace/name", without the parts that are empty.
func (id ID) String() string {
	kind := id.Kind
	if id.Group != "" {
		kind += "." + id.Group
	}
	if id.Namespace != "" {
		return fmt.Sprintf("%s %s/%s", kind, id.Namespace, id.Name)
	}
	return fmt.Sprintf("%s %s", kind, id.Name)
}
