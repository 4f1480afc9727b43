// What this Worker finds in env, by environment.
/* eslint-disable */
// Made from wrangler.jsonc by `bindery types`. Run that again when the configuration changes; with --check it
// tells a pipeline that somebody forgot to. The types of Workers themselves are those of @cloudflare/workers-types, or of
// wrangler types --include-env=false.

declare namespace Cloudflare {
	/** the top level, Worker "odd". */
	interface TopLevelEnv {
		Cache: KVNamespace;
		CACHE: KVNamespace;
		_2nd: KVNamespace;
		"WITH-DASH": "\"quoted\" \u2028 */";
		LIST: [1, "two", null, { x: -0.5 }];
		NOTHING: {};
	}

	/** env "eu-1", Worker "odd-eu-1". */
	interface Eu1Env {
		CACHE: "no namespace here";
	}

	/** env "EU_1", Worker "odd-EU_1". */
	interface Eu1Env2 {
	}

	/** env "1st \"* /", Worker "odd-1st \"* /". */
	interface _1stEnv {
		CACHE: KVNamespace;
	}

	/** env in any one environment. A variable with another value in each tells which. */
	type AnyEnv = TopLevelEnv | Eu1Env | Eu1Env2 | _1stEnv;

	/** env in whichever environment: what only some have is optional. */
	interface Env {
		Cache?: KVNamespace;
		CACHE?: KVNamespace | "no namespace here";
		_2nd?: KVNamespace;
		"WITH-DASH"?: "\"quoted\" \u2028 */";
		LIST?: [1, "two", null, { x: -0.5 }];
		NOTHING?: {};
	}
}

interface Env extends Cloudflare.Env {}
