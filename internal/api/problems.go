package api

import (
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// problems is the one table from error to answer. The first row that fits is taken,
// so the particular stands above the general. Rows without a remark answer as the
// real API was seen to; "unverified" says what of a row nobody saw, and "runtime"
// that it is the Workers runtime which was seen to say so, not REST.
var problems = []problem{
	// Where it was sent.
	{errNoRoute, 404, wire.CodeMalformedPath, "Could not route to {path}, perhaps your object identifier is invalid?"},
	{errAccountMalformed, 404, wire.CodeMalformedPath, "Could not route to {path}, perhaps your object identifier is invalid?"},
	{errNoMethod, 405, wire.CodeMethodNotSupported, "{method} not supported for requested URI."},
	// Unverified: how the message begins.
	{errNoKVMethod, 405, wire.CodeMethodNotAllowed, "{method} not allowed"},

	// Unverified: all.
	{errQueryMalformed, 400, wire.CodeMalformedBody, "{operation}: 'malformed query'"},

	// Who asks.
	{errAuthMissing, 400, wire.CodeMissingAuth, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"},
	{errAuthorizationMalformed, 400, wire.CodeInvalidHeaders, "Invalid request headers"},
	{errKeyMalformed, 400, wire.CodeInvalidHeaders, "Invalid request headers"},
	// Unverified: status; the words are ours.
	{errGlobalKey, 403, wire.CodeUnknownKey, globalKeyRefused},
	// The words are ours.
	{platform.ErrCloudflareToken, 401, wire.CodeAuthentication, cloudflareTokenRefused},
	{errTokenUnknown, 401, wire.CodeInvalidToken, "Invalid API Token"},
	{kv.ErrUnauthenticated, 401, wire.CodeAuthentication, "Authentication error"},
	{errAccountHidden, 403, wire.CodeUnauthorized, "Unauthorized to access requested resource"},
	// Unverified: all.
	{errTokenBeyond, 403, wire.CodeUnauthorized, "Unauthorized to access requested resource"},
	// Unverified: all.
	{platform.ErrTokenInvalid, 400, wire.CodeTokenInvalid, "token is not valid: {reason}"},
	// Unverified: all.
	{platform.ErrTokenNotFound, 404, wire.CodeMalformedPath, "Could not route to {path}, perhaps your object identifier is invalid?"},
	{kv.ErrPermission, 403, wire.CodeAuthentication, "Authentication error"},
	{platform.ErrAccountNotFound, 403, wire.CodeAuthentication, "Authentication error"},
	{errThrottled, 429, wire.CodeThrottled, "Please wait and consider throttling your request speed"},

	// Namespaces.
	{errNamespaceMalformed, 400, wire.CodeMalformedNamespace, "could not parse UUID from request's namespace_id: 'invalid namespace format: {namespace}'"},
	{kv.ErrNamespaceNotFound, 404, wire.CodeNamespaceNotFound, "{operation}: 'namespace not found'"},
	{platform.ErrTitleTaken, 400, wire.CodeTitleExists, "a namespace with this account ID and title already exists"},
	// Unverified: status.
	{errTitleMissing, 400, wire.CodeTitleMissing, "request is missing a title definition"},
	// Unverified: all.
	{platform.ErrTitleInvalid, 400, wire.CodeTitleMissing, "title is not valid: {reason}"},
	// Unverified: status, message.
	{platform.ErrTooManyNamespaces, 400, wire.CodeTooManyNamespaces, "too many namespaces"},
	// Unverified: status, and whether the operation is still named.
	{platform.ErrNamespaceBound, 400, wire.CodeNamespaceBound, "remove namespace: 'namespace has associated scripts: {reason}'"},
	// Unverified: status, message.
	{errPageInvalid, 400, wire.CodeMalformedPage, "page must be an integer of at least 1"},
	// Unverified: status, message.
	{errPerPageInvalid, 400, wire.CodeMalformedPerPage, "per_page must be an integer of at least 1"},
	// Unverified: status, message.
	{errOrderInvalid, 400, wire.CodeOrderInvalid, "order must be id or title"},
	// Unverified: status, message.
	{errDirectionInvalid, 400, wire.CodeDirectionInvalid, "direction must be asc or desc"},

	// Keys and values. The operations are seen, except that of a bulk put.
	{kv.ErrKeyNotFound, 404, wire.CodeKeyNotFound, "{operation}: 'key not found'"},
	// Unverified: status, message.
	{kv.ErrKeyInvalid, 400, wire.CodeKeyInvalid, "{operation}: 'key name is not valid: {reason}'"},
	// Runtime: status, message.
	{kv.ErrKeyTooLong, 414, wire.CodeKeyTooLong, "{operation}: '{Reason}.'"},
	// Runtime: message.
	{kv.ErrValueTooLarge, 413, wire.CodeTooLarge, "{operation}: '{Reason}.'"},
	// Unverified: code; runtime: status, message.
	{kv.ErrMetadataTooLarge, 413, wire.CodeTooLarge, "{operation}: '{Reason}.'"},
	// Unverified: status; 10147 is reported as well.
	{kv.ErrMetadataInvalid, 400, wire.CodeMetadataInvalid, "{operation}: 'metadata must be valid json'"},
	// Runtime: status, message.
	{errTTLNotPositive, 400, wire.CodeTTLInvalid, "{operation}: 'Invalid expiration_ttl of {reason}. Please specify integer greater than 0.'"},
	// Runtime: status, message.
	{errTTLTooShort, 400, wire.CodeTTLInvalid, "{operation}: 'Invalid expiration_ttl of {reason}. Expiration TTL must be at least 60.'"},
	// Runtime: status.
	{errExpirationMalformed, 400, wire.CodeExpirationInvalid, "{operation}: 'Invalid expiration of {reason}. Please specify integer greater than the current number of seconds since the UNIX epoch.'"},
	// Runtime: status.
	{kv.ErrExpirationInvalid, 400, wire.CodeExpirationInvalid, "{operation}: '{reason}'"},
	// Runtime: status; unverified: message.
	{errKeyThrottled, 429, wire.CodeTooManyWrites, "{operation}: 'too many requests'"},
	// Unverified: message.
	{kv.ErrLimitInvalid, 400, wire.CodeLimitInvalid, "{operation}: 'limit is not valid: {reason}'"},
	// Unverified: status, message.
	{kv.ErrCursorInvalid, 400, wire.CodeCursorInvalid, "{operation}: 'cursor is not valid'"},

	// Bodies and bulk calls.
	// Runtime: message.
	{errBulkGetNone, 400, wire.CodeBulkGet, "{operation}: 'You must request a minimum of 1 key'"},
	{errBulkGetTooMany, 400, wire.CodeBulkGet, "{operation}: 'You can request a maximum of 100 keys'"},
	{errBulkGetNotText, 400, wire.CodeBulkGet, "{operation}: 'At least one of the requested keys corresponds to a non-text value'"},
	// Unverified: message.
	{errBulkGetNotJSON, 400, wire.CodeBulkGet, "{operation}: 'At least one of the requested keys corresponds to a non-JSON value'"},
	// Unverified: code; runtime: message.
	{errBulkGetTooLarge, 413, wire.CodeBulkGet, "{operation}: 'Total size of request exceeds the limit of 25MB'"},
	// Unverified: all.
	{kv.ErrTooMany, 400, wire.CodeTooManyPairs, "{operation}: '{reason}'"},
	// Unverified: code, message.
	{errBodyTooLarge, 413, wire.CodeTooLarge, "{operation}: 'request {reason}'"},
	// Unverified: status, message.
	{wire.ErrShape, 400, wire.CodeMalformedBody, "{operation}: 'malformed body: {reason}'"},

	// Ourselves.
	// Unverified: status.
	{kv.ErrUnavailable, 503, wire.CodeAuthenticationBusy, "service unavailable"},
}

// beside is what comes with some of them: the second entry of a path that leads
// nowhere, and the cause that a refused header has in its error_chain.
var beside = map[error]wire.Message{
	errNoRoute:                {Code: wire.CodeNoRoute, Message: "No route for that URI"},
	errAuthorizationMalformed: {Code: wire.CodeInvalidAuthorizationFormat, Message: "Invalid format for Authorization header"},
	errKeyMalformed:           {Code: wire.CodeInvalidKeyFormat, Message: "Invalid format for X-Auth-Key header"},
}

// broken answers what the table does not know: a bug, or a disk that fails.
//
// Unverified: all.
var broken = problem{errInternal, 500, wire.CodeInternal, "internal error"}

const (
	globalKeyRefused = "Unknown X-Auth-Key or X-Auth-Email: this is a Bindery server, which takes no global API keys. " +
		"Unset CLOUDFLARE_API_KEY and set CLOUDFLARE_API_TOKEN to a token made with `bindery token create`"
	cloudflareTokenRefused = "Authentication error: this looks like a real Cloudflare token, and this is a Bindery server, which refuses those unread. " +
		"Set CLOUDFLARE_API_TOKEN to a token made with `bindery token create`, and roll the real one if it crossed a network"
)
