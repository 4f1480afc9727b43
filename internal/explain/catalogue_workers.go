package explain

import "github.com/bindery-dev/bindery/internal/pattern"

// workers are the other errors of uploads, versions, secrets and triggers.
var workers = []Entry{
	{
		Code: 10021, Area: Workers, says: pattern.New(`(?i)compatibility date`), keys: []string{"compatibility_date"},
		Means: "compatibility_date is in the future, as UTC has it", Causes: []string{"a slip in the date", "your clock is ahead of UTC"},
		Cures: []string{"bindery check"},
	},
	{
		Code: 10021, Area: Workers, says: pattern.New(`(?i)compatibility flag`), keys: []string{"compatibility_flags"},
		Means: "compatibility_flags has a flag that does not exist", Causes: []string{"a slip in the flag"}, Cures: []string{"bindery check"},
	},
	{
		Code: 10021, Area: Workers, says: pattern.New("(?i)valid `?id`? specified"), keys: []string{"d1_databases"},
		Means: "a D1 binding has no database_id", Causes: []string{"nobody has made the database", "the environment does not repeat the id"},
		Cures: []string{"wrangler d1 list", "bindery apply"},
	},
	{
		Code: 10021, Area: Workers, keys: []string{"main"},
		Means:  "the code was refused: it does not parse, does not start, or imports what is not there",
		Causes: []string{"the code throws outside of a handler", "a module of Node without nodejs_compat", "start-up takes too long"},
		Cures:  []string{"wrangler deploy --dry-run --outdir dist", "wrangler dev"},
	},
	{Code: 10068, Area: Workers, keys: []string{"main"}, Means: "the code has no handler", Causes: []string{"main is another file than was meant", "nothing is exported by default"}, Cures: []string{"wrangler deploy --dry-run --outdir dist"}},
	{Code: 10069, Area: Workers, keys: []string{"main"}, Means: "the code has a handler that Workers do not know", Causes: []string{"a slip in the handler's name"}, Cures: []string{"wrangler deploy --dry-run --outdir dist"}},
	{
		Code: 10007, Area: Workers, says: pattern.New(`(?i)Worker does not exist|script_not_found`), keys: []string{"name"},
		Means:  "the account has no Worker of this name",
		Causes: []string{"it was never deployed: a version cannot be the first", "the name carries the environment: NAME-ENVIRONMENT", "the account is another one", "the account has no workers.dev subdomain yet"},
		Cures:  []string{"wrangler whoami", "wrangler deploy"},
	},
	{Code: 10090, Area: Workers, keys: []string{"name"}, Means: "the account has no Worker of this name", Causes: []string{"it was never deployed", "the account is another one"}, Cures: []string{"wrangler whoami", "wrangler deploy"}},
	{Code: 10092, Area: Workers, keys: []string{"name"}, Means: "the Worker has no such environment", Causes: []string{"a service environment of earlier wranglers is meant"}, Cures: []string{"wrangler deploy"}},
	{Code: 10053, Area: Workers, Means: "two bindings of the Worker have one name", Causes: []string{"a secret is called like a variable"}, Cures: []string{"wrangler secret list"}},
	{Code: 10056, Area: Workers, Means: "the Worker has no secret of this name", Causes: []string{"it is set in another environment", "a slip in the name"}, Cures: []string{"wrangler secret list"}},
	{Code: 10063, Area: Workers, keys: []string{"triggers"}, Means: "the account needs a workers.dev subdomain first", Causes: []string{"the account never had a Worker"}, Cures: []string{"wrangler deploy"}},
	{Code: 10071, Area: Workers, Means: "the Worker has no such version", Causes: []string{"the version is another Worker's, or too old"}, Cures: []string{"wrangler versions list"}},
	{Code: 100146, Area: Workers, Means: "the Worker has no such version", Causes: []string{"the version is another Worker's, or too old"}, Cures: []string{"wrangler versions list"}},
	{Code: 10210, Area: Workers, Means: "the deployment names versions that are not there, or shares that are not 100 in sum", Causes: []string{"a slip in a version's id or share"}, Cures: []string{"wrangler versions list"}},
	{Code: 10214, Area: Workers, Means: "a secret cannot be changed while the newest version is not deployed", Causes: []string{"a version was uploaded and not deployed"}, Cures: []string{"wrangler versions secret put NAME", "wrangler versions deploy"}},
	{Code: 10215, Area: Workers, Means: "a secret cannot be changed while the newest version is not deployed", Causes: []string{"a version was uploaded and not deployed"}, Cures: []string{"wrangler versions secret put NAME", "wrangler versions deploy"}},
	{Code: 10220, Area: Workers, Means: "secrets have changed since the version to go back to", Causes: []string{"the version would run with other secrets than it had"}, Cures: []string{"wrangler versions list", "wrangler rollback"}},
	{Code: 10006, Area: Workers, keys: []string{"main"}, Means: "the upload's code could not be read", Causes: []string{"the bundle is no JavaScript"}, Cures: []string{"wrangler deploy --dry-run --outdir dist"}},
	{Code: 10015, Area: Workers, Means: "the account may not use this", Causes: []string{"the plan does not have it"}, Cures: []string{"wrangler whoami"}},
	{Code: 10016, Area: Workers, keys: []string{"name"}, Means: "the Worker's name is not one", Causes: []string{"capitals, blanks or dots; at most 63 of a-z, 0-9 and -"}, Cures: []string{"bindery check"}},
	{Code: 10026, Area: Workers, Means: "the body of the upload could not be read", Causes: []string{"a proxy on the way changed it"}, Cures: []string{"wrangler deploy"}},
	{Code: 10027, Area: Workers, keys: []string{"main"}, Means: "the code is too large: 3 MiB compressed on the free plan, 10 MiB on a paid one", Causes: []string{"a dependency that is not needed, or data in the bundle"}, Cures: []string{"wrangler deploy --dry-run --outdir dist"}},
	{Code: 10035, Area: Workers, Means: "somebody else changes the Worker at the same moment", Causes: []string{"two pipelines deploy at once"}, Cures: []string{"wrangler deployments list", "wrangler deploy"}},
	{Code: 10037, Area: Workers, Means: "the account has as many Workers as it may", Causes: []string{"previews that nobody deleted"}, Cures: []string{"wrangler whoami"}},
	{Code: 10052, Area: Workers, Means: "a binding has no name", Causes: []string{"an entry without binding or name"}, Cures: []string{"bindery check"}},
	{Code: 10054, Area: Workers, Means: "a variable is too large: 5 KiB each", Causes: []string{"a file in a variable: put it into KV"}, Cures: []string{"bindery check"}},
	{Code: 10055, Area: Workers, Means: "too many variables: 64 on the free plan, 128 on a paid one", Causes: []string{"each is a binding; one of JSON holds many"}, Cures: []string{"bindery check"}},
	{Code: 10031, Area: Workers, Means: "the workers.dev subdomain is taken", Causes: []string{"another account has it"}, Cures: []string{"wrangler whoami"}},
	{Code: 10032, Area: Workers, Means: "the workers.dev subdomain is free", Causes: []string{"no error: it can be registered"}, Cures: []string{"wrangler deploy"}},
	{Code: 10034, Area: Workers, says: pattern.New(`(?i)verif`), Means: "the e-mail address of the account is not verified", Causes: []string{"the link in Cloudflare's mail was not followed"}, Cures: []string{"wrangler whoami"}},
	{Code: 100132, Area: Workers, keys: []string{"name"}, Means: "the Worker's name is too long for a subdomain: 63 characters, the environment included", Causes: []string{"a branch's name in it"}, Cures: []string{"bindery check"}},
}
