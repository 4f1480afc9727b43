package survey

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// What a token may do in one account is what its policies say of that, of all accounts, of zones and of its owner.
func TestGranted(t *testing.T) {
	const mine, other = "3541a8b5f1d18989d24ea2b978f1a1fc", "960a51529c816b327b2e962bae18f22b"
	policy := func(effect, resource string, names ...string) wire.TokenPolicy {
		p := wire.TokenPolicy{Effect: effect, Resources: map[string]json.RawMessage{resource: json.RawMessage(`"*"`)}}
		for _, name := range names {
			p.Groups = append(p.Groups, wire.PermissionGroup{Name: name})
		}
		return p
	}
	const account = "com.cloudflare.api.account."
	for _, c := range []struct {
		name     string
		policies []wire.TokenPolicy
		want     string
	}{
		{"no policy", nil, ""},
		{"the account", []wire.TokenPolicy{policy("allow", account+mine, "D1 Write", "D1 Read")}, "D1 Read, D1 Write"},
		{"another account", []wire.TokenPolicy{policy("allow", account+other, "D1 Write")}, ""},
		{"all accounts", []wire.TokenPolicy{policy("allow", account+"*", "D1 Write")}, "D1 Write"},
		{"a zone", []wire.TokenPolicy{policy("allow", account+"zone."+other, "DNS Write")}, "DNS Write"},
		{"its owner", []wire.TokenPolicy{policy("allow", "com.cloudflare.api.user."+other, "API Tokens Read")}, "API Tokens Read"},
		{"denied", []wire.TokenPolicy{policy("allow", account+"*", "D1 Write", "Queues Write"), policy("deny", account+mine, "D1 Write")}, "Queues Write"},
		{"denied elsewhere", []wire.TokenPolicy{policy("allow", account+"*", "D1 Write"), policy("deny", account+other, "D1 Write")}, "D1 Write"},
	} {
		if got := granted(c.policies, mine); got == nil || strings.Join(got, ", ") != c.want {
			t.Errorf("%s: got %q, want %q, and told", c.name, got, c.want)
		}
	}
}
