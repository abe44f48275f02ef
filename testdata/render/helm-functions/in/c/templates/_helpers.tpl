{{- define "checksum" }}{{ .Files.Get "files/a.conf" | sha256sum }}{{ end -}}
