package api

import (
	"net/http"
	"strings"

	"github.com/bindery-dev/bindery/internal/platform"
)

// authenticate says who asks. Only tokens of this server are taken. A global key of
// a real user (X-Auth-Key) opens everything that the user has, so it is told apart
// from a mistyped one and refused in words that say what it is.
func (h *handler) authenticate(header http.Header) (platform.Principal, error) {
	if values := header["Authorization"]; len(values) > 0 {
		token, ok := bearer(values[0])
		if !ok {
			return platform.Principal{}, errAuthorizationMalformed
		}
		return h.platform.Authenticate(token)
	}
	key, email := header.Get("X-Auth-Key"), header.Get("X-Auth-Email")
	switch {
	case key == "" || email == "":
		return platform.Principal{}, errAuthMissing
	case !platform.LooksLikeCloudflare(key):
		return platform.Principal{}, errKeyMalformed
	}
	return platform.Principal{}, errGlobalKey
}

// bearer takes the token out of an Authorization header. The scheme's case does not
// matter; a token has neither blanks nor characters beyond ASCII.
func bearer(value string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return "", false
		}
	}
	return token, true
}
