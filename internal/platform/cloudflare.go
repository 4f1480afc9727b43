package platform

import "strings"

// LooksLikeCloudflare says whether secret has the form of a real Cloudflare
// credential, by what developers.cloudflare.com/fundamentals/api/get-started/token-formats
// publishes:
//
//   - since 2026 a prefix (cfk_ global key, cfut_ user token, cfat_ account token),
//     40 characters and a checksum. How the checksum is computed is not published,
//     so the prefix alone decides, for any kind of the same pattern: a credential
//     cut short, or of a kind announced tomorrow, is still not ours to see.
//   - before, 37 to 45 lower-case hex digits (global key), or 40 letters, digits,
//     "-" and "_" (tokens).
//   - origin CA keys, which begin with "v1.0-".
//
// Our own tokens have a prefix of their own and never match.
func LooksLikeCloudflare(secret string) bool {
	if hasCloudflarePrefix(secret) || strings.HasPrefix(secret, "v1.0-") {
		return true
	}
	switch n := len(secret); {
	case n == 40:
		return only(secret, isTokenChar)
	case 37 <= n && n <= 45:
		return only(secret, isHexDigit)
	}
	return false
}

// hasCloudflarePrefix matches "cf", one to four lower-case letters, "_".
func hasCloudflarePrefix(s string) bool {
	if !strings.HasPrefix(s, "cf") {
		return false
	}
	kind, _, found := strings.Cut(s[2:], "_")
	return found && 1 <= len(kind) && len(kind) <= 4 && only(kind, isLowerLetter)
}

func only(s string, in func(byte) bool) bool {
	for i := range len(s) {
		if !in(s[i]) {
			return false
		}
	}
	return true
}

func isLowerLetter(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool       { return '0' <= c && c <= '9' }
func isHexDigit(c byte) bool    { return isDigit(c) || 'a' <= c && c <= 'f' }
func isTokenChar(c byte) bool {
	return isDigit(c) || isLowerLetter(c) || 'A' <= c && c <= 'Z' || c == '-' || c == '_'
}
