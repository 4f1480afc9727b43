package explain

import (
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

var kvOnly = []wrangler.Type{wrangler.KVNamespace}

// namespaces are errors of the routes of Workers KV.
var namespaces = []Entry{
	{
		Code: 10013, Area: KV, types: kvOnly, says: pattern.New(`namespace not found`),
		Means: "the account holds no such namespace", Causes: []string{"the id is of another account or environment", "the namespace was deleted"},
		Cures: []string{"wrangler kv namespace list", "bindery plan", "bindery apply"},
	},
	{
		Code: 10014, Area: KV, says: pattern.New(`(?i)title already exists`),
		Means: "the account has a namespace of this title", Causes: []string{"it was made before: bind that one", "an earlier deploy made it, and its id was never written down"},
		Cures: []string{"wrangler kv namespace list", "bindery apply"},
	},
	{Code: 10009, Area: KV, Means: "the namespace has no such key", Causes: []string{"it expired or was never written here", "wrangler asked the local storage, or another environment: --remote and --env say which"}, Cures: []string{"wrangler kv key list --remote --binding NAME"}},
	{Code: 10011, Area: KV, types: kvOnly, Means: "the id of a namespace is not one: 32 hex digits", Causes: []string{"a placeholder, a title, or the name of the binding"}, Cures: []string{"bindery check", "wrangler kv namespace list"}},
	{Code: 10012, Area: KV, Means: "the body of a bulk request has another form than wanted", Causes: []string{"the file is no list of objects with key and value"}, Cures: []string{"wrangler kv bulk put --help"}},
	{Code: 10018, Area: KV, Means: "the account has as many namespaces as it may: 1,000", Causes: []string{"a namespace for each preview that nobody deleted"}, Cures: []string{"wrangler kv namespace list"}},
	{Code: 10019, Area: KV, Means: "a namespace needs a title", Causes: []string{"it was empty"}, Cures: []string{"wrangler kv namespace create NAME"}},
	{Code: 10022, Area: KV, Means: "too many requests: a key takes one write in a second", Causes: []string{"a counter or a lock is kept in one key"}, Cures: []string{"wrangler tail"}},
	{Code: 10023, Area: KV, Means: "the key is not one: not empty, not \".\" or \"..\", at most 512 bytes", Causes: []string{"a key that was put together from something empty"}, Cures: []string{"wrangler kv key list --remote --binding NAME"}},
	{Code: 10042, Area: KV, Means: "the key is not one: not empty, not \".\" or \"..\", at most 512 bytes", Causes: []string{"a key that was put together from something empty"}, Cures: []string{"wrangler kv key list --remote --binding NAME"}},
	{Code: 10024, Area: KV, Means: "the value is too large: 25 MiB", Causes: []string{"a file that belongs into R2"}, Cures: []string{"wrangler r2 bucket list"}},
	{Code: 10025, Area: KV, Means: "there is no such route", Causes: []string{"a path of an older API"}, Cures: []string{"wrangler kv --help"}},
	{Code: 10028, Area: KV, Means: "a list takes a limit from 10 to 1,000", Causes: []string{"a limit outside of that"}, Cures: []string{"wrangler kv key list --remote --binding NAME"}},
	{Code: 10029, Area: KV, Means: "a bulk get takes 1 to 100 keys, whose values are text", Causes: []string{"more keys, or a value of bytes"}, Cures: []string{"wrangler kv key get KEY --remote --binding NAME"}},
	{Code: 10030, Area: KV, Means: "the key is too long: 512 bytes", Causes: []string{"a URL as a key: take its hash"}, Cures: []string{"wrangler kv key list --remote --binding NAME"}},
	{Code: 10033, Area: KV, says: pattern.New(`(?i)expiration`), Means: "expiration is not at least 60 seconds ahead, in seconds since 1970", Causes: []string{"a time in the past, or less than a minute ahead"}, Cures: []string{"date +%s"}},
	{Code: 10034, Area: KV, says: pattern.New(`(?i)expiration`), Means: "expiration_ttl is less than 60 seconds", Causes: []string{"KV forgets no faster than that"}, Cures: []string{"wrangler kv key put --help"}},
	{Code: 10037, Area: KV, Means: "the user may not do this in the account", Causes: []string{"a role without Workers KV"}, Cures: []string{"wrangler whoami"}},
	{Code: 10041, Area: KV, Means: "the cursor of a list is not one", Causes: []string{"it is of another list, or was cut"}, Cures: []string{"wrangler kv key list --remote --binding NAME"}},
	{Code: 10043, Area: KV, Means: "a list of namespaces cannot be ordered by that", Causes: []string{"order is id or title"}, Cures: []string{"wrangler kv namespace list"}},
	{Code: 10044, Area: KV, Means: "a list of namespaces has no such direction", Causes: []string{"direction is asc or desc"}, Cures: []string{"wrangler kv namespace list"}},
	{Code: 10007, Area: KV, Means: "page is not a number from 1", Causes: []string{"a page of 0"}, Cures: []string{"wrangler kv namespace list"}},
	{Code: 10008, Area: KV, Means: "per_page is not a number that is taken", Causes: []string{"too small, or too large"}, Cures: []string{"wrangler kv namespace list"}},
	{Code: 10045, Area: KV, Means: "the route is no longer served", Causes: []string{"an old client"}, Cures: []string{"wrangler --version"}},
	{Code: 10046, Area: KV, Means: "too many bulk requests", Causes: []string{"several at once: wait, and send fewer"}, Cures: []string{"wrangler kv bulk put --help"}},
	{Code: 10047, Area: KV, Means: "metadata is no JSON", Causes: []string{"quotes that the shell took away"}, Cures: []string{"wrangler kv key put --help"}},
	{Code: 10147, Area: KV, Means: "metadata is no JSON", Causes: []string{"quotes that the shell took away"}, Cures: []string{"wrangler kv key put --help"}},
	{Code: 10048, Area: KV, says: pattern.New(`(?i)free usage limit`), Means: "the account has used up what the free plan has for a day", Causes: []string{"1,000 writes, deletes and lists each, for all Workers of the account together"}, Cures: []string{"wrangler whoami"}},
	{Code: 10052, Area: KV, says: pattern.New(`(?i)associated scripts`), Means: "the namespace cannot be deleted: a Worker binds it", Causes: []string{"the Worker, or an older version of it, still has the binding"}, Cures: []string{"bindery bindings", "wrangler deploy"}},
	{Code: 10405, Area: KV, Means: "the route does not take this method", Causes: []string{"an id that is empty"}, Cures: []string{"wrangler kv namespace list"}},
	{Code: 10003, Area: KV, keys: []string{"account_id"}, Means: "the request names no account", Causes: []string{"an account id that is empty"}, Cures: []string{"wrangler whoami"}},
	{Code: 10005, Area: KV, keys: []string{"account_id"}, Means: "the request names two accounts", Causes: []string{"a token of another account"}, Cures: []string{"wrangler whoami"}},
	{Code: 10010, Area: KV, types: kvOnly, Means: "the id of a namespace is not one", Causes: []string{"a placeholder"}, Cures: []string{"bindery check"}},
	{Code: 10020, Area: KV, Means: "too many values in one request: 10,000", Causes: []string{"a bulk write that has to be cut into several"}, Cures: []string{"wrangler kv bulk put --help"}},
}

// stores are errors of R2 and D1.
var stores = []Entry{
	{
		Code: 10006, Area: R2, types: []wrangler.Type{wrangler.R2Bucket}, says: pattern.New(`(?i)bucket does not exist`),
		Means: "the account has no bucket of this name", Causes: []string{"a slip in the name", "it is in another account or jurisdiction"},
		Cures: []string{"wrangler r2 bucket list", "wrangler r2 bucket create NAME"},
	},
	{Code: 10004, Area: R2, says: pattern.New(`(?i)already exists`), Means: "the account has a bucket of this name", Causes: []string{"it was made before: bind that one"}, Cures: []string{"wrangler r2 bucket list"}},
	{Code: 10042, Area: R2, says: pattern.New(`(?i)enable R2`), Means: "R2 is not switched on in the account", Causes: []string{"nobody has switched it on in the dashboard", "the account is another one"}, Cures: []string{"wrangler whoami"}},
	{Code: 7404, Area: D1, types: []wrangler.Type{wrangler.D1}, Means: "the account has no such database", Causes: []string{"database_id is of another account or environment", "it was deleted"}, Cures: []string{"wrangler d1 list", "bindery apply"}},
}
