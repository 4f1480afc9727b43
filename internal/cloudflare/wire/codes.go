package wire

// Error codes of the v4 API, as far as Bindery answers or reads them. A number
// means something only together with its route: 10041 is a bad cursor on a KV list
// and a missing namespace at the upload of a Worker. "Seen" codes come from
// recordings of the live API or its published description; "listed" ones only from
// the table of KV errors that Cloudflare once published, or from users' reports.

// Who asks: any route.
const (
	// CodeThrottled: too many requests; HTTP 429, at times inside a 200. Seen.
	CodeThrottled = 971
	// CodeInvalidToken: GET /user/tokens/verify with a bad token, and with a good
	// one that an account owns. Seen.
	CodeInvalidToken = 1000
	// CodeTokenInvalid: a token that is asked for in POST …/tokens cannot be made. Ours.
	CodeTokenInvalid = 1001
	// CodeInvalidHeaders: a malformed header, named in error_chain. Seen.
	CodeInvalidHeaders = 6003
	// CodeInvalidKeyFormat: in error_chain, a malformed X-Auth-Key. Seen.
	CodeInvalidKeyFormat = 6103
	// CodeInvalidAuthorizationFormat: in error_chain, a malformed Authorization. Seen.
	CodeInvalidAuthorizationFormat = 6111
	// CodeUnknownKey: X-Auth-Key and X-Auth-Email name no user. Listed.
	CodeUnknownKey = 9103
	// CodeMissingAuth: no header that says who asks. Seen.
	CodeMissingAuth = 9106
	// CodeUnauthorized: the token may not read this user or account, or was refused
	// before the API saw it. Seen.
	CodeUnauthorized = 9109
	// CodeAuthentication: an unknown token (401), or one without a permission or
	// without sight of the account (403). Seen.
	CodeAuthentication = 10000
	// CodeAuthenticationBusy: the token could not be checked just now. Seen. KV's
	// own table has the number as "service unavailable".
	CodeAuthenticationBusy = 10001
)

// Where it was sent: any route.
const (
	// CodeNoRoute: second entry beside CodeMalformedPath. Seen.
	CodeNoRoute = 7000
	// CodeMethodNotSupported: a known path with another method. Seen.
	CodeMethodNotSupported = 7001
	// CodeMalformedPath: no such route, or an account id that is none. Seen.
	CodeMalformedPath = 7003
	// CodeMethodNotAllowed: as 7001, below /storage/kv/namespaces. Seen.
	CodeMethodNotAllowed = 10405
)

// Below /accounts/{account}/storage/kv/namespaces.
const (
	CodeMalformedPage        = 10007 // list of namespaces: page is no number from 1. Listed
	CodeMalformedPerPage     = 10008 // list of namespaces: per_page is no number from 1. Listed
	CodeKeyNotFound          = 10009 // get of a value or its metadata. Seen
	CodeMalformedNamespace   = 10011 // the namespace id is not 32 hex digits. Seen
	CodeMalformedBody        = 10012 // a body of the wrong shape. Seen
	CodeNamespaceNotFound    = 10013 // everything in a namespace that the account lacks. Seen
	CodeTitleExists          = 10014 // create and rename. Seen
	CodeTooManyNamespaces    = 10018 // create. Listed
	CodeTitleMissing         = 10019 // create and rename: empty or absent title. Seen
	CodeTooManyPairs         = 10020 // bulk put and delete: over 10,000 keys. Listed
	CodeTooManyWrites        = 10022 // put: over one write a second to a key. Listed
	CodeKeyInvalidOld        = 10023 // as CodeKeyInvalid, before 2021. Listed
	CodeTooLarge             = 10024 // put: a value or metadata over its limit. Listed
	CodeInternal             = 10027 // a failure inside. Listed
	CodeLimitInvalid         = 10028 // list of keys: limit outside 10 to 1000. Seen
	CodeBulkGet              = 10029 // bulk get: no keys, over 100, or one whose value is no text. Seen
	CodeKeyTooLong           = 10030 // a key over 512 bytes. Listed
	CodeExpirationInvalid    = 10033 // put: expiration in the past or under 60 s ahead. Seen
	CodeTTLInvalid           = 10034 // put: expiration_ttl under 60 s. Seen
	CodeCursorInvalid        = 10041 // list of keys. Listed
	CodeKeyInvalid           = 10042 // an empty key, "." or "..". Listed
	CodeOrderInvalid         = 10043 // list of namespaces. Listed
	CodeDirectionInvalid     = 10044 // list of namespaces. Listed
	CodeTooManyBulk          = 10046 // too many bulk calls. Listed
	CodeMetadataInvalid      = 10047 // put: metadata that is no JSON. Listed
	CodeFreeLimit            = 10048 // the free plan's operations of the day are used up. Seen
	CodeNamespaceBound       = 10052 // delete of a namespace that a Worker binds. Seen
	CodeMetadataInvalidNewer = 10147 // as CodeMetadataInvalid, from one report of 2025. Listed
)

