package cli

import (
	"cmp"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// runtimeKinds is how a Worker names the type of what it finds in env.
var runtimeKinds = map[wrangler.Type]string{
	wrangler.KVNamespace:     "KVNamespace",
	wrangler.R2Bucket:        "R2Bucket",
	wrangler.D1:              "D1Database",
	wrangler.DurableObject:   "DurableObjectNamespace",
	wrangler.Queue:           "Queue",
	wrangler.Service:         "Fetcher",
	wrangler.Workflow:        "Workflow",
	wrangler.AI:              "AI",
	wrangler.Browser:         "Fetcher",
	wrangler.Images:          "ImagesBinding",
	wrangler.Stream:          "StreamBinding",
	wrangler.Media:           "MediaBinding",
	wrangler.VersionMetadata: "WorkerVersionMetadata",
	wrangler.Vectorize:       "Vectorize",
	wrangler.Hyperdrive:      "Hyperdrive",
	wrangler.AnalyticsEngine: "AnalyticsEngineDataset",
	wrangler.Dispatch:        "DispatchNamespace",
	wrangler.MTLS:            "Fetcher",
	wrangler.SendEmail:       "SendEmail",
	wrangler.Pipeline:        "Pipeline",
	wrangler.SecretsStore:    "SecretsStoreSecret",
	wrangler.RateLimit:       "RateLimit",
	wrangler.WorkerLoader:    "WorkerLoader",
	wrangler.VPCService:      "Fetcher",
	wrangler.VPCNetwork:      "Fetcher",
	wrangler.AISearch:        "AiSearchInstance",
	wrangler.AISearchNS:      "AiSearchNamespace",
	wrangler.Assets:          "Fetcher",
}

// runtimeKind is a binding's kind; a type without a name of its own keeps the upload API's.
func runtimeKind(b *wrangler.Binding) string {
	return cmp.Or(runtimeKinds[b.Type], string(b.Type))
}

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
