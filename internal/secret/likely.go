package secret

import (
	"math"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// likely judges what has no known format: the name says secret, and the value looks random.
func likely(words []string, value string) (Credential, bool) {
	value = strings.Trim(value, `"'`)
	said := noun(words)
	switch {
	case said == "", isPublic(words), isStandIn(value), hasPlainStandIn(strings.ToLower(value)), isOtherThing.MatchString(value):
		return Credential{}, false
	case said == "token" && isChainAddress.MatchString(value): // a token as they are traded
		return Credential{}, false
	case slices.Contains([]string{"password", "passwd", "pwd", "passphrase"}, said) && isStrongPassword(value), looksRandom(value):
		return Credential{"a secret", false}, true
	}
	return Credential{}, false
}

// isOtherThing is what a secret's name may lead to without being it: an address, a path, a name, a template, a hash.
var isOtherThing = pattern.New(`^(?:[A-Z][A-Z0-9_]*|[./~].*|arn:.*|[\w.+-]+@[\w.-]+|\$2[aby]?\$.*|\$argon2.*|\{?(?:sha|SHA|scrypt|pbkdf2)[\w-]*[:}$-].*)$|://|\s|^0x[0-9a-fA-F]{40}$|^[a-z]+_test_|^pk_|^pk\.`)

// isChainAddress is base 58 of 32 bytes.
var isChainAddress = pattern.New(`^[1-9A-HJ-NP-Za-km-z]{43,44}$`)

const (
	shortestRandom = 16
	longestRandom  = 1024
)

var (
	hexOnly = pattern.New(`^(?:0x)?[0-9a-fA-F]+$`)
	uuid    = pattern.New(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	solid   = pattern.New(`[A-Za-z0-9+/]{16,}`)
)

// looksRandom says that nobody wrote this by hand: hex digits of 24 and more, or a run of letters and digits that change
// places all the time. Words with a year behind them do not.
func looksRandom(value string) bool {
	switch {
	case len(value) < shortestRandom || len(value) > longestRandom:
		return false
	case uuid.MatchString(value):
		return true
	case hexOnly.MatchString(value):
		return len(value) >= 24 && entropy(value) >= 3
	}
	for _, run := range solid.Regexp().FindAllString(value, -1) {
		if changes(run)*4 >= len(run) && entropy(run) >= 3.3 {
			return true
		}
	}
	return false
}

// changes counts how often neighbours are of different kinds: lower case, upper case, other.
func changes(text string) int {
	kind := func(c byte) int {
		switch {
		case 'a' <= c && c <= 'z':
			return 0
		case 'A' <= c && c <= 'Z':
			return 1
		}
		return 2
	}
	n := 0
	for i := 1; i < len(text); i++ {
		if kind(text[i]) != kind(text[i-1]) {
			n++
		}
	}
	return n
}

// entropy is Shannon's, in bits a byte.
func entropy(text string) float64 {
	var counts [256]int
	for i := range len(text) {
		counts[text[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(text))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// isStrongPassword: of ten characters, of letters in both cases and digits, and of a fourth kind too, or in an order that no word
// has.
func isStrongPassword(value string) bool {
	return len(value) >= 10 &&
		strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
		strings.ContainsAny(value, "0123456789") && !strings.Contains(strings.ToLower(value), "password") &&
		(strings.ContainsAny(value, "!#$%&*+-.?@^_~:;,") || changes(value)*2 >= len(value))
}
