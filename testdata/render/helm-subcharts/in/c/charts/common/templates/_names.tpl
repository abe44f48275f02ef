{{- define "common.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end }}
{{- define "common.labels" }}
app: {{ .Chart.Name | quote }}
version: {{ .Chart.AppVersion | quote }}
{{- end }}
