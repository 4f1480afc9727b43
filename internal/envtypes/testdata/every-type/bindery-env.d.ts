// What this Worker finds in env, by environment.
/* eslint-disable */
// Made from wrangler.jsonc by `bindery types`. Run that again when the configuration changes; with --check it
// tells a pipeline that somebody forgot to. The types of Workers themselves are those of @cloudflare/workers-types, or of
// wrangler types --include-env=false.

declare namespace Cloudflare {
	/** the top level, Worker "every". */
	interface Env {
		KV: KVNamespace;
		R2: R2Bucket;
		D1: D1Database;
		DO: DurableObjectNamespace /* Room from rooms */;
		QUEUE: Queue;
		SERVICE: Fetcher /* auth */;
		NAMED: Service /* entrypoint Admin from auth */;
		WORKFLOW: Workflow /* W from flows */;
		AI: Ai;
		BROWSER: BrowserRun;
		IMAGES: ImagesBinding;
		STREAM: StreamBinding;
		MEDIA: MediaBinding;
		VERSION: WorkerVersionMetadata;
		VECTORIZE: VectorizeIndex;
		HYPERDRIVE: Hyperdrive;
		EVENTS: AnalyticsEngineDataset;
		DISPATCH: DispatchNamespace;
		MTLS: Fetcher;
		EMAIL: SendEmail;
		PIPELINE: import("cloudflare:pipelines").Pipeline<import("cloudflare:pipelines").PipelineRecord>;
		K2: { send(records: { content: ArrayBuffer | Uint8Array; headers?: Record<string, string> }[]): Promise<{ success: true } | { success: false; error: { code: number; message: string; retryable: boolean } }> };
		STORED: SecretsStoreSecret;
		LIMIT: RateLimit;
		LOADER: WorkerLoader;
		VPC: Fetcher;
		NETWORK: Fetcher;
		LEGACY_LIMIT: RateLimit;
		UNSAFE: any;
		ASSETS: Fetcher;
	}
}

interface Env extends Cloudflare.Env {}
