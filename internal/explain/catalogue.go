package explain

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// catalogue is all that is known, from Cloudflare's documentation, its client libraries and public deploy logs. Of several
// entries with one code the likeliest stands first.
var catalogue = slices.Concat(uploads, objects, workers, namespaces, stores, access)

// uploads are errors of a deploy that names what is not there.
var uploads = []Entry{
	{
		Code: 10041, Area: Workers, says: pattern.New(`(?i)KV namespace .*not found|No KV namespace found`),
		types:  []wrangler.Type{wrangler.KVNamespace},
		Means:  "a KV binding names a namespace that the account of this deploy does not hold",
		Causes: []string{"the id belongs to another account, and the deploy goes to this one", "the namespace was deleted, or made anew under another id", "the environment has the id of another environment"},
		Cures:  []string{"wrangler kv namespace list", "bindery plan", "bindery apply"},
	},
	{
		Code: 10042, Area: Workers, says: pattern.New(`(?i)KV namespace .*not valid`),
		types:  []wrangler.Type{wrangler.KVNamespace},
		Means:  "what a KV binding has for an id is none: an id is 32 hex digits",
		Causes: []string{"a placeholder of a template was never filled in", "the title, or the name of the binding, was pasted instead"},
		Cures:  []string{"bindery check", "wrangler kv namespace list", "bindery apply"},
	},
	{
		Code: 10085, Area: Workers, types: []wrangler.Type{wrangler.R2Bucket},
		Means:  "an R2 binding names a bucket that the account does not hold",
		Causes: []string{"a slip in the name", "the bucket is in another account, or another jurisdiction", "nobody has made it yet"},
		Cures:  []string{"wrangler r2 bucket list", "wrangler r2 bucket create NAME"},
	},
	{
		Code: 10181, Area: Workers, types: []wrangler.Type{wrangler.D1},
		Means:  "a D1 binding names a database that the account does not hold",
		Causes: []string{"database_id is of another account or environment", "the database was deleted"},
		Cures:  []string{"wrangler d1 list", "bindery apply"},
	},
	{
		Code: 10143, Area: Workers, types: []wrangler.Type{wrangler.Service},
		Means:  "a service binding names a Worker that the account does not have",
		Causes: []string{"that Worker was not deployed yet: deploy it first", "it is called NAME-ENVIRONMENT there", "it names the Worker itself, at its first deploy"},
		Cures:  []string{"bindery check", "wrangler deployments list --name NAME"},
	},
	{
		Code: 10159, Area: Workers, types: []wrangler.Type{wrangler.Vectorize},
		Means: "a Vectorize binding names an index that the account does not hold", Causes: []string{"the index is in another account", "nobody has made it yet"},
		Cures: []string{"wrangler vectorize list"},
	},
	{
		Code: 10157, Area: Workers, types: []wrangler.Type{wrangler.Hyperdrive},
		Means: "a Hyperdrive binding names a configuration that the account does not hold", Causes: []string{"its id is of another account", "it was deleted"},
		Cures: []string{"wrangler hyperdrive list"},
	},
	{
		Code: 10182, Area: Workers, types: []wrangler.Type{wrangler.SecretsStore},
		Means: "a binding names a secret that the account's Secrets Store does not hold", Causes: []string{"the store's id is of another account", "nobody has put the secret there yet"},
		Cures: []string{"wrangler secrets-store store list --remote"},
	},
	{
		Code: 100143, Area: Workers, types: []wrangler.Type{wrangler.MTLS},
		Means: "a binding names an mTLS certificate that the account does not hold", Causes: []string{"its id is of another account", "it was deleted"},
		Cures: []string{"wrangler mtls-certificate list"},
	},
	{
		Code: 100119, Area: Workers, types: []wrangler.Type{wrangler.Dispatch},
		Means: "a binding names a dispatch namespace that the account does not hold", Causes: []string{"it is in another account", "nobody has made it yet"},
		Cures: []string{"wrangler dispatch-namespace list", "wrangler dispatch-namespace create NAME"},
	},
	{
		Code: 10089, Area: Workers, types: []wrangler.Type{wrangler.AnalyticsEngine},
		Means: "Analytics Engine is bound, and not switched on in the account", Causes: []string{"nobody has switched it on in the dashboard of this account"},
		Cures: []string{"wrangler whoami"},
	},
	{
		Code: 11000, Area: Queues, types: []wrangler.Type{wrangler.Queue}, keys: []string{"queues"},
		Means: "a queue that is bound or consumed is not there", Causes: []string{"nobody has made it yet", "it is in another account"},
		Cures: []string{"wrangler queues list", "wrangler queues create NAME"},
	},
	{
		Code: 11009, Area: Queues, Means: "the account has a queue of this name already", Causes: []string{"it was made before: bind that one"},
		Cures: []string{"wrangler queues list"},
	},
	{
		Code: 11005, Area: Queues, Means: "the queue takes another queue's dead letters", Causes: []string{"a consumer still names it as its dead_letter_queue"},
		Cures: []string{"wrangler queues list"}, keys: []string{"queues"},
	},
	{
		Code: 10200, Area: Workers, types: []wrangler.Type{wrangler.Workflow},
		Means: "the account has no workflow of this name", Causes: []string{"the Worker that has it was not deployed yet", "a slip in the name"},
		Cures: []string{"wrangler workflows list"},
	},
	{
		Code: 10057, Area: Workers, Means: "a binding that was to be kept from the version before is not in it",
		Causes: []string{"a required secret was never set in this environment", "the binding was given by hand in the dashboard, and is gone"},
		Cures:  []string{"wrangler secret list", "wrangler secret put NAME"}, keys: []string{"secrets"},
	},
}

