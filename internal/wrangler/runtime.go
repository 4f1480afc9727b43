package wrangler

import "cmp"

// runtimeKinds is how a Worker names the type of what it finds in env.
var runtimeKinds = map[Type]string{
	KVNamespace:     "KVNamespace",
	R2Bucket:        "R2Bucket",
	D1:              "D1Database",
	DurableObject:   "DurableObjectNamespace",
	Queue:           "Queue",
	Service:         "Fetcher",
	Workflow:        "Workflow",
	AI:              "AI",
	Browser:         "Fetcher",
	Images:          "ImagesBinding",
	Stream:          "StreamBinding",
	Media:           "MediaBinding",
	VersionMetadata: "WorkerVersionMetadata",
	Vectorize:       "Vectorize",
	Hyperdrive:      "Hyperdrive",
	AnalyticsEngine: "AnalyticsEngineDataset",
	Dispatch:        "DispatchNamespace",
	MTLS:            "Fetcher",
	SendEmail:       "SendEmail",
	Pipeline:        "Pipeline",
	SecretsStore:    "SecretsStoreSecret",
	RateLimit:       "RateLimit",
	WorkerLoader:    "WorkerLoader",
	VPCService:      "Fetcher",
	VPCNetwork:      "Fetcher",
	AISearch:        "AiSearchInstance",
	AISearchNS:      "AiSearchNamespace",
	Assets:          "Fetcher",
}

// RuntimeKind is the binding's type as a Worker names it, as in KVNamespace; one without a name of its own keeps that of the upload API.
func (b *Binding) RuntimeKind() string { return cmp.Or(runtimeKinds[b.Type], string(b.Type)) }
