package envtypes

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// kind is how the bindings of one type are called, in TypeScript and by people.
type kind struct{ typ, plural string }

// kinds has every type that a configuration can declare. The types are those of wrangler 4.164's own `wrangler types`.
var kinds = map[wrangler.Type]kind{
	wrangler.KVNamespace:     {"KVNamespace", "KV namespaces"},
	wrangler.R2Bucket:        {"R2Bucket", "R2 buckets"},
	wrangler.D1:              {"D1Database", "D1 databases"},
	wrangler.DurableObject:   {"DurableObjectNamespace", "Durable Objects"},
	wrangler.Queue:           {"Queue", "Queues"},
	wrangler.Service:         {"Fetcher", "Services"},
	wrangler.Workflow:        {"Workflow", "Workflows"},
	wrangler.AI:              {"Ai", "Workers AI"},
	wrangler.Browser:         {"BrowserRun", "Browser Run"},
	wrangler.Analytics:       {"AnalyticsSQLBinding", "Analytics"},
	wrangler.Images:          {"ImagesBinding", "Images"},
	wrangler.Stream:          {"StreamBinding", "Stream"},
	wrangler.Media:           {"MediaBinding", "Media"},
	wrangler.VersionMetadata: {"WorkerVersionMetadata", "Version metadata"},
	wrangler.Vectorize:       {"VectorizeIndex", "Vectorize indexes"},
	wrangler.Hyperdrive:      {"Hyperdrive", "Hyperdrive configurations"},
	wrangler.AnalyticsEngine: {"AnalyticsEngineDataset", "Analytics Engine datasets"},
	wrangler.Dispatch:        {"DispatchNamespace", "Dispatch namespaces"},
	wrangler.MTLS:            {"Fetcher", "mTLS certificates"},
	wrangler.SendEmail:       {"SendEmail", "Email"},
	wrangler.Pipeline:        {`import("cloudflare:pipelines").Pipeline<import("cloudflare:pipelines").PipelineRecord>`, "Pipelines"},
	wrangler.K2:              {k2Producer, "K2 streams"},
	wrangler.SecretsStore:    {"SecretsStoreSecret", "Secrets of a store"},
	wrangler.RateLimit:       {"RateLimit", "Rate limits"},
	wrangler.WorkerLoader:    {"WorkerLoader", "Worker loaders"},
	wrangler.VPCService:      {"Fetcher", "VPC services"},
	wrangler.VPCNetwork:      {"Fetcher", "VPC networks"},
	wrangler.AISearch:        {"AiSearchInstance", "AI Search instances"},
	wrangler.AISearchNS:      {"AiSearchNamespace", "AI Search namespaces"},
	wrangler.AgentMemory:     {"AgentMemoryNamespace", "Agent memory"},
	wrangler.Artifacts:       {"Artifacts", "Artifacts"},
	wrangler.Flagship:        {"Flagship", "Flagship"},
	wrangler.HelloWorld:      {"HelloWorldBinding", "Hello World"},
	wrangler.LogForwarder:    {"any", "Log forwarders"},
	wrangler.Assets:          {"Fetcher", "Static assets"},
	wrangler.Unsafe:          {"any", "Unsafe bindings"},
	variable:                 {"string", "Variables"},
	required:                 {"string", "Secrets"},
}

// k2Producer has no name among the types of Workers.
const k2Producer = `{ send(records: { content: ArrayBuffer | Uint8Array; headers?: Record<string, string> }[]): ` +
	`Promise<{ success: true } | { success: false; error: { code: number; message: string; retryable: boolean } }> }`

// typeOf is the type of a binding, and what it leaves out.
func typeOf(b *wrangler.Binding, code *mainCode) (typ, note string) {
	typ = kinds[b.Type].typ
	class := b.Field("class_name").Str()
	script := b.Field("script_name").Str()
	switch b.Type {
	case wrangler.DurableObject:
		if own := code.class(class, "DurableObject"); own != "" && script == "" {
			return fmt.Sprintf("DurableObjectNamespace<%s>", own), ""
		}
		return typ, from(class, script)
	case wrangler.Workflow:
		if own := code.class(class, "WorkflowEntrypoint"); own != "" && script == "" {
			return fmt.Sprintf(`Workflow<Parameters<%s["run"]>[0]["payload"]>`, own), ""
		}
		return typ, from(class, script)
	case wrangler.Service:
		if entrypoint := b.Field("entrypoint").Str(); entrypoint != "" {
			return "Service", from("entrypoint "+entrypoint, b.Field("service").Str())
		}
		return typ, oneLine(b.Field("service").Str())
	case wrangler.Unsafe:
		switch b.Field("type").Str() {
		case "ratelimit":
			return "RateLimit", ""
		case "service":
			return "Fetcher", ""
		}
	}
	return typ, ""
}

func from(what, script string) string {
	if script != "" {
		what += " from " + script
	}
	return oneLine(what)
}
