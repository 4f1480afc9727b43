package secret

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// pem is a private key in its armour, of several lines or of one with \n written out. What follows the first
// line has to be long enough for a key.
var pem = pattern.New(`-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|[\s"'+,\\])*([A-Za-z0-9+/=:., \r\n\\-]{64,})`)

func pemSpans(text string) [][]int {
	if !strings.Contains(text, "PRIVATE KEY") {
		return nil
	}
	return pem.Regexp().FindAllStringIndex(text, -1)
}

// JSON Web Keys: what makes them private is d; of a symmetric one k is the key.
var (
	jwkType    = pattern.New(`["']kty["']\s*:\s*["'](?:RSA|EC|OKP|oct)["']`)
	jwkPrivate = pattern.New(`["'][dk]["']\s*:\s*["'][\w-]{32,}["']`)
)

func privateKey(_ []string, value string) (Credential, bool) {
	if !strings.Contains(value, "PRIVATE KEY") && !strings.Contains(value, "kty") {
		return Credential{}, false
	}
	if at := pem.Regexp().FindStringSubmatch(value); at != nil && !isPlaceholderKey(at[2]) {
		return Credential{"a private key", !strings.Contains(at[1], "ENCRYPTED")}, true
	}
	// Written as JSON in a string, perhaps with its quotes escaped once more.
	text := strings.ReplaceAll(value, `\"`, `"`)
	if jwkType.MatchString(text) && jwkPrivate.MatchString(text) && !isStandIn(text) {
		return Credential{"a private key (JWK)", true}, true
	}
	return Credential{}, false
}

// isPlaceholderKey allows for what keys hold by nature: OpenSSH's have long rows of A.
func isPlaceholderKey(text string) bool {
	return template.MatchString(text) || distinct(text) < 16
}

// webTokenForm is a JSON Web Token: header, claims, signature.
var webTokenForm = pattern.New(`\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{20,}`)

func webTokenSpans(text string) [][]int {
	if !strings.Contains(text, "eyJ") {
		return nil
	}
	return webTokenForm.Regexp().FindAllStringIndex(text, -1)
}

// claims are what a JWT says of itself; false if it is none.
type claims struct{ Role, Iss, Name string }

func claimsIn(value string) (claims, bool) {
	if !strings.Contains(value, "eyJ") {
		return claims{}, false
	}
	token := webTokenForm.Regexp().FindString(value)
	if token == "" {
		return claims{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.SplitN(token, ".", 3)[1])
	if err != nil {
		return claims{}, false
	}
	var c claims
	return c, json.Unmarshal(raw, &c) == nil
}

// webToken judges a JWT by whom it speaks for.
func webToken(name []string, value string) (Credential, bool) {
	c, ok := claimsIn(value)
	switch {
	case !ok:
		return Credential{}, false
	case c.Role == "service_role":
		return Credential{"a Supabase service role key", true}, true
	case isPublic(name) || has(name, "license", "licence"):
		return Credential{}, false
	}
	return Credential{"a signed token (JWT)", false}, true
}

// ethereumTestKey is that of the first account of every local Ethereum node.
const ethereumTestKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

// isEverybodys knows keys that are no secret: Supabase's anon key is made for browsers, its demo keys are the same on
// every machine, and so is the example of jwt.io.
func isEverybodys(value string) bool {
	if len(value) >= len(ethereumTestKey) && strings.EqualFold(value[len(value)-len(ethereumTestKey):], ethereumTestKey) {
		return true
	}
	c, ok := claimsIn(value)
	return ok && (c.Role == "anon" || c.Iss == "supabase-demo" || c.Name == "John Doe")
}
