package secret

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// A namedFormat has no prefix of its own: 40 letters are a Cloudflare token only where the name says so.
type namedFormat struct {
	what  string
	name  func(words []string) bool
	value *pattern.Pattern
}

var namedFormats = []namedFormat{
	// Cloudflare's formats before 2026, which still work.
	{"a Cloudflare API token", func(w []string) bool {
		return has(w, "cloudflare", "cf", "wrangler") && noun(w) == "token"
	}, pattern.New(`^[A-Za-z0-9_-]{40}$`)},
	{"a Cloudflare global API key", func(w []string) bool {
		return has(w, "cloudflare", "cf") && (noun(w) == "api key" || noun(w) == "auth key" || has(w, "global") && has(w, "key"))
	}, pattern.New(`^[0-9a-f]{37,45}$`)},

	{"a secret access key", func(w []string) bool {
		return has(w, "secret") && has(w, "aws", "s3", "r2", "b2", "minio", "spaces", "wasabi")
	}, pattern.New(`^(?:[A-Za-z0-9/+]{40}|[0-9a-f]{64})$`)},
	{"a Twilio auth token", func(w []string) bool {
		return has(w, "twilio") && noun(w) == "token"
	}, pattern.New(`^[0-9a-f]{32}$`)},
	{"a private key", func(w []string) bool {
		return noun(w) == "private key" || noun(w) == "privatekey"
	}, pattern.New(`^(?:0x)?[0-9a-fA-F]{64}$`)},

	// Google's keys look alike; those of Firebase and of maps in a page are public.
	{"a Google API key", func(w []string) bool {
		return has(w, "gemini", "genai", "generative", "palm", "vertex")
	}, pattern.New(`^AIza[\w-]{35}$`)},
}

// shortestNamed is the length of Twilio's.
const shortestNamed = 32

// named judges by name and form together.
func named(words []string, value string) (Credential, bool) {
	value = strings.Trim(value, `"'`) // a define is JavaScript
	if len(value) < shortestNamed {
		return Credential{}, false
	}
	for _, f := range namedFormats {
		if f.value.MatchString(value) && f.name(words) && !isPublic(words) && !isStandIn(value) {
			return Credential{f.what, true}, true
		}
	}
	return Credential{}, false
}
