package workers

import (
	"encoding/json"
	"time"
)

// Worker is a Worker of an account, as its versions and deployments share it.
type Worker struct {
	Name     string    `json:"name"` // unique in the account
	Tag      string    `json:"tag"`  // 32 hex digits; a Worker that was deleted and made again has another
	Created  time.Time `json:"created_on"`
	Modified time.Time `json:"modified_on"`

	Subdomain Subdomain  `json:"subdomain"`
	Schedules []Schedule `json:"schedules,omitempty"`
	Routes    []string   `json:"routes,omitempty"`  // patterns, as "example.com/*"
	Domains   []string   `json:"domains,omitempty"` // custom ones
	Settings  Settings   `json:"settings"`

	// MigrationTag is that of the last step of Durable Object migrations that was
	// applied, and Classes what came of them.
	MigrationTag string           `json:"migration_tag,omitempty"`
	Classes      map[string]Class `json:"classes,omitempty"` // by class name
	// Moved says of classes that were renamed, or that other Workers took over, where they are, for bindings that still name
	// the former place.
	Moved map[string]Moved `json:"moved,omitempty"` // by class name

	// LastVersion and LastDeployment count; both begin with 1.
	LastVersion    int `json:"last_version"`
	LastDeployment int `json:"last_deployment"`
}

// Subdomain says whether a Worker answers under its account's workers.dev name.
type Subdomain struct {
	Enabled         bool `json:"enabled"`
	PreviewsEnabled bool `json:"previews_enabled"`
}

// Schedule is a cron trigger.
type Schedule struct {
	Cron     string    `json:"cron"`
	Created  time.Time `json:"created_on"`
	Modified time.Time `json:"modified_on"`
}

// Settings are those of a Worker which no version carries. What Bindery only stores and
// shows again is kept as it was sent.
type Settings struct {
	Tags          []string        `json:"tags"`
	Logpush       bool            `json:"logpush"`
	Observability json.RawMessage `json:"observability,omitempty"`
	TailConsumers json.RawMessage `json:"tail_consumers,omitempty"`
}

// Class is a Durable Object class that a migration introduced. Key names its storage:
// a rename keeps it, so that the objects go with the class.
type Class struct {
	Key    string   `json:"key"` // 32 hex digits, never used again
	SQLite bool     `json:"sqlite"`
	From   []string `json:"from,omitempty"` // tags of Workers that had it before, the last one last
}

// Moved is where a class is that was renamed, or that another Worker took over.
type Moved struct {
	Worker string `json:"worker"`
	Class  string `json:"class"`
}

// Deployment says which versions serve. Percentages sum to 100.
type Deployment struct {
	ID          string            `json:"id"` // UUID
	Number      int               `json:"number"`
	Created     time.Time         `json:"created_on"`
	Source      string            `json:"source"`
	Author      string            `json:"author_email"`
	Versions    []Share           `json:"versions"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Share is what part of the requests a version serves.
type Share struct {
	VersionID  string  `json:"version_id"`
	Percentage float64 `json:"percentage"`
}
