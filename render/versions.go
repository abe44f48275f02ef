package render

// The engines that this version of plainsail renders with. Output can change with them, so rendered commits record them. A test
// holds them equal to what go.mod pins: the build information of a binary would know them too, but not that of a test.
const (
	// HelmVersion is the version of the Helm library that renders charts.
	HelmVersion = "v3.22.0"
	// KustomizeVersion is the version of the kustomize command whose builds the library reproduces.
	KustomizeVersion = "v5.8.2"
	// kustomizeAPIVersion is the version of the library itself, sigs.k8s.io/kustomize/api, that kustomize 5.8.2 is made of.
	kustomizeAPIVersion = "v0.21.2"
)
