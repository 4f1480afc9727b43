package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/workers"
)

// Limits of the form of an upload, in bytes. That of the code is workers.MaxScriptBytes;
// source maps, which are larger than the code, come on top.
const (
	maxUpload   = workers.MaxScriptBytes + 16<<20 // for source maps and the rest
	maxMetadata = 4 << 20
)

// uploadMetadata is the part of the form that says what the others are. Source: what
// wrangler sends.
type uploadMetadata struct {
	MainModule         string              `json:"main_module"`
	BodyPart           string              `json:"body_part"` // instead of it: service-worker format
	Bindings           []workers.Binding   `json:"bindings"`
	KeepBindings       []string            `json:"keep_bindings"`
	CompatibilityDate  string              `json:"compatibility_date"`
	CompatibilityFlags []string            `json:"compatibility_flags"`
	Migrations         *workers.Migrations `json:"migrations"`
	Annotations        map[string]string   `json:"annotations"`
	KeepAssets         bool                `json:"keep_assets"`
	Assets             *struct {
		JWT    string          `json:"jwt"`
		Config json.RawMessage `json:"config"`
	} `json:"assets"`
	settingsEdit
}

// stored are members that a version keeps as they were sent.
var stored = []string{"placement", "limits", "cache_options", "containers", "usage_model"}

// readUpload reads the form of an upload part by part. It is in memory whole, as it has to
// be judged before any of it is stored, and takes its share of the room of bulk calls.
func (h *handler) readUpload(c *call) (u workers.Upload, err error) {
	size := c.r.ContentLength
	if size < 0 {
		size = maxUpload
	}
	if size > maxUpload {
		return u, fmt.Errorf("%w: the request has %d bytes, at most %d are possible", workers.ErrTooLarge, size, maxUpload)
	}
	release, err := h.admit(c, size)
	if err != nil {
		return u, err
	}
	defer release()
	metadata, modules, err := c.readModules()
	if err != nil {
		return u, err
	}
	u, err = newUpload(metadata, modules)
	if err != nil {
		return u, err
	}
	query, err := c.query()
	if err != nil {
		return u, err
	}
	u.Strict = query.Get("bindings_inherit") == "strict"
	u.Source, u.Author = c.source(), theUser.Email
	return u, nil
}

// source says in a version's history who sent it.
func (c *call) source() string {
	if strings.HasPrefix(c.r.UserAgent(), "wrangler/") {
		return "wrangler"
	}
	return "api"
}

// readModules takes the form apart.
func (c *call) readModules() (metadata []byte, modules []workers.SentModule, err error) {
	form, err := c.form(maxUpload)
	if err != nil {
		return nil, nil, err
	}
	code := 0 // bytes
	for {
		part, err := form.next()
		if err == io.EOF {
			return metadata, modules, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if part.FormName() == "metadata" {
			if metadata, err = readPart(part, maxMetadata, fmt.Errorf("%w: it is too large", errMetadataUnreadable)); err != nil {
				return nil, nil, err
			}
			continue
		}
		m := workers.SentModule{Name: part.FormName()} // FileName cuts folders off
		if m.Kind, err = moduleKind(part.Header.Get("Content-Type")); err != nil {
			return nil, nil, fmt.Errorf("%w, of %q", err, m.Name)
		}
		most := workers.MaxScriptBytes - code
		if m.Kind == workers.KindSourceMap {
			most = maxUpload
		}
		if m.Content, err = readPart(part, most, fmt.Errorf("%w: with %q it has more than %d bytes", workers.ErrTooLarge, m.Name, workers.MaxScriptBytes)); err != nil {
			return nil, nil, err
		}
		if m.Kind != workers.KindSourceMap {
			code += len(m.Content)
		}
		modules = append(modules, m)
	}
}

// moduleKind reads the type of a part. Source: what wrangler sends.
func moduleKind(contentType string) (workers.ModuleKind, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "application/javascript+module", "text/javascript+module":
		return workers.KindESModule, nil
	case "application/javascript", "text/javascript":
		return workers.KindCommonJS, nil
	case "text/plain", "text/html":
		return workers.KindText, nil
	case "application/octet-stream":
		return workers.KindData, nil
	case "application/wasm":
		return workers.KindWasm, nil
	case "application/json":
		return workers.KindJSON, nil
	case "text/x-python", "text/x-python-requirement":
		return workers.KindPython, nil
	case "application/source-map":
		return workers.KindSourceMap, nil
	}
	return "", fmt.Errorf("%w: Content-Type %q", errPartKind, contentType)
}

// newUpload holds the metadata against the parts.
func newUpload(text []byte, modules []workers.SentModule) (u workers.Upload, err error) {
	if text == nil {
		return u, fmt.Errorf("%w: there is none", errMetadataUnreadable)
	}
	var m uploadMetadata
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(text, &all), json.Unmarshal(text, &m)); err != nil {
		if errors.Is(err, workers.ErrBindingUnnamed) {
			return u, err
		}
		return u, fmt.Errorf("%w: it is not the JSON of an upload", errMetadataUnreadable)
	}
	if modules, err = mainFirst(m, modules); err != nil {
		return u, err
	}
	u = workers.Upload{
		Modules: modules, Classic: m.BodyPart != "", Bindings: m.Bindings, Keep: m.KeepBindings,
		Migrations: m.Migrations, KeepAssets: m.KeepAssets, Annotations: m.Annotations,
		CompatibilityDate: m.CompatibilityDate, CompatibilityFlags: m.CompatibilityFlags,
		Settings: m.settingsEdit.apply, Rest: map[string]json.RawMessage{},
	}
	if m.Assets != nil {
		u.AssetsConfig = m.Assets.Config
		if m.Assets.JWT != "" {
			if u.AssetsKey = assetKey(m.Assets.JWT); u.AssetsKey == "" {
				return u, workers.ErrSessionUnknown
			}
		}
	}
	for _, name := range stored {
		if all[name] != nil {
			u.Rest[name] = all[name]
		}
	}
	return u, nil
}

// mainFirst puts the module first that the metadata names as the beginning.
func mainFirst(m uploadMetadata, modules []workers.SentModule) ([]workers.SentModule, error) {
	name, kind := m.MainModule, "main_module"
	if m.BodyPart != "" {
		name, kind = m.BodyPart, "body_part"
	}
	if name == "" {
		if len(modules) > 0 {
			return nil, fmt.Errorf("%w: it has neither main_module nor body_part", errMetadataUnreadable)
		}
		return nil, nil // static files alone
	}
	i := slices.IndexFunc(modules, func(one workers.SentModule) bool { return one.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q", workers.ErrModuleMissing, name)
	}
	first := modules[i]
	switch {
	case m.BodyPart != "" && first.Kind == workers.KindCommonJS:
		first.Kind = workers.KindClassic
	case m.BodyPart == "" && (first.Kind == workers.KindESModule || first.Kind == workers.KindPython || first.Kind == workers.KindCommonJS):
	default:
		return nil, fmt.Errorf("%w: %s is %q, which was sent as %s", errMainModuleKind, kind, name, first.Kind)
	}
	return append([]workers.SentModule{first}, slices.Delete(slices.Clone(modules), i, i+1)...), nil
}