// objects are errors of Durable Objects and their migrations.
var objects = []Entry{
	{
		Code: 10061, Area: Workers, types: []wrangler.Type{wrangler.DurableObject},
		Means:  "a binding names a Durable Object class that is not there to be bound",
		Causes: []string{"no migration has made the class", "the Worker does not export it", "the Worker of script_name does not exist in this account, or does not have the class"},
		Cures:  []string{"bindery check", "wrangler deploy --dry-run"},
	},
	{
		Code: 10064, Area: Workers, types: []wrangler.Type{wrangler.DurableObject}, says: pattern.New(`(?i)export class`), keys: []string{"migrations"},
		Means:  "the new version does not export a class whose objects exist",
		Causes: []string{"the class was renamed without renamed_classes", "it was taken out without deleted_classes, which deletes its data"},
		Cures:  []string{"bindery check"},
	},
	{
		Code: 10064, Area: Queues, says: pattern.New(`(?i)queue`), keys: []string{"queues"},
		Means: "the Worker cannot be deleted: it consumes a queue", Causes: []string{"its consumer is still there"},
		Cures: []string{"wrangler queues consumer remove QUEUE NAME"},
	},
	{
		Code: 10070, Area: Workers, keys: []string{"migrations"}, types: []wrangler.Type{wrangler.DurableObject},
		Means: "a migration makes a class that the Worker does not export", Causes: []string{"a slip in the class's name", "the class is not exported from main"},
		Cures: []string{"bindery check"},
	},
	{
		Code: 10074, Area: Workers, keys: []string{"migrations"}, types: []wrangler.Type{wrangler.DurableObject},
		Means:  "a migration does not fit the classes that the deployed Worker has",
		Causes: []string{"the class exists already, because its migration ran under another tag", "it deletes or renames a class that the version before did not have"},
		Cures:  []string{"wrangler versions list", "bindery check"},
	},
	{
		Code: 10079, Area: Workers, keys: []string{"migrations"},
		Means: "the migrations go on from another tag than the deployed Worker is at", Causes: []string{"tags were renamed or reordered after a deploy", "somebody deployed another branch"},
		Cures: []string{"wrangler versions list"},
	},
	{
		Code: 10097, Area: Workers, keys: []string{"migrations"},
		Means: "on the free plan a class has to be made with new_sqlite_classes", Causes: []string{"the migration says new_classes"},
		Cures: []string{"bindery check"},
	},
	{
		Code: 10211, Area: Workers, keys: []string{"migrations"},
		Means: "a version that is only uploaded cannot carry a migration", Causes: []string{"versions upload was used for a change of classes"},
		Cures: []string{"wrangler deploy"},
	},
}
