package secret

import (
	"slices"
	"strings"
	"unicode"
)

// wordsOf takes a name apart: STRIPE_SECRET_KEY, stripeSecretKey and stripe-secret-key are stripe, secret, key.
func wordsOf(name string) []string {
	var spaced strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			spaced.WriteByte(' ')
		case unicode.IsUpper(r) && lower:
			spaced.WriteByte(' ')
			spaced.WriteRune(unicode.ToLower(r))
		default:
			spaced.WriteRune(unicode.ToLower(r))
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
	}
	return strings.Fields(spaced.String())
}

// afterNoun are words after which a name still means the secret itself, and not something about it; so are numbers and v2.
var afterNoun = []string{
	"prod", "production", "staging", "stage", "dev", "development", "live", "current", "old", "new", "previous", "next", "primary", "secondary",
	"base64", "b64", "hex", "value", "default",
}

// nouns are what such a name ends in; pairs of words for those that alone mean anything, such as key.
var (
	nouns     = []string{"secret", "token", "password", "passwd", "passphrase", "pwd", "pat", "credential", "apikey", "secretkey", "privatekey", "apitoken", "jwt"}
	nounPairs = []string{
		"api key", "secret key", "private key", "access key", "signing key", "encryption key", "service key", "role key", "auth key",
		"master key", "admin key", "session key", "jwt key", "webhook key", "hmac key", "cookie key", "signing seed", "account key",
	}
)

// noun is what a name says it holds: "token", "api key"; "" if it names no secret.
func noun(words []string) string {
	for len(words) > 0 && (slices.Contains(afterNoun, words[len(words)-1]) || strings.Trim(words[len(words)-1], "v0123456789") == "") {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return ""
	}
	last := strings.TrimSuffix(words[len(words)-1], "s")
	if slices.Contains(nouns, last) {
		return last
	}
	if len(words) > 1 {
		if pair := words[len(words)-2] + " " + last; slices.Contains(nounPairs, pair) {
			return pair
		}
	}
	return ""
}

// publicWords are in the names of what browsers are meant to see: analytics beacons, search keys, keys of a site.
var publicWords = []string{
	"public", "publishable", "anon", "anonymous", "site", "sitekey", "beacon", "analytics", "insights", "rum", "tracking", "telemetry",
	"posthog", "amplitude", "mixpanel", "plausible", "segment", "search", "firebase", "maps", "mapbox", "recaptcha", "vapid", "csrf", "xsrf",
	"vite", "mint", "contract", "address",
}

// isPublic says whether a name is that of something public. A secret, called one, is none, whatever else its name says.
func isPublic(words []string) bool {
	if has(words, "secret", "private") {
		return false
	}
	return has(words, publicWords...) || len(words) > 1 && words[0] == "client" && words[1] == "token"
}

func has(words []string, wanted ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(wanted, w) })
}
