package workers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Binding is a binding of a version, as it was uploaded. Fields that a type has beside
// name and type are read with [Binding.Field].
//
// Source: the metadata part of Cloudflare's upload of a Worker.
type Binding struct {
	Name string
	Type string
	all  map[string]json.RawMessage
}

// Types of variables. The text of the secret ones is kept and handed to the runtime, and
// never shown.
const (
	TypeText       = "plain_text"
	TypeJSON       = "json"
	TypeSecretText = "secret_text"
	TypeSecretKey  = "secret_key"
)

// TypeInherit is what the version before has under the name.
const TypeInherit = "inherit"

var isVar = map[string]bool{TypeText: true, TypeJSON: true, TypeSecretText: true, TypeSecretKey: true}

// known are the types that refer to nothing which an account could lack here. Source:
// wrangler's upload. Those that nothing serves fail when a Worker calls them.
var known = set(
	TypeSecretKey, "wasm_module", "text_blob", "data_blob", "version_metadata", "assets",
	"ai", "ai_search", "ai_search_namespace", "analytics_engine", "artifacts", "browser", "dispatch_namespace",
	"flagship", "hyperdrive", "images", "logfwdr", "media", "mtls_certificate", "pipelines", "ratelimit",
	"secrets_store_secret", "send_email", "stream", "unsafe_hello_world", "vectorize", "vpc_network", "vpc_service",
	"worker_loader", "workflow",
)

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}

// IsSecret says whether the binding's content must not be shown.
func (b Binding) IsSecret() bool { return b.Type == TypeSecretText || b.Type == TypeSecretKey }

// Field returns a field that is a string; "" when it is absent or something else.
func (b Binding) Field(name string) string {
	var s string
	_ = json.Unmarshal(b.all[name], &s) // something else is as good as absent
	return s
}

// Raw returns a field as it was sent; nil when it is absent.
func (b Binding) Raw(name string) json.RawMessage { return b.all[name] }

// UnmarshalJSON reads a binding: an object with name and type.
func (b *Binding) UnmarshalJSON(text []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*b = Binding{all: all}
	b.Name, b.Type = b.Field("name"), b.Field("type")
	if b.Name == "" || b.Type == "" {
		return fmt.Errorf("%w or no type: it has %s", ErrBindingUnnamed, summary(all))
	}
	return nil
}

// MarshalJSON writes a binding whole, secrets included: for the store. Answers go
// through [Binding.Shown].
func (b Binding) MarshalJSON() ([]byte, error) { return json.Marshal(b.all) }

// Shown is the binding without what must not be shown.
func (b Binding) Shown() json.RawMessage {
	if !b.IsSecret() {
		text, _ := json.Marshal(b.all) // came from JSON
		return text
	}
	text, _ := json.Marshal(map[string]string{"name": b.Name, "type": b.Type})
	return text
}

// summary names the keys of an object, not its values, which may be secret.
func summary(all map[string]json.RawMessage) string {
	if len(all) == 0 {
		return "no fields"
	}
	return "only " + strings.Join(slices.Sorted(maps.Keys(all)), ", ")
}

// renamed is the binding under another name.
func (b Binding) renamed(name string) Binding {
	if name == b.Name {
		return b
	}
	all := maps.Clone(b.all)
	all["name"], _ = json.Marshal(name) // a string
	return Binding{Name: name, Type: b.Type, all: all}
}

// HasContent says whether a binding is more than a name and a type: one that is not
// stands for what was there before, in an edit.
func (b Binding) HasContent() bool { return len(b.all) > 2 }

// Secret makes a secret binding.
func Secret(name, text string) Binding {
	field := func(s string) json.RawMessage { raw, _ := json.Marshal(s); return raw } // a string
	return Binding{Name: name, Type: TypeSecretText, all: map[string]json.RawMessage{
		"name": field(name), "type": field(TypeSecretText), "text": field(text),
	}}
}
