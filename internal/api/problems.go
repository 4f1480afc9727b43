package api

import (
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/r2"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/tails"
	"github.com/bindery-dev/bindery/internal/workers"
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
	{workers.ErrNamespaceBound, 400, wire.CodeNamespaceBound, "remove namespace: 'namespace has associated scripts: {reason}'"},
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
	{kv.ErrTooSoon, 429, wire.CodeTooManyWrites, "{operation}: 'too many requests'"},
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

	// Workers: what is asked for. Few statuses of Workers were seen; the others are those of their kind.
	{errServiceNotFound, 404, wire.ServiceNotFound, "workers.api.error.service_not_found"},
	{workers.ErrNotFound, 404, wire.WorkerNotFound, "This Worker does not exist on your account."},
	// Unverified: message.
	{workers.ErrVersionNotFound, 404, wire.VersionNotFound, "Version not found: {reason}"},
	// Unverified: message.
	{workers.ErrNameInvalid, 400, wire.UploadNameInvalid, "Invalid Worker name: {reason}. It is made of letters, digits, - and _."},
	// Unverified: message.
	{workers.ErrNameTooLong, 400, wire.NameTooLong, "Worker name is too long to be a subdomain: {reason}"},
	// Unverified: message, how it ends.
	{workers.ErrDeploymentInvalid, 400, wire.DeploymentInvalid, "Invalid deployment: {reason}"},
	// Unverified: how it begins; wrangler reads the names behind the colon.
	{workers.ErrSecretsChanged, 400, wire.SecretsChanged, "The version has other secrets than what serves. The following secrets have changed: {reason}"},
	{workers.ErrSecretNotFound, 404, wire.BindingNotFound, "Binding '{binding}' not found"},
	// Unverified: how it ends.
	{errSettingsNotDeployed, 400, wire.SettingsNotDeployed, "Script edit failed. You attempted to deploy the latest version with modified settings, but the latest version isn't currently deployed. Either upload a new version to edit the version settings, or use the script-level settings API for those that no version carries."},
	// Unverified: message.
	{workers.ErrNotDeployed, 400, wire.VersionNotDeployed, "The latest version of the Worker is not deployed; deploy it, or edit its secrets with a new version"},
	// Unverified: all.
	{workers.ErrScheduleInvalid, 400, wire.ScheduleInvalid, "Cron trigger is not valid: {reason}"},
	// Unverified: message.
	{errWorkerConsumes, 400, wire.UploadClassNeeded, "This Worker consumes the queues {reason}; remove it from them first"},
	// Unverified: message.
	{errWorkflowNotFound, 404, wire.WorkflowNotFound, "workflow not found"},
	// The words are ours.
	{errTailNotServed, 400, wire.UploadNotServed, "No Worker runs on this Bindery server, as it has found no workerd: there are no live logs"},
	// Unverified: all.
	{tails.ErrNotFound, 404, wire.CodeMalformedPath, "Could not route to {path}, perhaps your object identifier is invalid?"},
	// Unverified: all.
	{tails.ErrTooMany, 400, wire.UploadNotServed, "Too many tails: {reason}"},
	// Unverified: all.
	{tails.ErrFilter, 400, wire.UploadBody, "Tail filter is not valid: {reason}"},

	// Workers: the form of an upload.
	// Unverified: message.
	{errFormMalformed, 400, wire.UploadBody, "Could not parse the request's form: {reason}"},
	// Unverified: how it ends.
	{errMetadataUnreadable, 400, wire.UploadScript, "could not read content for part metadata: {reason}"},
	// Unverified: message.
	{errPartKind, 400, wire.UploadScript, "Part of an unknown kind: {reason}"},
	// Unverified: message.
	{errMainModuleKind, 400, wire.UploadScript, "The main module must be JavaScript: {reason}"},
	{workers.ErrModuleMissing, 400, wire.UploadScript, "No such module {reason}."},
	// Unverified: message.
	{workers.ErrModule, 400, wire.UploadScript, "Module is not valid: {reason}"},
	// Unverified: status, message.
	{workers.ErrTooLarge, 400, wire.UploadTooLarge, "Script is too large: {reason}"},
	// The words are ours.
	{workers.ErrNotTried, 503, wire.UploadNotServed, "This Bindery server cannot try the script, and keeps what serves: {reason} (npm install workerd, or --workerd FILE)"},
	{workers.ErrScript, 400, wire.UploadScript, "{reason}"},
	{workers.ErrNoHandlers, 400, wire.UploadNoHandlers, "The uploaded script has no registered event handlers."},
	// Unverified: message.
	{workers.ErrDateInvalid, 400, wire.UploadScript, "Invalid compatibility date: {reason}"},
	{workers.ErrDateAhead, 400, wire.UploadScript, "Can't set compatibility date in the future: {reason}"},
	// Unverified: all.
	{workers.ErrSessionUnknown, 401, wire.CodeAuthentication, "Authentication error"},
	// Unverified: all.
	{workers.ErrFileUnknown, 400, wire.UploadScript, "Static files are not those that were announced: {reason}"},

	// Workers: bindings and classes.
	{workers.ErrNamespaceMissing, 400, wire.UploadNamespaceNotFound, "KV namespace '{resource}' not found."},
	{workers.ErrNamespaceMalformed, 400, wire.UploadNamespaceInvalid, "KV namespace '{resource}' is not valid. Please verify the namespace_id in your configuration."},
	{workers.ErrBucketMissing, 400, wire.UploadBucketNotFound, "R2 bucket '{resource}' not found. Please use a different name and try again."},
	{workers.ErrDatabaseMissing, 400, wire.UploadDatabaseNotFound, "D1 binding '{binding}' references database '{resource}' which was not found."},
	// Unverified: message.
	{workers.ErrQueueMissing, 400, wire.QueueNotFound, "Queue '{resource}' not found."},
	// Unverified: how it ends.
	{workers.ErrServiceMissing, 400, wire.UploadServiceNotFound, "Service binding '{binding}' references Worker '{resource}' which was not found. Verify that the Worker exists on this account."},
	{workers.ErrClassUnknown, 400, wire.UploadClassUnknown, "Cannot create binding for class '{resource}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it."},
	// Unverified: how it ends.
	{workers.ErrClassElsewhere, 400, wire.UploadClassUnknown, "Cannot create binding for class '{resource}' that is not exported by the script '{script}'."},
	// Unverified: how it begins.
	{workers.ErrClassOfNoWorker, 400, wire.UploadClassUnknown, "Cannot create binding for class in script '{script}' that does not exist."},
	// Unverified: how it ends.
	{workers.ErrInheritNothing, 400, wire.UploadInheritNothing, "inherit binding '{binding}' is invalid: the version before has no binding of this name"},
	{workers.ErrBindingTaken, 400, wire.UploadBindingTaken, "Binding name '{binding}' already in use. Please use a different name and try again."},
	{workers.ErrBindingInvalid, 400, wire.UploadScript, "binding {binding} of type {type} must have a valid `{resource}` specified"},
	// Unverified: message.
	{workers.ErrBindingUnnamed, 400, wire.UploadBindingUnnamed, "A binding has no name"},
	// Unverified: all.
	{workers.ErrBindingUnknown, 400, wire.UploadScript, "binding {binding} is of an unknown type {type}"},
	// Unverified: message.
	{workers.ErrVarTooLarge, 400, wire.UploadVarTooLarge, "Variable '{binding}' is too large: {resource} bytes, at most 5120 are possible"},
	// Unverified: message.
	{workers.ErrTooManyVars, 400, wire.UploadTooManyVars, "Too many variables: {reason}"},
	{workers.ErrMigrationTag, 400, wire.UploadMigrationTag, "Migration tag precondition failed; current tag is {reason}"},
	// Unverified: message.
	{workers.ErrMigrationVersion, 400, wire.VersionHasMigration, "A version with a Durable Object migration cannot be uploaded alone; deploy it"},
	{workers.ErrClassExists, 400, wire.UploadClassMigration, "Cannot apply {step} migration to class '{class}' that is already depended on by existing Durable Objects"},
	{workers.ErrClassMissing, 400, wire.UploadClassMigration, "Cannot apply {step} migration to class '{class}' which was not exported in the previous version of the script"},
	// Unverified: message.
	{workers.ErrClassTransfer, 400, wire.UploadClassMigration, "Cannot apply {step} migration to class '{class}' of script '{script}', which is no other Worker of this account."},
	{workers.ErrClassNotExported, 400, wire.UploadClassNotExported, "Cannot apply {step} migration to class '{class}' that is not exported by script."},
	// Unverified: how it ends.
	{workers.ErrClassStillNeeded, 400, wire.UploadClassNeeded, "New version of script does not export class '{class}' which is depended on by existing Durable Objects. Did you forget to include it?"},

	// Buckets, databases, queues.
	{errBucketNotFound, 404, wire.BucketNotFound, "The specified bucket does not exist."},
	{errBucketTaken, 409, wire.BucketTaken, "The bucket you tried to create already exists, and you own it."},
	// Unverified: message.
	{errBucketName, 400, wire.BucketNameInvalid, "The specified bucket name is not valid: {reason}"},
	// Unverified: status.
	{r2.ErrNotEmpty, 409, wire.BucketNotEmpty, "The bucket you tried to delete is not empty."},
	{r2.ErrNoSuchKey, 404, wire.ObjectNotFound, "The specified key does not exist."},
	{r2.ErrKeyInvalid, 400, wire.ObjectNameInvalid, "The specified object name is not valid."},
	{r2.ErrTooLarge, 400, wire.ObjectTooLarge, "Your proposed upload exceeds the maximum allowed object size."},
	// Unverified: message.
	{r2.ErrArgument, 400, wire.ObjectArgument, "The storage class must be Standard or InfrequentAccess."},
	{errDatabaseNotFound, 404, wire.DatabaseNotFound, "The database {resource} could not be found"},
	// Unverified: all.
	{errDatabaseTaken, 400, wire.DatabaseTaken, "A database with the name {resource} already exists"},
	// Unverified: all.
	{errDatabaseName, 400, wire.DatabaseNameInvalid, "The database name is not valid: {reason}"},
	{d1.ErrQuery, 400, wire.DatabaseQueryFailed, "{reason}"},
	// Unverified: all.
	{errDatabaseParams, 400, wire.DatabaseNameInvalid, "params must be an array, beside one statement; for several, send batch"},
	// The words are ours.
	{errDatabasesRest, 400, wire.DatabaseQueryFailed, "D1 databases do not run here: this Bindery server has no workerd (npm install workerd, or --workerd FILE)"},
	// Unverified: all.
	{d1.ErrFileUnknown, 404, wire.DatabaseNotFound, "The file is not known, or its time is over"},
	// Unverified: all.
	{d1.ErrFileDigest, 400, wire.DatabaseNameInvalid, "The file is not the announced one: {reason}"},
	// Unverified: status, message.
	{errQueueNotFound, 404, wire.QueueNotFound, "Queue '{resource}' not found."},
	{errQueueTaken, 400, wire.QueueTaken, "Queue name '{resource}' is already taken. Please use a different name and try again."},
	// Unverified: all.
	{errQueueName, 400, wire.QueueNameInvalid, "Queue name is not valid: {reason}"},
	// Unverified: all.
	{resources.ErrConsumerTaken, 400, wire.QueueConsumerTaken, "Queue '{resource}' already has a consumer"},
	// Unverified: all.
	{resources.ErrConsumerNotFound, 404, wire.ConsumerNotFound, "Consumer '{resource}' not found"},
	// Unverified: all.
	{resources.ErrSettings, 400, wire.QueueSettingsInvalid, "Settings are not valid: {reason}"},
	// Unverified: all.
	{queues.ErrNotPulled, 400, wire.QueueSettingsInvalid, "The queue has no consumer of type http_pull"},
	// Unverified: all.
	{queues.ErrInvalid, 400, wire.MessageInvalid, "Message is not valid: {reason}"},
	// Unverified: all.
	{queues.ErrTooLarge, 413, wire.MessageTooLarge, "Message is too large: {reason}"},

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
