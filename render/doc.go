// Package render turns source folders into Kubernetes objects.
package render
