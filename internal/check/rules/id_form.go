package rules

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// A form is what somebody wrote where an id belongs.
type form int

const (
	genuine     form = iota // as Cloudflare gives them
	malformed               // hex digits enough, but upper case, or with dashes too many or too few
	madeUp                  // the right shape, and no id that chance would make
	published               // the right shape, and printed where people copy from: see publications
	template                // ${VAR}, {{VAR}} or a path: something that a script is to replace
	local                   // the word "local", or the binding's own name: enough for wrangler dev
	placeholder             // says itself that it is none: your-…, REPLACE_…, <…>
	alien                   // anything else: a name, mostly
)

// An idShape is how Cloudflare writes the ids of one kind.
type idShape struct {
	example string // any of them: digits stand where digits do
	words   string
}

// fits says whether text has this shape. It is asked of every id of every file, several times, and no regular expression is as quick.
func (s idShape) fits(text string) bool {
	if len(text) != len(s.example) {
		return false
	}
	for i := range len(text) {
		c := text[i]
		digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if s.example[i] == '-' && c != '-' || s.example[i] != '-' && !digit {
			return false
		}
	}
	return true
}

var (
	hexShape  = idShape{"00000000000000000000000000000000", "32 lower-case hex digits"}
	uuidShape = idShape{"00000000-0000-0000-0000-000000000000", "a UUID, as 8-4-4-4-12 lower-case hex digits"}

	thirtyTwoHex     = pattern.New(`^[0-9a-fA-F]{32}$`)
	expansion        = pattern.New(`\$\{|\$[A-Z_]|\{\{`)
	placeholderWords = pattern.New(`(?i)your|placeholder|replace|change[-_ ]?me|todo|fixme|tbd|x{4}|example|insert|paste|fill|dummy|fake|here|^n/a$|^<.*>$|^\[.*\]$`)
	localWord        = pattern.New(`(?i)(^|[^a-z])local(host|ly)?([^a-z]|$)`)
)

// isGenuine says whether text is an id as Cloudflare gives them.
func (s idShape) isGenuine(text string) bool {
	_, isPublished := publications[text]
	return s.fits(text) && !isPublished && !isMadeUp(text)
}

// formOf says what text is, where an id of this shape belongs to a binding of this name ("" if it belongs to none).
func formOf(text string, shape idShape, binding string) form {
	switch {
	case shape.isGenuine(text):
		return genuine
	case shape.fits(text) && isMadeUp(text):
		return madeUp
	case shape.fits(text):
		return published
	case thirtyTwoHex.MatchString(strings.ReplaceAll(strings.TrimSpace(text), "-", "")):
		return malformed
	case expansion.MatchString(text):
		return template
	case placeholderWords.MatchString(text):
		return placeholder
	case strings.Contains(text, "/"):
		return template
	case localWord.MatchString(text), binding != "" && plain(text) == plain(binding):
		return local
	}
	return alien
}

// plain is a name without case and separators, so that "cache-kv" is CACHE_KV.
func plain(name string) string {
	return separators.Replace(strings.ToLower(name))
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// typedSequences are what fingers type where an id is asked for. In an id drawn by
// chance one of them stands once in some 11 million.
var typedSequences = []string{
	"0123456789", "12345678", "87654321", "abcdef01", "fedcba98",
	"a1b2c3d4", "1a2b3c4d", "abcd1234", "1234abcd", "11223344", "aabbccdd",
	"deadbeef", "cafebabe", "00000000", "11111111", "ffffffff",
}

// isMadeUp says that a person and not chance wrote this id: four different digits
// or fewer (chance: one in 10^16), one block repeated throughout, or a typed sequence.
func isMadeUp(id string) bool {
	digits := strings.ReplaceAll(id, "-", "")
	var seen [256]bool // no map: every id of every file comes here several times
	different := 0
	for _, d := range []byte(digits) {
		if !seen[d] {
			seen[d] = true
			different++
		}
	}
	if different <= 4 {
		return true
	}
	for _, size := range []int{8, 16} {
		if strings.Repeat(digits[:size], len(digits)/size) == digits {
			return true
		}
	}
	for _, s := range typedSequences {
		if strings.Contains(digits, s) {
			return true
		}
	}
	return false
}
