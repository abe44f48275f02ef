package config

import (
	"slices"
)

// layer is what one part of the file sets for a unit, and where that part is.
type layer struct {
	at string // its path in the file; "" for a convention
	Override
}

// layers returns everything that the file says about a unit, weakest first.
func (c *Config) layers(u candidate) []layer {
	d := c.Defaults
	layers := []layer{{"defaults", Override{d.Settings, Allow{Nondeterministic: d.Allow.Nondeterministic}}}}
	for i, e := range c.Environments {
		if e.Name == u.env {
			layers = append(layers, layer{item("environments", i), Override{Settings: Settings{
				Namespace: e.Namespace, KubeVersion: e.KubeVersion, APIVersions: e.APIVersions,
			}}})
		}
	}
	layers = append(layers, u.pattern)
	if a, ok := c.Apps[u.app]; ok {
		at := child("apps", u.app)
		layers = append(layers, layer{at, a.Override})
		if o, ok := a.Environments[u.env]; ok {
			layers = append(layers, layer{child(at+".environments", u.env), o})
		}
	}
	return layers
}

// over returns what holds when o is said on top of weak. A single value
// replaces, a list adds: there is no way to take away from a weaker list.
func (o Override) over(weak Override) Override {
	replace(&weak.Namespace, o.Namespace)
	replace(&weak.Release, o.Release)
	replace(&weak.KubeVersion, o.KubeVersion)
	replace(&weak.IncludeCRDs, o.IncludeCRDs)
	replace(&weak.Hooks, o.Hooks)
	replace(&weak.LoadRestrictor, o.LoadRestrictor)
	replace(&weak.Allow.Nondeterministic, o.Allow.Nondeterministic)
	weak.APIVersions = union(weak.APIVersions, o.APIVersions)
	weak.Values = slices.Concat(weak.Values, o.Values) // order matters to Helm: a file may be there twice
	weak.Kinds = o.Kinds.over(weak.Kinds)
	weak.Allow.PlaintextSecrets = slices.Concat(weak.Allow.PlaintextSecrets, o.Allow.PlaintextSecrets)
	return weak
}

// over adds kinds; a kind that both name has the scope that k says.
func (k Kinds) over(weak Kinds) Kinds {
	without := func(list, gone []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(gone, s) })
	}
	return Kinds{
		Namespaced: union(without(weak.Namespaced, k.Cluster), k.Namespaced),
		Cluster:    union(without(weak.Cluster, k.Namespaced), k.Cluster),
	}
}

// replace sets *weak to strong, if strong says anything.
func replace[T comparable](weak *T, strong T) {
	var zero T
	if strong != zero {
		*weak = strong
	}
}

// union adds what is not there yet, in order. It never changes weak.
func union(weak, strong []string) []string {
	all := slices.Clip(weak)
	for _, s := range strong {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
