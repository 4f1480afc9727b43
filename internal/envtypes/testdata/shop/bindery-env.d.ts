// What this Worker finds in env, by environment.
/* eslint-disable */
// Made from wrangler.toml by `bindery types`. Run that again when the configuration changes; with --check it
// tells a pipeline that somebody forgot to. The types of Workers themselves are those of @cloudflare/workers-types, or of
// wrangler types --include-env=false.

declare namespace Cloudflare {
	/** the top level, Worker "shop". */
	interface TopLevelEnv {
		CACHE: KVNamespace;
		CARTS: DurableObjectNamespace<import("./src/index").Cart>;
		OLD_CARTS: DurableObjectNamespace /* OldCart */;
		STOCK: DurableObjectNamespace /* Stock from stock */;
		ENVIRONMENT: "dev";
		DEBUG: true;
	}

	/** env "production", Worker "shop-production". */
	interface ProductionEnv {
		CACHE: KVNamespace;
		ORDERS: KVNamespace;
		CARTS: DurableObjectNamespace<import("./src/index").Cart>;
		MAIL: Queue;
		ENVIRONMENT: "production";
		LIMIT: 1000;
		API_KEY: string;
	}

	/** env in any one environment. A variable with another value in each tells which. */
	type AnyEnv = TopLevelEnv | ProductionEnv;

	/** env in whichever environment: what only some have is optional. */
	interface Env {
		CACHE: KVNamespace;
		CARTS: DurableObjectNamespace<import("./src/index").Cart>;
		OLD_CARTS?: DurableObjectNamespace /* OldCart */;
		STOCK?: DurableObjectNamespace /* Stock from stock */;
		ENVIRONMENT: "dev" | "production";
		DEBUG?: true;
		ORDERS?: KVNamespace;
		MAIL?: Queue;
		LIMIT?: 1000;
		API_KEY?: string;
	}
}

interface Env extends Cloudflare.Env {}
