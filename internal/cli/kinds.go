package cli

import (
	"cmp"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// kindPhrases is how people call the resource of a binding.
var kindPhrases = map[wrangler.Type]string{
	wrangler.KVNamespace:   "KV namespace",
	wrangler.R2Bucket:      "R2 bucket",
	wrangler.D1:            "D1 database",
	wrangler.DurableObject: "Durable Object",
	wrangler.Queue:         "queue",
	wrangler.Service:       "service",
	wrangler.Workflow:      "Workflow",
	wrangler.AI:            "AI",
	wrangler.Assets:        "assets",
}

func kindPhrase(t wrangler.Type) string {
	return cmp.Or(kindPhrases[t], string(t))
}
