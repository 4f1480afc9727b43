package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/bindery-dev/bindery/internal/workers"
)

// wireScriptInfo is a Worker, as the paths of scripts and services have it.
type wireScriptInfo struct {
	ID                string    `json:"id"`
	Tag               string    `json:"tag"`
	Tags              []string  `json:"tags"`
	ETag              string    `json:"etag"`
	Created           time.Time `json:"created_on"`
	Modified          time.Time `json:"modified_on"`
	LastDeployedFrom  string    `json:"last_deployed_from"`
	MigrationTag      string    `json:"migration_tag,omitempty"`
	Handlers          []string  `json:"handlers"`
	HasAssets         bool      `json:"has_assets"`
	HasModules        bool      `json:"has_modules"`
	Logpush           bool      `json:"logpush"`
	UsageModel        string    `json:"usage_model"`
	CompatibilityDate string    `json:"compatibility_date,omitempty"`

	// After an upload.
	StartupMillis int    `json:"startup_time_ms,omitempty"`
	DeploymentID  string `json:"deployment_id,omitempty"` // the version's id without dashes
}

func wireScript(k workers.Worker, v workers.Version) wireScriptInfo {
	info := wireScriptInfo{
		ID: k.Name, Tag: k.Tag, Tags: k.Settings.Tags, ETag: etag(v), Created: k.Created, Modified: k.Modified,
		LastDeployedFrom: v.Source, MigrationTag: k.MigrationTag, Handlers: v.Trial.Handlers,
		HasAssets: v.Assets != nil, HasModules: len(v.Modules) > 0 && !v.Classic, Logpush: k.Settings.Logpush,
		UsageModel: "standard", CompatibilityDate: v.CompatibilityDate,
	}
	if info.Tags == nil {
		info.Tags = []string{}
	}
	if info.Handlers == nil {
		info.Handlers = []string{}
	}
	return info
}

// etag names the code of a version.
func etag(v workers.Version) string {
	sum := sha256.New()
	for _, m := range v.Modules {
		_, _ = sum.Write([]byte(m.Name + "\x00" + m.Digest)) // never fails
	}
	return hex.EncodeToString(sum.Sum(nil))
}

type wireService struct {
	ID                 string            `json:"id"`
	Created            time.Time         `json:"created_on"`
	Modified           time.Time         `json:"modified_on"`
	DefaultEnvironment wireEnvironment   `json:"default_environment"`
	Environments       []wireEnvironment `json:"environments"`
}

type wireEnvironment struct {
	Environment string         `json:"environment"`
	Created     time.Time      `json:"created_on"`
	Modified    time.Time      `json:"modified_on"`
	Script      wireScriptInfo `json:"script"`
}

type references struct {
	Services struct {
		Incoming      []map[string]string `json:"incoming"`
		Outgoing      []map[string]string `json:"outgoing"`
		PagesFunction bool                `json:"pages_function"`
	} `json:"services"`
	DurableObjects    []map[string]string `json:"durable_objects"`
	DispatchOutbounds []map[string]string `json:"dispatch_outbounds"`
}

func newReferences() (r references) {
	r.Services.Incoming, r.Services.Outgoing = []map[string]string{}, []map[string]string{}
	r.DurableObjects, r.DispatchOutbounds = []map[string]string{}, []map[string]string{}
	return r
}

type wireClass struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Script string `json:"script"`
	Class  string `json:"class"`
	SQLite bool   `json:"use_sqlite"`
}

// wireVersion is a version. Of the list, Resources and StartupMillis are left out.
type wireVersion struct {
	ID            string            `json:"id"`
	Number        int               `json:"number"`
	Metadata      wireVersionMeta   `json:"metadata"`
	Annotations   map[string]string `json:"annotations"`
	Resources     *versionResources `json:"resources,omitempty"`
	StartupMillis int               `json:"startup_time_ms,omitempty"`
}

type wireVersionMeta struct {
	Created    time.Time `json:"created_on"`
	Modified   time.Time `json:"modified_on"`
	Author     string    `json:"author_email"`
	AuthorID   string    `json:"author_id"`
	Source     string    `json:"source"`
	HasPreview bool      `json:"has_preview"` // it has an address of its own, where preview URLs are on
}

type versionResources struct {
	Script struct {
		ETag             string   `json:"etag"`
		Handlers         []string `json:"handlers"`
		LastDeployedFrom string   `json:"last_deployed_from"`
	} `json:"script"`
	Runtime  versionRuntime    `json:"script_runtime"`
	Bindings []json.RawMessage `json:"bindings"`
}

type versionRuntime struct {
	CompatibilityDate  string          `json:"compatibility_date,omitempty"`
	CompatibilityFlags []string        `json:"compatibility_flags,omitempty"`
	UsageModel         string          `json:"usage_model"`
	Limits             json.RawMessage `json:"limits,omitempty"`
	MigrationTag       string          `json:"migration_tag,omitempty"`
}

func listedVersion(v workers.Version) wireVersion {
	annotations := v.Annotations
	if annotations == nil {
		annotations = map[string]string{}
	}
	return wireVersion{
		ID: v.ID, Number: v.Number, Annotations: annotations,
		Metadata: wireVersionMeta{Created: v.Created, Modified: v.Created, Author: v.Author, AuthorID: theUser.ID, Source: v.Source},
	}
}

func wholeVersion(v workers.Version) wireVersion {
	one := listedVersion(v)
	r := &versionResources{Bindings: shown(v.Bindings), Runtime: versionRuntime{
		CompatibilityDate: v.CompatibilityDate, CompatibilityFlags: v.CompatibilityFlags, UsageModel: "standard", Limits: v.Rest["limits"],
	}}
	r.Script.ETag, r.Script.Handlers, r.Script.LastDeployedFrom = etag(v), v.Trial.Handlers, v.Source
	if r.Script.Handlers == nil {
		r.Script.Handlers = []string{}
	}
	one.Resources, one.StartupMillis = r, v.Trial.StartupMillis
	return one
}

// shown are bindings without what is secret.
func shown(bindings []workers.Binding) []json.RawMessage {
	all := make([]json.RawMessage, 0, len(bindings))
	for _, b := range bindings {
		all = append(all, b.Shown())
	}
	return all
}

type wireDeployment struct {
	ID          string            `json:"id"`
	Source      string            `json:"source"`
	Strategy    string            `json:"strategy"`
	Author      string            `json:"author_email"`
	Annotations map[string]string `json:"annotations"`
	Versions    []workers.Share   `json:"versions"`
	Created     time.Time         `json:"created_on"`
}

func newDeployment(d workers.Deployment) wireDeployment {
	annotations := d.Annotations
	if annotations == nil {
		annotations = map[string]string{}
	}
	return wireDeployment{ID: d.ID, Source: d.Source, Strategy: "percentage", Author: d.Author, Annotations: annotations, Versions: d.Versions, Created: d.Created}
}
