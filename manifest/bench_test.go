package manifest_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/plainsail/plainsail/manifest"
)

// typical is a stream of 1,000 objects as applications have them.
func typical() []byte {
	var b bytes.Buffer
	for i := range 250 {
		fmt.Fprintf(&b, `# Source: web/templates/all.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%[1]d
  namespace: shop
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: web-%[1]d
    app.kubernetes.io/version: "1.25"
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/instance: web-%[1]d
  template:
    metadata:
      labels:
        app.kubernetes.io/instance: web-%[1]d
    spec:
      containers:
      - name: web
        image: registry.example.com/shop/web:1.25.%[1]d
        args: ["--listen=:8080", "--log-level", "info"]
        env:
        - name: DATABASE_URL
          valueFrom:
            secretKeyRef: {name: database, key: url}
        ports:
        - containerPort: 8080
          name: http
        resources:
          limits: {cpu: 500m, memory: 256Mi}
          requests: {cpu: 100m, memory: 128Mi}
        readinessProbe:
          httpGet: {path: /healthz, port: http}
          periodSeconds: 5
---
apiVersion: v1
kind: Service
metadata:
  name: web-%[1]d
  namespace: shop
spec:
  selector:
    app.kubernetes.io/instance: web-%[1]d
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-%[1]d
  namespace: shop
data:
  LOG_FORMAT: json
  config.ini: |
    [server]
    port = 8080

    [client]
    timeout = 30s
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-%[1]d
  namespace: shop
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
spec:
  ingressClassName: nginx
  rules:
  - host: web-%[1]d.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service: {name: web-%[1]d, port: {name: http}}
---
`, i)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	stream := typical()
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		objects, err := manifest.Decode(stream, "f.yaml", true)
		if err != nil || len(objects) != 1000 {
			b.Fatal(len(objects), err)
		}
	}
}

func BenchmarkYAML(b *testing.B) {
	stream := typical()
	objects, err := manifest.Decode(stream, "f.yaml", true)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		for _, o := range objects {
			if _, err := o.YAML(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkNewSet(b *testing.B) {
	objects, err := manifest.Decode(typical(), "f.yaml", true)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := manifest.NewSet(objects); err != nil {
			b.Fatal(err)
		}
	}
}
