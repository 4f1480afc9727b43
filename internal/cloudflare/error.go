package cloudflare

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// APIError is an answer that says no. errors.Is maps it to the sentinels of package kv.
type APIError struct {
	Method  string
	Path    string // below the base URL
	Status  int    // HTTP
	Code    int    // of the first entry of errors; 0 if the answer was no envelope
	Message string
	Ray     string // CF-RAY header
}

func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s [", e.Method, e.Path, e.Message)
	if e.Code != 0 {
		fmt.Fprintf(&b, "code: %d, ", e.Code)
	}
	fmt.Fprintf(&b, "status: %d", e.Status)
	if e.Ray != "" {
		fmt.Fprintf(&b, ", ray: %s", e.Ray)
	}
	b.WriteByte(']')
	return b.String()
}

// Is compares with kv's sentinels. Codes of KV routes are read on KV routes only:
// the same numbers mean other things elsewhere.
func (e *APIError) Is(target error) bool {
	switch target {
	case kv.ErrUnauthenticated:
		return e.unauthenticated()
	case kv.ErrPermission:
		return e.Status == 403 && (e.Code == wire.CodeAuthentication || e.Code == wire.CodeUnauthorized)
	case kv.ErrUnavailable:
		return e.throttled() || e.Status >= 500 || e.Code == wire.CodeAuthenticationBusy || e.Code == wire.CodeFreeLimit
	}
	return strings.Contains(e.Path, "/storage/kv/") && kvSentinel[e.Code] == target && target != nil
}

// kvSentinel is what the codes of KV routes mean in terms of the contract.
var kvSentinel = map[int]error{
	wire.CodeKeyNotFound:          kv.ErrKeyNotFound,
	wire.CodeNamespaceNotFound:    kv.ErrNamespaceNotFound,
	wire.CodeMalformedNamespace:   kv.ErrNamespaceNotFound, // no account holds what is no id
	wire.CodeKeyInvalid:           kv.ErrKeyInvalid,
	wire.CodeKeyInvalidOld:        kv.ErrKeyInvalid,
	wire.CodeKeyTooLong:           kv.ErrKeyTooLong,
	wire.CodeTooLarge:             kv.ErrValueTooLarge,
	wire.CodeMetadataInvalid:      kv.ErrMetadataInvalid,
	wire.CodeMetadataInvalidNewer: kv.ErrMetadataInvalid,
	wire.CodeExpirationInvalid:    kv.ErrExpirationInvalid,
	wire.CodeTTLInvalid:           kv.ErrExpirationInvalid,
	wire.CodeLimitInvalid:         kv.ErrLimitInvalid,
	wire.CodeCursorInvalid:        kv.ErrCursorInvalid,
	wire.CodeBulkGet:              kv.ErrTooMany,
	wire.CodeTooManyPairs:         kv.ErrTooMany,
}

func (e *APIError) unauthenticated() bool {
	switch e.Code {
	case wire.CodeMissingAuth, wire.CodeInvalidHeaders, wire.CodeInvalidToken, wire.CodeUnknownKey:
		return true
	case wire.CodeAuthentication, 0:
		return e.Status == 401
	}
	return false
}

// throttled says whether the answer would be another a while later; a day's limit is
// not meant.
func (e *APIError) throttled() bool {
	return e.Code == wire.CodeThrottled || e.Status == 429 && e.Code != wire.CodeFreeLimit
}

const throttledHint = "the API counts 1,200 requests in 5 minutes per token and then refuses for 5 minutes: wait, then try again with fewer requests"

// Hint says what to do, in words for the user; "" if nothing is known.
func (e *APIError) Hint() string {
	if e.throttled() {
		return throttledHint
	}
	switch e.Code {
	case wire.CodeMissingAuth:
		return "set CLOUDFLARE_API_TOKEN to a token of the account"
	case wire.CodeInvalidHeaders:
		return "the token is no token: check CLOUDFLARE_API_TOKEN for quotes, blanks or a missing part"
	case wire.CodeInvalidToken:
		return "the token is unknown, expired or revoked; a token that an account owns answers like this too, and then the account id must be given"
	case wire.CodeAuthentication:
		if e.Status == 403 {
			return "the token is valid, but does not see this account or lacks a permission there (Workers KV Storage: Read or Edit): check the account id, or use a token of that account"
		}
		return "the token is unknown, expired or revoked: check CLOUDFLARE_API_TOKEN, and that it belongs to the server that is asked"
	case wire.CodeUnauthorized:
		return "the token may not read this resource: give it the permission, or use a token of that account"
	case wire.CodeAuthenticationBusy:
		return "the API could not check the token just now: try again"
	case wire.CodeMalformedPath, wire.CodeNoRoute:
		return "the account id is probably missing or wrong (32 hex digits): check account_id in the configuration, or CLOUDFLARE_ACCOUNT_ID; and that the base URL ends in /client/v4"
	case 0:
		return e.foreignHint()
	}
	if !strings.Contains(e.Path, "/storage/kv/") {
		return e.uploadHint()
	}
	switch e.Code {
	case wire.CodeNamespaceNotFound:
		return "this account holds no namespace with that id: it was deleted, or belongs to another account; `bindery check` names the line it comes from"
	case wire.CodeMalformedNamespace:
		return "a namespace id has 32 hex digits; a placeholder was probably never replaced"
	case wire.CodeTitleExists:
		return "use the namespace that has this title, or choose another title"
	case wire.CodeFreeLimit:
		return "the free plan's operations for today are used up: wait for midnight UTC, or change the plan"
	}
	return ""
}

// uploadHint speaks of the codes that an upload of a Worker is refused with.
func (e *APIError) uploadHint() string {
	switch e.Code {
	case wire.UploadNamespaceNotFound:
		return "the account of this deploy holds no KV namespace with that id: another account may"
	case wire.UploadNamespaceInvalid:
		return "the id of a KV binding is no id (32 hex digits): a placeholder was probably never replaced"
	}
	return ""
}

// foreignHint speaks of answers that are no envelope.
func (e *APIError) foreignHint() string {
	switch {
	case e.Status >= 300 && e.Status < 400:
		return "the server redirects, which the API never does, so the token was not sent on: check the base URL"
	case e.Status >= 500:
		return "the API, or a proxy before it, has a problem: try again in a while"
	}
	return "something other than the API answered, perhaps a proxy or a login page: check the base URL (it ends in /client/v4) and HTTPS_PROXY"
}
