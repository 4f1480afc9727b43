package rules

import "github.com/bindery-dev/bindery/internal/wrangler"

// An idPlace is a key whose value is an id that Cloudflare gives.
type idPlace struct {
	key     string
	noun    string // what it is the id of
	shape   idShape
	list    string // the command that shows the ids there are
	refusal string // what happens with a value that is none
	unknown string // what happens with an id that nothing has, if that is something else
	preview bool   // deploys ignore it: only previews need it
}

var accountIDPlace = idPlace{
	key: "account_id", noun: "account", shape: hexShape, list: "wrangler whoami",
	refusal: "a deploy fails: Cloudflare finds no such account",
}

var idPlaces = map[wrangler.Type][]idPlace{
	wrangler.KVNamespace: {
		{key: "id", noun: "KV namespace", shape: hexShape, list: "wrangler kv namespace list",
			refusal: "a deploy fails with code 10042", unknown: "a deploy fails with code 10041"},
		{key: "preview_id", noun: "KV namespace", shape: hexShape, list: "wrangler kv namespace list",
			refusal: "`wrangler dev --remote` fails", preview: true},
	},
	wrangler.D1: {
		{key: "database_id", noun: "D1 database", shape: uuidShape, list: "wrangler d1 list",
			refusal: "a deploy fails", unknown: "a deploy fails with code 10181"},
	},
	wrangler.Hyperdrive: {
		{key: "id", noun: "Hyperdrive configuration", shape: hexShape, list: "wrangler hyperdrive list",
			refusal: "a deploy fails", unknown: "a deploy fails with code 10157"},
	},
}
