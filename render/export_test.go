package render

// Renders counts how often charts were rendered.
func (e *Engine) Renders() int64 { return e.renders.Load() }

// SourceKey tells which units share a render.
var SourceKey = sourceKey