// Below /accounts/{account}/workers, most of them at the upload of a Worker.
const (
	WorkerNotFound          = 10007  // any path of a script. Seen
	ServiceNotFound         = 10090  // GET /workers/services/{name}. Seen
	UploadScript            = 10021  // the script, a module or a binding is not valid. Seen
	UploadBody              = 10026  // the form cannot be read. Listed
	UploadTooLarge          = 10027  // Listed
	UploadNameInvalid       = 10016  // Listed
	UploadNotServed         = 10015  // what the account is not entitled to; here what no Bindery serves. Listed
	UploadNamespaceNotFound = 10041  // a KV binding's id is in no namespace of the account. Seen
	UploadNamespaceInvalid  = 10042  // a KV binding's id is not 32 hex digits. Seen
	UploadBindingUnnamed    = 10052  // Listed
	UploadBindingTaken      = 10053  // two bindings of a name. Seen
	UploadVarTooLarge       = 10054  // Listed
	UploadTooManyVars       = 10055  // Listed
	BindingNotFound         = 10056  // delete of a secret. Seen
	UploadInheritNothing    = 10057  // Seen
	UploadClassUnknown      = 10061  // a Durable Object binding. Seen
	UploadClassNeeded       = 10064  // a class with objects is gone; delete of a Worker that consumes a queue. Seen
	UploadNoHandlers        = 10068  // Seen
	UploadClassNotExported  = 10070  // a migration. Seen
	VersionNotFound         = 10071  // Listed
	UploadClassMigration    = 10074  // a migration that does not fit. Seen
	UploadMigrationTag      = 10079  // Seen
	UploadBucketNotFound    = 10085  // Seen
	ScheduleInvalid         = 10100  // Listed
	UploadServiceNotFound   = 10143  // Seen
	UploadDatabaseNotFound  = 10181  // Seen
	WorkflowNotFound        = 10200  // Seen
	DeploymentInvalid       = 10210  // Seen
	VersionHasMigration     = 10211  // Listed
	SettingsNotDeployed     = 10214  // edit of settings, bindings among them. Seen
	VersionNotDeployed      = 10215  // edit of a secret. Seen
	SecretsChanged          = 10220  // deployment of an earlier version. Seen
	NameTooLong             = 100132 // for a subdomain. Listed
)

// R2 buckets, D1 databases and queues.
const (
	BucketNameInvalid    = 10005  // Listed
	BucketTaken          = 10004  // Seen
	BucketNotFound       = 10006  // Seen
	ObjectNotFound       = 10007  // Seen
	BucketNotEmpty       = 10008  // Listed
	ObjectNameInvalid    = 10020  // Listed
	ObjectArgument       = 10029  // Listed
	ObjectTooLarge       = 100100 // Listed
	DatabaseNotFound     = 7404   // Seen
	DatabaseTaken        = 7502   // Listed
	DatabaseNameInvalid  = 7400   // Listed
	DatabaseQueryFailed  = 7500   // Seen
	QueueNotFound        = 11000  // Seen
	QueueNameInvalid     = 11003  // Ours
	QueueConsumerTaken   = 11004  // Listed
	QueueTaken           = 11009  // Seen
	ConsumerNotFound     = 11007  // Ours
	QueueSettingsInvalid = 11010  // Ours
	MessageInvalid       = 10400  // Ours
	MessageTooLarge      = 10413  // Ours
)
