package secret

import (
	"regexp"
	"strings"
	"sync"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// A format is a fixed beginning and what follows it.
type format struct {
	what   string
	prefix string
	body   func() *regexp.Regexp // begins with ^; compiled when the prefix is met, as most never are
	check  func(token string) bool
}

// formats are those that issuers publish or have kept for years. None is of a test key or of a public one: Stripe's
// sk_test_ and pk_live_, Mapbox's pk., AWS's access key id, which is only a name.
var formats = []format{
	// developers.cloudflare.com/fundamentals/api/get-started/token-formats. The last eight digits are a CRC32, as the
	// changelog of 2026-04-14 says; of what is not published, so that they are not recomputed.
	{"a Cloudflare user API token", "cfut_", body(`[A-Za-z0-9_-]{40}[0-9a-f]{8}`), nil},
	{"a Cloudflare account API token", "cfat_", body(`[A-Za-z0-9_-]{40}[0-9a-f]{8}`), nil},
	{"a Cloudflare global API key", "cfk_", body(`[A-Za-z0-9_-]{40}[0-9a-f]{8}`), nil},
	{"a Cloudflare origin CA key", "v1.0-", body(`[0-9a-f]{24}-[0-9a-f]{146}`), nil},

	// github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats; npm's are made alike.
	{"a GitHub token", "ghp_", body(`[A-Za-z0-9]{36}`), crc62},
	{"a GitHub token", "gho_", body(`[A-Za-z0-9]{36}`), crc62},
	{"a GitHub token", "ghu_", body(`[A-Za-z0-9]{36}`), crc62},
	{"a GitHub token", "ghs_", body(`[A-Za-z0-9]{36}`), crc62},
	{"a GitHub token", "ghr_", body(`[A-Za-z0-9]{36}`), crc62},
	{"a GitHub token", "github_pat_", body(`[A-Za-z0-9]{22}_[A-Za-z0-9]{59}`), nil},
	{"an npm token", "npm_", body(`[A-Za-z0-9]{36}`), crc62},
	{"a GitLab token", "glpat-", body(`[\w.-]{20,}`), nil},
	{"a GitLab token", "gldt-", body(`[\w.-]{20,}`), nil},
	{"a PyPI token", "pypi-AgEIcHlwaS5vcmc", body(`[\w-]{50,}`), nil},

	{"a live secret key", "sk_live_", body(`[A-Za-z0-9]{16,}`), nil}, // Stripe, Clerk
	{"a live restricted key", "rk_live_", body(`[A-Za-z0-9]{16,}`), nil},
	{"a webhook signing secret", "whsec_", body(`[A-Za-z0-9+/]{24,}`), nil},
	{"a Shopify token", "shpat_", body(`[0-9a-fA-F]{32}`), nil},
	{"a Shopify token", "shpca_", body(`[0-9a-fA-F]{32}`), nil},
	{"a Shopify token", "shppa_", body(`[0-9a-fA-F]{32}`), nil},
	{"a Shopify secret", "shpss_", body(`[0-9a-fA-F]{32}`), nil},

	{"an Anthropic key", "sk-ant-", body(`(?:api|admin)\d\d-[\w-]{80,}`), nil},
	{"an OpenAI key", "sk-proj-", body(`[\w-]{40,}`), nil},
	{"an OpenAI key", "sk-svcacct-", body(`[\w-]{40,}`), nil},
	{"an OpenAI key", "sk-admin-", body(`[\w-]{40,}`), nil},
	{"an OpenRouter key", "sk-or-v1-", body(`[0-9a-f]{64}`), nil},
	{"an API key", "sk-", body(`[A-Za-z0-9]{32,}`), nil}, // OpenAI's older ones, DeepSeek and others
	{"a Groq key", "gsk_", body(`[A-Za-z0-9]{52}`), nil},
	{"an xAI key", "xai-", body(`[A-Za-z0-9]{80}`), nil},
	{"a Hugging Face token", "hf_", body(`[A-Za-z0-9]{34}`), nil},
	{"a Replicate token", "r8_", body(`[A-Za-z0-9]{37}`), nil},
	{"a Perplexity key", "pplx-", body(`[A-Za-z0-9]{48}`), nil},

	{"a Slack token", "xoxb-", body(`\d{9,}-\d{9,}-[A-Za-z0-9]{24}`), nil},
	{"a Slack token", "xoxp-", body(`\d{9,}-\d{9,}-\d{9,}-[0-9a-f]{32}`), nil},
	{"a Slack token", "xapp-", body(`\d-[A-Z0-9]{9,}-\d{9,}-[0-9a-f]{64}`), nil},
	{"a Slack webhook", "https://hooks.slack.com/services/", body(`T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24}`), nil},
	{"a Discord webhook", "https://discord.com/api/webhooks/", body(`\d{17,20}/[\w-]{60,}`), nil},
	{"a Discord webhook", "https://discordapp.com/api/webhooks/", body(`\d{17,20}/[\w-]{60,}`), nil},
	{"a SendGrid key", "SG.", body(`[\w-]{22}\.[\w-]{43}`), nil},
	{"a Resend key", "re_", body(`[A-Za-z0-9]{8}_[A-Za-z0-9]{24}`), nil},
	{"a Mailgun key", "key-", body(`[0-9a-f]{32}`), nil},
	{"a Brevo key", "xkeysib-", body(`[0-9a-f]{64}-[A-Za-z0-9]{16}`), nil},

	{"a Google OAuth client secret", "GOCSPX-", body(`[\w-]{28}`), nil},
	{"a DigitalOcean token", "dop_v1_", body(`[0-9a-f]{64}`), nil},
	{"a DigitalOcean token", "doo_v1_", body(`[0-9a-f]{64}`), nil},
	{"a Supabase token", "sbp_", body(`[0-9a-f]{40}`), nil},
	{"a Supabase secret key", "sb_secret_", body(`[\w-]{31,}`), nil},
	{"a PlanetScale token", "pscale_tkn_", body(`[\w.-]{32,}`), nil},
	{"a PlanetScale password", "pscale_pw_", body(`[\w.-]{32,}`), nil},
	{"a Sentry token", "sntryu_", body(`[0-9a-f]{64}`), nil},
	{"a Sentry token", "sntrys_", body(`[A-Za-z0-9+/=_-]{60,}`), nil},
	{"a Grafana token", "glsa_", body(`[A-Za-z0-9]{32}_[0-9a-f]{8}`), nil},
	{"a Databricks token", "dapi", body(`[0-9a-f]{32}`), nil},
	{"a Linear key", "lin_api_", body(`[A-Za-z0-9]{40}`), nil},
	{"a Notion token", "ntn_", body(`[A-Za-z0-9]{40,}`), nil},
	{"a Doppler token", "dp.st.", body(`(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,}`), nil},
	{"a 1Password token", "ops_eyJ", body(`[\w-]{250,}`), nil},
	{"an age key", "AGE-SECRET-KEY-1", body(`[0-9A-Z]{58}`), nil},
	{"a Vault token", "hvs.", body(`[\w-]{90,}`), nil},
}

func body(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^` + pattern) })
}

// telegram is the one format that begins with a number of any kind.
var (
	telegram       = pattern.New(`\b\d{8,10}:AA[\w-]{33}\b`)
	telegramFormat = &format{what: "a Telegram bot token"}
)

// A match is one place in a text that has a format.
type match struct {
	start, bodyAt, end int
	format             *format
}

// search finds all of them. If they have to be whole, one begins a word, so that no identifier such as task-… is taken for it, and
// ends where its alphabet does; otherwise it may be glued to other text.
func search(text string, whole bool) []match {
	var all []match
	for start := 0; start < len(text); start++ {
		if whole && start > 0 && isWord(text[start-1]) {
			continue
		}
		for _, f := range byFirst[text[start]] {
			if end := f.endIn(text, start, whole); end > 0 {
				all = append(all, match{start, start + len(f.prefix), end, f})
				start = end - 1
				break
			}
		}
	}
	if strings.Contains(text, ":AA") {
		for _, at := range telegram.Regexp().FindAllStringIndex(text, -1) {
			all = append(all, match{at[0], at[0], at[1], telegramFormat})
		}
	}
	return all
}

// byFirst are the formats by the first byte of their prefix.
var byFirst = func() (by [256][]*format) {
	for i := range formats {
		first := formats[i].prefix[0]
		by[first] = append(by[first], &formats[i])
	}
	return by
}()

// endIn is where f ends in text if it begins at start, else 0.
func (f *format) endIn(text string, start int, whole bool) int {
	if !strings.HasPrefix(text[start:], f.prefix) {
		return 0
	}
	at := start + len(f.prefix)
	tail := f.body().FindStringIndex(text[at:min(len(text), at+longestToken)])
	if tail == nil {
		return 0
	}
	end := at + tail[1]
	if whole && end < len(text) && isWord(text[end]) || f.check != nil && !f.check(text[start:end]) {
		return 0
	}
	return end
}

// longestToken is more than any format takes.
const longestToken = 2048

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '-'
}
