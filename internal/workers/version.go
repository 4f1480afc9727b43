package workers

import (
	"encoding/json"
	"time"
)

// Version is one upload of a Worker: code, bindings, secrets. It never changes.
type Version struct {
	ID      string    `json:"id"`     // UUID
	Number  int       `json:"number"` // from 1 in its Worker
	Created time.Time `json:"created_on"`
	Source  string    `json:"source"` // who sent it: "wrangler", "api"
	Author  string    `json:"author_email"`
	// Annotations are workers/message, workers/tag and workers/triggered_by.
	Annotations map[string]string `json:"annotations,omitempty"`

	Modules  []Module  `json:"modules,omitempty"` // the first is where the Worker begins; none: assets only
	Classic  bool      `json:"classic,omitempty"` // service-worker format: one script, bindings are globals
	Bindings []Binding `json:"bindings,omitempty"`
	Assets   *Assets   `json:"assets,omitempty"`

	CompatibilityDate  string   `json:"compatibility_date,omitempty"`
	CompatibilityFlags []string `json:"compatibility_flags,omitempty"`

	// Placement, Limits and what else Bindery only stores, as it was sent.
	Rest map[string]json.RawMessage `json:"rest,omitempty"`

	Trial Trial `json:"trial"`
}

// Module is a file of a version. Its content is kept once per account, under its digest.
type Module struct {
	Name   string     `json:"name"` // as the code imports it, perhaps with "./" before it
	Kind   ModuleKind `json:"kind"`
	Size   int        `json:"size"`   // bytes
	Digest string     `json:"digest"` // SHA-256, hex
}

// ModuleKind says how the runtime reads a module.
type ModuleKind string

const (
	KindESModule  ModuleKind = "esm"
	KindCommonJS  ModuleKind = "cjs"
	KindClassic   ModuleKind = "service-worker"
	KindText      ModuleKind = "text"
	KindData      ModuleKind = "data"
	KindWasm      ModuleKind = "wasm"
	KindJSON      ModuleKind = "json"
	KindPython    ModuleKind = "python"
	KindSourceMap ModuleKind = "source-map" // kept, not run
)

// Assets are the static files of a version.
type Assets struct {
	Files  map[string]File `json:"files"`            // by path, as "/index.html"
	Config json.RawMessage `json:"config,omitempty"` // html_handling, not_found_handling, run_worker_first, _headers, _redirects
}

// File is a static file; its content is kept as a module's is, under the digest that
// the client gave it.
type File struct {
	Hash string `json:"hash"` // 32 hex digits, the client's
	Size int    `json:"size"` // bytes
	Type string `json:"type,omitempty"`
}
