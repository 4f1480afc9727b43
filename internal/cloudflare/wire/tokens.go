package wire

import (
	"encoding/json"
	"time"
)

// APIToken is an API token, as developers.cloudflare.com/api/resources/user/subresources/tokens has it.
type APIToken struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Status   string        `json:"status"` // "active", "disabled" or "expired"
	Issued   time.Time     `json:"issued_on"`
	Modified time.Time     `json:"modified_on"`
	Expires  *time.Time    `json:"expires_on,omitempty"`
	Policies []TokenPolicy `json:"policies"`
	Value    string        `json:"value,omitempty"` // the secret, in the answer to its making only
}

// TokenPolicy says what a token may do where.
type TokenPolicy struct {
	ID     string            `json:"id,omitempty"`
	Effect string            `json:"effect"` // "allow" or "deny"
	Groups []PermissionGroup `json:"permission_groups"`
	// Resources are names such as "com.cloudflare.api.account.<id>", each with "*", or with
	// the resources below it that are meant.
	Resources map[string]json.RawMessage `json:"resources"`
}

// PermissionGroup is a permission that can be given to a token.
type PermissionGroup struct {
	ID     string   `json:"id"`
	Name   string   `json:"name,omitempty"`
	Scopes []string `json:"scopes,omitempty"` // in lists of them
}

// TokenRequest asks for a token, or says what is to become of one.
type TokenRequest struct {
	Name      string          `json:"name"`
	Policies  []TokenPolicy   `json:"policies"`
	Expires   *time.Time      `json:"expires_on"`
	NotBefore *time.Time      `json:"not_before"`
	Status    string          `json:"status"`    // as in APIToken; "" for as it is
	Condition json.RawMessage `json:"condition"` // on the client's address
}
