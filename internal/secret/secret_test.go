package secret_test

import (
	"encoding/base64"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/secret"
)

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	digits  = "0123456789"
	hex     = "0123456789abcdef"
)

// random makes credentials up as the tests run: a file that held one in full would be taken for a leak by every scanner.
func random(alphabet string, n int) string {
	source := rand.New(rand.NewPCG(uint64(n), uint64(len(alphabet)))) // the same in every run
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(text)
}

// withSum adds a checksum as GitHub does, made independently of the code under test.
func withSum(prefix string) string {
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body, text := random(letters, 30), ""
	for sum := crc32.ChecksumIEEE([]byte(body)); len(text) < 6; sum /= 62 {
		text = string(base62[sum%62]) + text
	}
	return prefix + body + text
}

func webToken(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + random(letters, 43)
}

func armoured(kind, line string) string {
	return "-----BEGIN " + kind + "PRIVATE KEY-----" + line + random(letters, 64) + line + random(letters, 64) + line + "-----END " + kind + "PRIVATE KEY-----"
}

func TestCredentials(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"X", "cfut_" + random(letters, 40) + random(hex, 8), "a Cloudflare user API token"},
		{"X", "cfat_" + random(letters, 40) + random(hex, 8), "a Cloudflare account API token"},
		{"X", "cfk_" + random(letters, 40) + random(hex, 8), "a Cloudflare global API key"},
		{"X", "Bearer cfut_" + random(letters, 40) + random(hex, 8), "a Cloudflare user API token"},
		{"X", "v1.0-" + random(hex, 24) + "-" + random(hex, 146), "a Cloudflare origin CA key"},
		{"CLOUDFLARE_API_TOKEN", random(letters, 40), "a Cloudflare API token"},
		{"CF_TOKEN", random(letters, 40), "a Cloudflare API token"},
		{"CLOUDFLARE_API_KEY", random(hex, 37), "a Cloudflare global API key"},
		{"X", withSum("ghp_"), "a GitHub token"},
		{"X", "ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17", "a GitHub token"}, // published to show the format; revoked
		{"X", withSum("ghs_"), "a GitHub token"},
		{"X", "github_pat_" + random(letters, 22) + "_" + random(letters, 59), "a GitHub token"},
		{"X", withSum("npm_"), "an npm token"},
		{"X", "glpat-" + random(letters, 20), "a GitLab token"},
		{"X", "sk_live_" + random(letters, 24), "a live secret key"},
		{"X", "rk_live_" + random(letters, 99), "a live restricted key"},
		{"X", "whsec_" + random(letters, 32), "a webhook signing secret"},
		{"X", "shpat_" + random(hex, 32), "a Shopify token"},
		{"X", "sk-ant-api03-" + random(letters, 93) + "AA", "an Anthropic key"},
		{"X", "sk-proj-" + random(letters, 120), "an OpenAI key"},
		{"X", "sk-" + random(letters, 48), "an API key"},
		{"X", "gsk_" + random(letters, 52), "a Groq key"},
		{"X", "hf_" + random(letters, 34), "a Hugging Face token"},
		{"X", "xoxb-" + random(digits, 11) + "-" + random(digits, 12) + "-" + random(letters, 24), "a Slack token"},
		{"X", "https://hooks.slack.com/services/T" + random(digits, 9) + "/B" + random(digits, 9) + "/" + random(letters, 24), "a Slack webhook"},
		{"X", "https://discord.com/api/webhooks/" + random(digits, 18) + "/" + random(letters, 68), "a Discord webhook"},
		{"X", "SG." + random(letters, 22) + "." + random(letters, 43), "a SendGrid key"},
		{"X", "re_" + random(letters, 8) + "_" + random(letters, 24), "a Resend key"},
		{"X", random(digits, 9) + ":AA" + random(letters, 33), "a Telegram bot token"},
		{"X", "dop_v1_" + random(hex, 64), "a DigitalOcean token"},
		{"GEMINI_API_KEY", "AIza" + random(letters, 35), "a Google API key"},
		{"R2_SECRET_ACCESS_KEY", random(hex, 64), "a secret access key"},
		{"AWS_SECRET_ACCESS_KEY", random(letters, 40), "a secret access key"},
		{"TWILIO_AUTH_TOKEN", random(hex, 32), "a Twilio auth token"},
		{"DEPLOYER_PRIVATE_KEY", "0x" + random(hex, 64), "a private key"},

		{"X", armoured("", "\n"), "a private key"},
		{"X", armoured("RSA ", `\n`), "a private key"},
		{"X", armoured("OPENSSH ", "\n"), "a private key"},
		{"X", armoured("ENCRYPTED ", "\n"), "perhaps a private key"},
		{"X", `{"type": "service_account", "private_key": "` + armoured("", `\n`) + `"}`, "a private key"},
		{"X", `{"kty":"EC","crv":"P-256","x":"` + random(letters, 43) + `","d":"` + random(letters, 43) + `"}`, "a private key (JWK)"},
		{"X", `{\"kty\":\"oct\",\"k\":\"` + random(letters, 43) + `\"}`, "a private key (JWK)"},
		{"X", webToken(`{"iss":"supabase","role":"service_role"}`), "a Supabase service role key"},
		{"SESSION", webToken(`{"sub":"1"}`), "perhaps a signed token (JWT)"},

		{"DATABASE_URL", "postgres://app:" + random(letters, 12) + "@db.acme.io:5432/app", "a connection string with its password"},
		{"X", "redis://:" + random(letters, 12) + "@eu1-cache.upstash.io:6379", "a connection string with its password"},
		{"X", "mysql://app:kangaroo7@10.1.2.3/app", "a connection string with its password"},
		{"X", "https://deploy:" + random(letters, 12) + "@git.acme.io/x.git", "a connection string with its password"},
		{"X", "cloudinary://" + random(digits, 15) + ":" + random(letters, 27) + "@acme", "a connection string with its password"},
		{"X", "Server=tcp:db.acme.io,1433;User ID=app;Password=" + random(letters, 12) + ";", "a connection string with its password"},
		{"X", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + random(letters, 86) + "==", "a connection string with its password"},

		{"JWT_SECRET", random(letters, 32), "perhaps a secret"},
		{"JWT_SECRET", random(hex, 64), "perhaps a secret"},
		{"stripeApiKey", random(letters, 24), "perhaps a secret"},
		{"SESSION_SECRET_PROD", random(letters, 44), "perhaps a secret"},
		{"API_KEYS", random(letters, 32), "perhaps a secret"},
		{"PARTNER_API_KEY", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "perhaps a secret"},
		{"PUBLIC_JWT_SECRET", random(letters, 32), "perhaps a secret"},
		{"ADMIN_PASSWORD", "Kangaroo-7-Lake", "perhaps a secret"},
		{"DB_PASSWORD", "Zx9kQw83hdjA", "perhaps a secret"},
		{"GOOGLE_API_KEY", "AIza" + random(letters, 35), "perhaps a secret"}, // or one for browsers
		{"ENCRYPTION_KEY", `"` + random(letters, 32) + `"`, "perhaps a secret"},
	} {
		found, ok := secret.Of(test.name, test.value)
		got := found.What
		if ok && !found.Sure {
			got = "perhaps " + got
		}
		if got != test.want {
			t.Errorf("%s = %q is %q, want %q", test.name, test.value, got, test.want)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	for _, test := range []struct{ why, name, value string }{
		{"nothing", "API_TOKEN", ""},
		{"a word", "API_TOKEN", "demo"},
		{"stand-ins", "JWT_SECRET", "dev-secret-change-me"},
		{"stand-ins", "ADMIN_API_KEY", "br_admin_placeholder_replace_with_secret"},
		{"stand-ins", "WORKER_SHARED_SECRET", "test-worker-shared-secret"},
		{"stand-ins", "SLACK_SIGNING_SECRET", "your_slack_signing_secret"},
		{"stand-ins", "API_KEY", "xxxxxxxxxxxxxxxxxxxxxxxx"},
		{"stand-ins", "API_KEY", "1234567890abcdef1234567890abcdef"},
		{"stand-ins", "API_KEY", "<paste 64 hex digits here>"},
		{"stand-ins", "JWT_SECRET", "my-super-long-jwt-signing-phrase-2024"},
		{"stand-ins", "X", "sk_live_" + strings.Repeat("x", 24)},
		{"stand-ins", "X", "cfut_" + strings.Repeat("0123456789", 4) + "deadbeef"},
		{"documentation's", "AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
		{"templates", "API_KEY", "${STRIPE_API_KEY}"},
		{"templates", "API_KEY", "{{ stripe_api_key }}"},
		{"templates", "DATABASE_URL", "postgres://app:${DB_PASSWORD}@db.acme.io/app"},
		{"another variable's name", "SIGNING_SECRET", "R2_SIGNING_SECRET_2024_V1"},
		{"a wrong checksum", "X", "ghp_" + random(letters, 36)},
		{"a test key", "STRIPE_SECRET_KEY", "sk_test_" + random(letters, 24)},
		{"a test key of Turnstile", "TURNSTILE_SECRET_KEY", "1x0000000000000000000000000000000AA"},
		{"publishable", "STRIPE_KEY", "pk_live_" + random(letters, 24)},
		{"publishable", "CLERK_PUBLISHABLE_KEY", "pk_live_" + random(letters, 40)},
		{"publishable", "MAPBOX_TOKEN", "pk.eyJ1IjoiYSJ9." + random(letters, 22)},
		{"of a site", "TURNSTILE_SITE_KEY", "0x4" + random(letters, 21)},
		{"of a beacon", "CF_ANALYTICS_TOKEN", random(hex, 32)},
		{"of a browser", "FIREBASE_API_KEY", "AIza" + random(letters, 35)},
		{"of a browser", "GOOGLE_MAPS_API_KEY", "AIza" + random(letters, 35)},
		{"of a browser", "POSTHOG_API_KEY", "phc_" + random(letters, 43)},
		{"of a browser", "ALGOLIA_SEARCH_API_KEY", random(hex, 32)},
		{"of a browser", "SUPABASE_ANON_KEY", webToken(`{"iss":"supabase","role":"anon"}`)},
		{"of every machine", "SUPABASE_SERVICE_ROLE_KEY", webToken(`{"iss":"supabase-demo","role":"service_role"}`)},
		{"of every machine", "PRIVATE_KEY", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"},
		{"for browsers", "SENTRY_DSN", "https://" + random(hex, 32) + "@o123.ingest.sentry.io/456"},
		{"public keys", "JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\n" + random(letters, 64) + "\n-----END PUBLIC KEY-----"},
		{"public keys", "JWKS", `{"keys":[{"kty":"RSA","e":"AQAB","n":"` + random(letters, 342) + `"}]}`},
		{"public keys", "VAPID_PUBLIC_KEY", random(letters, 87)},
		{"no key in it", "PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"},
		{"ids", "CF_ZONE_ID", random(hex, 32)},
		{"ids", "GOOGLE_CLIENT_ID", "615582111042-" + random(letters, 32) + ".apps.googleusercontent.com"},
		{"ids", "AWS_ACCESS_KEY_ID", "AKIA" + random("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 16)},
		{"ids", "COMMIT", random(hex, 40)},
		{"ids", "NAMESPACE", "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
		{"hashes", "SAFETY_HASHES", `["` + random(hex, 40) + `"]`},
		{"hashes", "ADMIN_PASSWORD", "$2b$10$" + random(letters, 53)},
		{"words with a year", "ADMIN_PASSWORD", "Welcome2024"},
		{"words with a year", "ADMIN_PASSWORD", "Shop2024Admin"},
		{"hashes", "ADMIN_PASSWORD_HASH", random(hex, 64)},
		{"something about it", "TOKEN_HEADER", "X-Acme-Access-Token"},
		{"something about it", "TOKEN_URL", "https://auth.acme.io/oauth/token"},
		{"something about it", "SECRET_NAME", random(letters, 24)},
		{"something about it", "TOKEN_TTL", "31536000"},
		{"a cache's key", "INDEX_KEY", "index:v1:" + random(letters, 20)},
		{"an address", "USDC_TOKEN", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"},
		{"an address", "USDC_TOKEN", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"},
		{"a path", "PRIVATE_KEY", "./keys/Production-2024/k1A2b3C4d5.pem"},
		{"an address", "AUTH_TOKEN", "Ops.Team42+Deploy7@acme.io"},
		{"on this machine", "DATABASE_URL", "postgres://app:kangaroo7@localhost:5432/app"},
		{"on this machine", "DATABASE_URL", "postgres://app:kangaroo7@127.0.0.1/app"},
		{"on this machine", "DATABASE_URL", "mysql://app:kangaroo7@db:3306/app"},
		{"on this machine", "DATABASE_URL", "mysql://app:kangaroo7@host.docker.internal/app"},
		{"on this machine", "X", "Server=localhost,1433;User ID=sa;Password=kangaroo7;"},
		{"usual passwords", "DATABASE_URL", "postgres://postgres:postgres@db.acme.io/app"},
		{"usual passwords", "DATABASE_URL", "postgres://user:mypassword@db.acme.io/app"},
		{"an example's host", "DATABASE_URL", "postgres://app:kangaroo7@db.example.com/app"},
		{"an example's host", "DATABASE_URL", "postgres://app:kangaroo7@your-project.supabase.co/app"},
		{"no password", "DATABASE_URL", "postgres://app@db.acme.io/app"},
		{"a port and a mention", "URL", "https://acme.io:8443/@user"},
		{"text", "GREETING", "Your task-management-board-for-everyone: sk- and re_ and key-"},
		{"base64 of something harmless", "LOGO", base64.StdEncoding.EncodeToString([]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"))},
	} {
		if found, ok := secret.Of(test.name, test.value); ok {
			t.Errorf("%s = %q is %+v, want nothing: %s", test.name, test.value, found, test.why)
		}
	}
}

func TestRedact(t *testing.T) {
	token := "cfut_" + random(letters, 40) + random(hex, 8)
	for _, test := range []struct{ text, want string }{
		{"id \"" + token + "\" is no id", `id "***" is no id`},
		{token + " " + token, "*** ***"},
		{"postgres://app:kangaroo7@localhost/app", "postgres://app:***@localhost/app"},
		{"two: " + withSum("ghp_") + ", " + random(digits, 9) + ":AA" + random(letters, 33), "two: ***, ***"},
		{"a token " + webToken(`{"sub":"1"}`) + ".", "a token ***."},
		{"# nothing here", "# nothing here"},
		{"", ""},
	} {
		if got := secret.Redact(test.text); got != test.want {
			t.Errorf("Redact(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

// Whatever the text, places are ordered, apart and inside; and nothing is left to redact the second time.
func FuzzSpans(f *testing.F) {
	f.Add("cfut_" + random(letters, 40) + random(hex, 8))
	f.Add("a://b:c@d e://f:g@h")
	f.Add(armoured("RSA ", "\n") + webToken("{}"))
	f.Add(random(digits, 9) + ":AA" + random(letters, 33))
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, s := range secret.Spans(text) {
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("Spans(%q) has %v after %d", text, s, at)
			}
			at = s.End
		}
		secret.Of("API_TOKEN", text)
		secret.Of(text, random(letters, 32))
	})
}

// What nearly every value is, an address or a word, has to cost next to nothing: the checker asks for each string of a file.
func BenchmarkOf(b *testing.B) {
	for _, value := range []string{"https://registry.acme.io/api/v1/packages", "71856a3f7e8427ede7a6ce9507bd2510", "src/workers/index.ts"} {
		b.Run(value, func(b *testing.B) {
			for b.Loop() {
				secret.Of("REGISTRY_URL", value)
			}
		})
	}
}
