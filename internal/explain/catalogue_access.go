package explain

import (
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

var accountID = []string{"account_id"}

// access are errors that any route may answer, and those that wrangler words itself.
var access = []Entry{
	{
		Code: 10000, Area: Account, keys: accountID,
		Means:  "the token may not do this in this account",
		Causes: []string{"the token is of another account than the environment", "it lacks the permission for this kind of resource", "it was revoked or has expired"},
		Cures:  []string{"wrangler whoami", "bindery plan"},
	},
	{Code: 10001, Area: Account, Means: "the request could not be authenticated", Causes: []string{"Cloudflare could not look the token up: try again"}, Cures: []string{"wrangler whoami"}},
	{
		Code: 10013, Area: Account, says: pattern.New(`(?i)unknown error`),
		Means: "Cloudflare failed and does not say why", Causes: []string{"trouble that passes: try again", "an upload that its service did not take, such as a binding of a kind that is not switched on"},
		Cures: []string{"bindery check", "wrangler deploy"},
	},
	{
		Code: 7003, Area: Account, keys: accountID,
		Means: "the path leads nowhere, since an id in it is not one", Causes: []string{"account_id is empty, a name or a placeholder: it is 32 hex digits", "a variable of the pipeline is not set"},
		Cures: []string{"wrangler whoami", "bindery check"},
	},
	{
		Code: 7000, Area: Account, keys: accountID,
		Means: "there is no such route", Causes: []string{"account_id, or another id of the path, is not one", "CLOUDFLARE_API_BASE_URL leads elsewhere"},
		Cures: []string{"wrangler whoami", "bindery check"},
	},
	{Code: 7001, Area: Account, Means: "the route does not take this method", Causes: []string{"an id of the path is empty"}, Cures: []string{"wrangler whoami"}},
	{
		Code: 9109, Area: Account, keys: accountID,
		Means: "the token may not see this resource", Causes: []string{"a token of another account or user", "it lacks a permission: User Details Read, for one", "its addresses are restricted, and CI has others"},
		Cures: []string{"wrangler whoami"},
	},
	{Code: 6003, Area: Account, Means: "a header of the request is malformed", Causes: []string{"the token has a line end, a blank or quotes in it"}, Cures: []string{"wrangler whoami"}},
	{Code: 6111, Area: Account, Means: "the token is not of the form of one", Causes: []string{"the variable is empty, cut, or has a line end or quotes in it", "a global API key was given for a token"}, Cures: []string{"wrangler whoami"}},
	{Code: 6103, Area: Account, Means: "the global API key is not of the form of one", Causes: []string{"a token was given for the key"}, Cures: []string{"wrangler whoami"}},
	{Code: 1000, Area: Account, Means: "the token is not good for this route", Causes: []string{"an account's token where a user's is wanted", "it was revoked"}, Cures: []string{"wrangler whoami"}},
	{Code: 971, Area: Account, Means: "too many requests: 1,200 in five minutes for a user or token", Causes: []string{"several pipelines share a token: wait five minutes"}, Cures: []string{"wrangler whoami"}},
	{
		Area: Account, says: pattern.New(`necessary to set a CLOUDFLARE_API_TOKEN`),
		Means: "wrangler has no login and no token", Causes: []string{"the secret of the pipeline is not set, or not handed to this step", "a pull request from a fork gets no secrets"},
		Cures: []string{"export CLOUDFLARE_API_TOKEN=…", "wrangler whoami"},
	},
	{
		Area: Account, keys: accountID, says: pattern.New(`(?i)more than one account available`),
		Means: "the login sees several accounts, and nothing says which is meant", Causes: []string{"the environment has no account_id"},
		Cures: []string{"wrangler whoami", "bindery plan"},
	},
	{
		Area: KV, says: pattern.New(`(?i)KV namespace with the title .* already exists`),
		Means: "the account has a namespace of this title", Causes: []string{"it was made before: bind that one"},
		Cures: []string{"wrangler kv namespace list", "bindery apply"},
	},
	{
		Area: Queues, types: []wrangler.Type{wrangler.Queue}, keys: []string{"queues"}, says: pattern.New(`^Queue .* does not exist`),
		Means: "a queue that is bound or consumed is not there", Causes: []string{"nobody has made it yet", "it is in another account"},
		Cures: []string{"wrangler queues list", "wrangler queues create NAME"},
	},
	{
		Area: Workers, types: []wrangler.Type{wrangler.DurableObject}, says: pattern.New(`^Your Worker depends on the following Durable Objects`),
		Means: "a Durable Object class that is bound is not exported by main", Causes: []string{"a slip in class_name", "the class stands in another Worker, which script_name does not name"},
		Cures: []string{"bindery check"},
	},
	{
		Area: Workers, keys: []string{"secrets"}, says: pattern.New(`(?i)required secrets have not been set`),
		Means: "secrets that the configuration requires are not set in this environment", Causes: []string{"each environment is a Worker of its own, with secrets of its own", "a slip in a name of secrets.required"},
		Cures: []string{"wrangler secret list", "wrangler secret put NAME"},
	},
	{
		Area: D1, types: []wrangler.Type{wrangler.D1}, keys: []string{"d1_databases"}, says: pattern.New(`^You must use a real database`),
		Means: "a D1 binding has no database_id, or a placeholder", Causes: []string{"nobody has made the database", "the environment does not repeat the id"},
		Cures: []string{"wrangler d1 list", "bindery apply"},
	},
	{
		Area: Workers, says: pattern.New(`^No environment found in configuration`),
		Means: "--env names an environment that the configuration does not have", Causes: []string{"a slip in the name", "wrangler runs in another folder, or reads another file, than was meant"},
		Cures: []string{"bindery bindings"},
	},
	{
		Area: Workers, keys: []string{"main"}, says: pattern.New(`^Missing entry-point`),
		Means: "wrangler finds no code to deploy", Causes: []string{"main is not set", "wrangler runs in another folder than that of the configuration"},
		Cures: []string{"bindery check"},
	},
	{
		Area: Workers, keys: []string{"routes", "route"}, says: pattern.New(`^Could not find zone for`),
		Means: "the account has no zone for a route", Causes: []string{"the domain is in another account", "the token does not see the zone: it takes Zone Read", "a slip in the domain"},
		Cures: []string{"wrangler whoami", "bindery plan"},
	},
	{
		Area: Account, says: pattern.New(`^Received a malformed response`),
		Means: "what answered is not Cloudflare's API, or is in trouble", Causes: []string{"a proxy or a login page on the way", "CLOUDFLARE_API_BASE_URL leads elsewhere", "trouble that passes: try again"},
		Cures: []string{"wrangler whoami"},
	},
}
