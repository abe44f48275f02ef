{{ define "shared" }}shared{{ end }}
