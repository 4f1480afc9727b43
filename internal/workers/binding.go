package workers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
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

// Types whose text is a secret: it is kept and handed to the runtime, and never shown.
const (
	TypeSecretText = "secret_text"
	TypeSecretKey  = "secret_key"
)

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
		return fmt.Errorf("a binding has a name and a type, this one has neither or one: %s", summary(text))
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
func summary(text []byte) string {
	var all map[string]json.RawMessage
	if json.Unmarshal(text, &all) != nil {
		return "no object"
	}
	var b bytes.Buffer
	for name := range all {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name)
	}
	return "keys " + b.String()
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

// Secret makes a secret binding.
func Secret(name, text string) Binding {
	field := func(s string) json.RawMessage { raw, _ := json.Marshal(s); return raw } // a string
	return Binding{Name: name, Type: TypeSecretText, all: map[string]json.RawMessage{
		"name": field(name), "type": field(TypeSecretText), "text": field(text),
	}}
}
