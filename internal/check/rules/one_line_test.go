package rules_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// oneLine are mistakes of which each is one thing to fix, by the project of testdata/one-line in which they are made: with the
// rule that is to speak of it (none for what docs/rules/README.md says to be meant), and texts with what somebody wrote instead, each once.
var oneLine = map[string][]struct {
	name, rule string
	edits      []string
}{
	"shop": {
		{"a binding renamed in staging", "binding-not-inherited", []string{"[[env.staging.kv_namespaces]]\nbinding = \"CACHE\"", "[[env.staging.kv_namespaces]]\nbinding = \"STORE\""}},
		{"a binding misspelt in staging", "binding-name-typo", []string{"[[env.staging.kv_namespaces]]\nbinding = \"CACHE\"", "[[env.staging.kv_namespaces]]\nbinding = \"CAHCE\""}},
		{"a binding renamed in production", "binding-not-inherited", []string{"[[env.production.kv_namespaces]]\nbinding = \"CACHE\"", "[[env.production.kv_namespaces]]\nbinding = \"STORE\""}},
		{"a binding misspelt in production", "binding-name-typo", []string{"[[env.production.kv_namespaces]]\nbinding = \"CACHE\"", "[[env.production.kv_namespaces]]\nbinding = \"CAHCE\""}},
		{"rename top", "binding-unbound", []string{"binding = \"CACHE\"\nid = \"7", "binding = \"STORE\"\nid = \"7"}},
		{"typo top", "binding-name-typo", []string{"binding = \"CACHE\"\nid = \"7", "binding = \"CAHCE\"\nid = \"7"}},
		{"rename d1 prod", "binding-not-inherited", []string{"[[env.production.d1_databases]]\nbinding = \"DB\"", "[[env.production.d1_databases]]\nbinding = \"DATABASE\""}},
		{"rename r2 prod", "binding-not-inherited", []string{"[[env.production.r2_buckets]]\nbinding = \"FILES\"", "[[env.production.r2_buckets]]\nbinding = \"BUCKET\""}},
		{"rename var prod", "binding-not-inherited", []string{"[env.production.vars]\nLOG_LEVEL", "[env.production.vars]\nLEVEL"}},
		{"typo var prod", "binding-name-typo", []string{"[env.production.vars]\nLOG_LEVEL", "[env.production.vars]\nLOG_LEVLE"}},
		{"rename in code", "binding-unbound", []string{"env.CACH", "env.STOR"}},
		{"typo in code", "binding-unbound", []string{"env.CACH", "env.CAHC"}},
		{"case in code", "binding-unused", []string{"env.CACHE", "env.Cache"}},
		{"no code uses a binding any more", "binding-unused", []string{"ONS.get(\"s\");\n    await env.CACHE.put(\"a\", env.LOG_LEVEL + env.API_URL + session);", "ONS.get(\"s\");\n    "}},
		{"env name misspelt in one header vars", "environment-name-typo", []string{"[env.production.vars]", "[env.prodcution.vars]"}},
		{"env name misspelt in main header", "environment-name-typo", []string{"[env.production]\n", "[env.prodcution]\n"}},
		{"env name misspelt in one kv header", "environment-name-typo", []string{"[[env.production.kv_namespaces]]", "[[env.prodcution.kv_namespaces]]"}},
		{"env name misspelt in both kv headers", "environment-name-typo", []string{"[[env.production.kv_namespaces]]", "[[env.prodcution.kv_namespaces]]", "[[env.production.kv_namespaces]]", "[[env.prodcution.kv_namespaces]]"}},
		{"env name misspelt in d1 header", "environment-name-typo", []string{"[[env.production.d1_databases]]", "[[env.prodcution.d1_databases]]"}},
		{"env forgotten: [[production.kv]]", "config", []string{"[[env.production.d1_databases]]", "[[production.d1_databases]]"}},
		{"env forgotten: [production.vars]", "config", []string{"[env.production.vars]", "[production.vars]"}},
		{"env forgotten: [production]", "config", []string{"[env.production]\n", "[production]\n"}},
		{"envs.", "config", []string{"[[env.production.d1_databases]]", "[[envs.production.d1_databases]]"}},
		{"environment.", "config", []string{"[[env.production.d1_databases]]", "[[environment.production.d1_databases]]"}},
		{"header at top instead of prod d1", "config", []string{"[[env.production.d1_databases]]", "[[d1_databases]]"}},
		{"header at top instead of prod kv1", "config", []string{"[[env.production.kv_namespaces]]", "[[kv_namespaces]]"}},
		{"header at top instead of prod kv2", "config", []string{"[[env.production.kv_namespaces]]\nbinding = \"SESSIONS\"", "[[kv_namespaces]]\nbinding = \"SESSIONS\""}},
		{"header at top instead of prod r2", "config", []string{"[[env.production.r2_buckets]]", "[[r2_buckets]]"}},
		{"top kv block moved to staging", "config", []string{"\n[[kv_namespaces]]\nbinding = \"SESSIONS\"", "\n[[env.staging.kv_namespaces]]\nbinding = \"SESSIONS\""}},
		{"staging header in prod d1", "config", []string{"[[env.production.d1_databases]]", "[[env.staging.d1_databases]]"}},
		{"staging header in prod kv", "config", []string{"[[env.production.kv_namespaces]]", "[[env.staging.kv_namespaces]]"}},
		{"staging header in prod r2", "config", []string{"[[env.production.r2_buckets]]", "[[env.staging.r2_buckets]]"}},
		{"prod header in staging r2", "config", []string{"[[env.staging.r2_buckets]]", "[[env.production.r2_buckets]]"}},
		{"section misspelt prod", "config", []string{"[[env.production.r2_buckets]]", "[[env.production.r2_bucket]]"}},
		{"section misspelt top", "config", []string{"\n[[r2_buckets]]", "\n[[r2_bucket]]"}},
		{"section wrong type: kv under r2", "config", []string{"[[env.production.r2_buckets]]", "[[env.production.kv_namespaces]]"}},
		{"section wrong type: d1 under r2", "config", []string{"[[env.production.d1_databases]]", "[[env.production.r2_buckets]]"}},
		{"single brackets", "config", []string{"[[env.production.r2_buckets]]", "[env.production.r2_buckets]"}},
		{"single brackets top", "config", []string{"\n[[r2_buckets]]", "\n[r2_buckets]"}},
		{"drop prod vars", "binding-not-inherited", []string{"[env.production.vars]\nLOG_LEVEL = \"warn\"\nAPI_URL = \"https://api.example.com\"\n", ""}},
		{"drop prod r2", "binding-not-inherited", []string{"[[env.production.r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files\"\n", ""}},
		{"drop staging r2", "binding-not-inherited", []string{"[[env.staging.r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files-staging\"\n", ""}},
		{"drop top r2", "binding-unbound", []string{"[[r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files-dev\"\n", ""}},
		{"missing header (dup key)", "syntax", []string{"\n[[env.production.d1_databases]]\n", "\n"}},
		{"dup block", "config", []string{"[[env.production.r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files\"\n", "[[env.production.r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files\"\n[[env.production.r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files\"\n"}},
		{"prod uses staging kv id", "kv-id-across-environments", []string{"b9ed809a00f7e6084fe31a0d7287b01d", "b982c0993164e854bf8d26d52ff98e35"}},
		{"prod uses top kv id", "kv-id-across-environments", []string{"b9ed809a00f7e6084fe31a0d7287b01d", "71856a3f7e8427ede7a6ce9507bd2510"}},
		{"prod uses staging d1", "d1-id-across-environments", []string{"d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163", "8c1e4f72-9b3d-4c56-a8e2-1f7d5b3c9064"}},
		{"prod uses staging d1 block", "d1-id-across-environments", []string{"d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163", "8c1e4f72-9b3d-4c56-a8e2-1f7d5b3c9064", "database_name = \"shop\"\n", "database_name = \"shop-staging\"\n"}},
		{"prod uses staging r2", "r2-bucket-across-environments", []string{"bucket_name = \"shop-files\"\n", "bucket_name = \"shop-files-staging\"\n"}},
		{"staging uses prod r2", "r2-bucket-across-environments", []string{"bucket_name = \"shop-files-staging\"\n", "bucket_name = \"shop-files\"\n"}},
		{"kv shared in prod", "kv-id-shared", []string{"e7c1d94a5b3f48268d0e9f7a6c5b2134", "b9ed809a00f7e6084fe31a0d7287b01d"}},
		{"kv placeholder prod", "id-invalid", []string{"e7c1d94a5b3f48268d0e9f7a6c5b2134", "your-kv-id"}},
		{"kv id short", "id-invalid", []string{"e7c1d94a5b3f48268d0e9f7a6c5b2134", "e7c1d94a5b3f48268d0e9f7a6c5b213"}},
		{"kv empty id", "config", []string{"e7c1d94a5b3f48268d0e9f7a6c5b2134", ""}},
		{"kv no id", "kv-id-missing", []string{"id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n", ""}},
		{"kv no binding", "config", []string{"binding = \"SESSIONS\"\nid = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n", "id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n"}},
		{"kv binding key wrong", "config", []string{"binding = \"SESSIONS\"\nid = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n", "name = \"SESSIONS\"\nid = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n"}},
		{"kv binding key wrong2", "config", []string{"binding = \"SESSIONS\"\nid = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n", "bindign = \"SESSIONS\"\nid = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n"}},
		{"kv id key wrong", "config", []string{"id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n", "namespace_id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\n"}},
		{"swap bindings: binding twice same name", "config", []string{"binding = \"SESSIONS\"\nid = \"e7", "binding = \"CACHE\"\nid = \"e7"}},
		{"d1 id key", "config", []string{`database_id = "d4a7`, `id = "d4a7`}},
		{"d1 uses kv id", "id-invalid", []string{"d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163", "b9ed809a00f7e6084fe31a0d7287b01d"}},
		{"kv uses d1 id", "id-invalid", []string{"b9ed809a00f7e6084fe31a0d7287b01d", "d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163"}},
		{"routes after vars", "key-in-wrong-table", []string{"routes = [{ pattern = \"shop.example.com\", custom_domain = true }]\n\n", "", "API_URL = \"https://api.example.com\"\n", "API_URL = \"https://api.example.com\"\n\nroutes = [{ pattern = \"shop.example.com\", custom_domain = true }]\n"}},
		{"compat date after vars", "key-in-wrong-table", []string{"compatibility_date = \"2026-04-01\"\n", "", "API_URL = \"https://api.dev.example.com\"\n", "API_URL = \"https://api.dev.example.com\"\n\ncompatibility_date = \"2026-04-01\"\n"}},
		{"main after r2", "key-in-wrong-table", []string{"main = \"src/index.ts\"\n", "", "bucket_name = \"shop-files-dev\"\n", "bucket_name = \"shop-files-dev\"\n\nmain = \"src/index.ts\"\n"}},
		{"account after r2", "key-in-wrong-table", []string{"account_id = \"2c89759d5e4d156a8ec693cc46e162ae\"\n", "", "bucket_name = \"shop-files-dev\"\n", "bucket_name = \"shop-files-dev\"\n\naccount_id = \"2c89759d5e4d156a8ec693cc46e162ae\"\n"}},
		{"name missing", "deploy-incomplete", []string{"name = \"shop\"\n", ""}},
		{"main missing", "deploy-incomplete", []string{"main = \"src/index.ts\"\n", ""}},
		{"date missing", "deploy-incomplete", []string{"compatibility_date = \"2026-04-01\"\n", ""}},
		{"date misspelt", "config", []string{"compatibility_date", "compatability_date"}},
		{"name misspelt", "config", []string{"name = \"shop\"\n", "nmae = \"shop\"\n"}},
		{"main misspelt", "config", []string{"main = \"src/index.ts\"\n", "mian = \"src/index.ts\"\n"}},
		{"main entrypoint", "config", []string{"main = \"src/index.ts\"\n", "entry-point = \"src/index.ts\"\n"}},
		{"prod name same", "env-same-worker", []string{"[env.production]\n", "[env.production]\nname = \"shop\"\n"}},
		{"staging name same", "env-same-worker", []string{"[env.staging.vars]\n", "[env.staging]\nname = \"shop\"\n\n[env.staging.vars]\n"}},
		{"prod name = staging", "env-same-worker", []string{"[env.production]\n", "[env.production]\nname = \"shop-staging\"\n"}},
		{"localhost prod", "localhost-in-production", []string{"https://api.example.com", "http://localhost:8787"}},
		{"secret var", "secret-in-config", []string{`LOG_LEVEL = "warn"`, "LOG_LEVEL = \"warn\"\nJWT_SECRET = \"hunter2x9Kd81msPQ\""}},
		{"a secret in all environments", "secret-in-config", []string{"LOG_LEVEL = \"debug\"", "JWT_SECRET = \"hunter2x9Kd81msPQ\"\nLOG_LEVEL = \"debug\"", "LOG_LEVEL = \"info\"", "JWT_SECRET = \"hunter2x9Kd81msPQ\"\nLOG_LEVEL = \"info\"", "LOG_LEVEL = \"warn\"", "JWT_SECRET = \"hunter2x9Kd81msPQ\"\nLOG_LEVEL = \"warn\""}},
		{"pkg deploy no env", "deploy-environment", []string{"--env production", ""}},
		{"pkg deploy wrong env", "deploy-environment", []string{"--env production", "--env prod"}},
		{"pkg typo env", "deploy-environment", []string{"--env production", "--env prodcution"}},
		{"preview_id same", "preview-id-shared", []string{`id = "b9ed809a00f7e6084fe31a0d7287b01d"`, "id = \"b9ed809a00f7e6084fe31a0d7287b01d\"\npreview_id = \"b9ed809a00f7e6084fe31a0d7287b01d\""}},
		{"preview_id = prod, in staging", "preview-id-shared", []string{`id = "b982c0993164e854bf8d26d52ff98e35"`, "id = \"b982c0993164e854bf8d26d52ff98e35\"\npreview_id = \"b9ed809a00f7e6084fe31a0d7287b01d\""}},
		{"preview_id same, in two bindings", "preview-id-shared", []string{`id = "b9ed809a00f7e6084fe31a0d7287b01d"`, "id = \"b9ed809a00f7e6084fe31a0d7287b01d\"\npreview_id = \"b9ed809a00f7e6084fe31a0d7287b01d\"", `id = "e7c1d94a5b3f48268d0e9f7a6c5b2134"`, "id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\"\npreview_id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\""}},
		{"preview_id = prod, at the top", "preview-id-shared", []string{`id = "71856a3f7e8427ede7a6ce9507bd2510"`, "id = \"71856a3f7e8427ede7a6ce9507bd2510\"\npreview_id = \"b9ed809a00f7e6084fe31a0d7287b01d\""}},
		{"preview_id of the other binding", "preview-id-shared", []string{`id = "b9ed809a00f7e6084fe31a0d7287b01d"`, "id = \"b9ed809a00f7e6084fe31a0d7287b01d\"\npreview_id = \"e7c1d94a5b3f48268d0e9f7a6c5b2134\""}},
		{"preview bucket same", "preview-id-shared", []string{"bucket_name = \"shop-files\"\n", "bucket_name = \"shop-files\"\npreview_bucket_name = \"shop-files\"\n"}},
		{"preview bucket = prod, in staging", "preview-id-shared", []string{"bucket_name = \"shop-files-staging\"\n", "bucket_name = \"shop-files-staging\"\npreview_bucket_name = \"shop-files\"\n"}},
		{"preview database same", "preview-id-shared", []string{"database_name = \"shop\"\n", "database_name = \"shop\"\npreview_database_id = \"d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163\"\n"}},
		{"preview database = prod, at the top", "preview-id-shared", []string{"database_name = \"shop-dev\"\n", "database_name = \"shop-dev\"\npreview_database_id = \"d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163\"\n"}},
		{"a staging bucket that is called prod", "resource-of-other-stage", []string{"shop-files-staging", "shop-files-prod"}},
		{"a staging database that is called production", "resource-of-other-stage", []string{"database_name = \"shop-staging\"", "database_name = \"shop-production\""}},
		{"a bucket and a database of staging that are called prod", "resource-of-other-stage", []string{"shop-files-staging", "shop-files-prod", "database_name = \"shop-staging\"", "database_name = \"shop-prod\""}},
		{"a production database that is called staging", "resource-of-other-stage", []string{"database_name = \"shop\"\n", "database_name = \"shop-staging\"\n"}},
		{"staging uses what is called prod", "r2-bucket-across-environments", []string{"shop-files-staging", "shop-files-prod", "bucket_name = \"shop-files\"\n", "bucket_name = \"shop-files-prod\"\n"}},
		{"staging has the database of production under its own name", "d1-id-across-environments", []string{"8c1e4f72-9b3d-4c56-a8e2-1f7d5b3c9064", "d4a7c2e9-6f1b-4835-b9d0-7c3e5a8f2163"}},
		{"one more binding in production, for nothing", "binding-unused", []string{"[[env.production.r2_buckets]]", "[[env.production.kv_namespaces]]\nbinding = \"DRAFTS\"\nid = \"0a3b5c7d9e1f42648a6c8e0b2d4f6173\"\n\n[[env.production.r2_buckets]]"}},
		{"one more binding in production, which the code uses", "binding-unbound", []string{"[[env.production.r2_buckets]]", "[[env.production.kv_namespaces]]\nbinding = \"DRAFTS\"\nid = \"0a3b5c7d9e1f42648a6c8e0b2d4f6173\"\n\n[[env.production.r2_buckets]]", "await env.FILES", "await env.DRAFTS.get(\"x\");\n    await env.FILES"}},
		{"one more binding in staging, which the code asks for", "bindings-differ", []string{"[[env.staging.r2_buckets]]", "[[env.staging.kv_namespaces]]\nbinding = \"DRAFTS\"\nid = \"0a3b5c7d9e1f42648a6c8e0b2d4f6173\"\n\n[[env.staging.r2_buckets]]", "await env.FILES", "if (env.DRAFTS) await env.DRAFTS.get(\"x\");\n    await env.FILES"}},
		{"one more binding in all environments", "binding-unbound", []string{"[[env.staging.r2_buckets]]", "[[env.staging.kv_namespaces]]\nbinding = \"DRAFTS\"\nid = \"0a3b5c7d9e1f42648a6c8e0b2d4f6173\"\n\n[[env.staging.r2_buckets]]", "[[env.production.r2_buckets]]", "[[env.production.kv_namespaces]]\nbinding = \"DRAFTS\"\nid = \"1b3d5f7092a4c6e8b0d2f4618395a7c9\"\n\n[[env.production.r2_buckets]]", "await env.FILES", "await env.DRAFTS.get(\"x\");\n    await env.FILES"}},
		{"nothing bound at the top", "", []string{"[[kv_namespaces]]\nbinding = \"CACHE\"\nid = \"71856a3f7e8427ede7a6ce9507bd2510\"\n\n[[kv_namespaces]]\nbinding = \"SESSIONS\"\nid = \"5f1d6a9b3c7e482ab0d94e6f81c2a375\"\n\n[[d1_databases]]\nbinding = \"DB\"\ndatabase_name = \"shop-dev\"\ndatabase_id = \"3f2b8c61-5d7e-4a90-9c1f-6e8d2b4a7053\"\n\n[[r2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files-dev\"\n", ""}},
		{"the old way for files", "site-legacy", []string{"[vars]\n", "[site]\nbucket = \"./public\"\n\n[vars]\n"}},
		{"the old way for files, and the new one", "site-legacy", []string{"[vars]\n", "[site]\nbucket = \"./public\"\n\n[assets]\ndirectory = \"./public\"\n\n[vars]\n"}},
	},
	"orders": {
		{"DO shape", "config", []string{"[[durable_objects.bindings]]", "[[durable_objects]]"}},
		{"DO shape prod", "config", []string{"[[env.production.durable_objects.bindings]]", "[[env.production.durable_objects]]"}},
		{"queues shape", "config", []string{"[[queues.producers]]", "[[queues]]", "[[queues.consumers]]\nqueue = \"jobs-dev\"\ndead_letter_queue = \"jobs-dev-dead\"\n", ""}},
		{"queues shape prod", "config", []string{"[[env.production.queues.producers]]", "[[env.production.queues]]", "[[env.production.queues.consumers]]\nqueue = \"jobs\"\ndead_letter_queue = \"jobs-dead\"\n", ""}},
		{"no migrations", "config", []string{"[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]\n", ""}},
		{"class typo in binding", "migration-missing", []string{"class_name = \"Room\"\n\n[[mig", "class_name = \"Rooms\"\n\n[[mig"}},
		{"class typo in prod binding", "migration-missing", []string{"[[env.production.durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"", "[[env.production.durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Rom\""}},
		{"class typo in migration", "migration-missing", []string{`["Room"]`, `["Rooom"]`}},
		{"DO binding key", "config", []string{"name = \"ROOM\"\nclass", "binding = \"ROOM\"\nclass"}},
		{"DO binding key prod", "config", []string{"[[env.production.durable_objects.bindings]]\nname", "[[env.production.durable_objects.bindings]]\nbinding"}},
		{"queue_name", "config", []string{"binding = \"JOBS\"\nqueue =", "binding = \"JOBS\"\nqueue_name ="}},
		{"prod queues absent", "binding-not-inherited", []string{"[[env.production.queues.consumers]]\nqueue = \"jobs\"\ndead_letter_queue = \"jobs-dead\"\n", "", "[[env.production.queues.producers]]\nbinding = \"JOBS\"\nqueue = \"jobs\"\n", ""}},
		{"prod queue = dev", "resource-of-other-stage", []string{"queue = \"jobs\"\n\n[[env.production.queues.c", "queue = \"jobs-dev\"\n\n[[env.production.queues.c"}},
		{"no dlq", "queue-without-dead-letter", []string{"dead_letter_queue = \"jobs-dead\"\n", ""}},
		{"no dlq any", "queue-without-dead-letter", []string{"dead_letter_queue = \"jobs-dead\"\n", "", "dead_letter_queue = \"jobs-dev-dead\"\n", ""}},
		{"prod service = dev", "resource-of-other-stage", []string{"service = \"auth\"\n", "service = \"auth-dev\"\n"}},
		{"service to self", "service-of-top-level", []string{"service = \"auth\"\n", "service = \"orders\"\n"}},
		{"service key name", "config", []string{"service = \"auth\"\n", "name = \"auth\"\n"}},
		{"service missing", "config", []string{"service = \"auth\"\n", ""}},
		{"ai double", "config", []string{"[env.production.ai]", "[[env.production.ai]]"}},
		{"ai double top", "config", []string{"\n[ai]", "\n[[ai]]"}},
		{"ai swallowed routes", "key-in-wrong-table", []string{"routes = [{ pattern = \"orders.example.com\", custom_domain = true }]\n", "", "[env.production.ai]\nbinding = \"AI\"\n", "[env.production.ai]\nbinding = \"AI\"\n\nroutes = [{ pattern = \"orders.example.com\", custom_domain = true }]\n"}},
		{"hyperdrive zero", "id-invalid", []string{"a81c3f5d7e904b26b1d3f5e7092b4c6d", "00000000000000000000000000000000"}},
		{"hyperdrive same", "resource-across-environments", []string{"a81c3f5d7e904b26b1d3f5e7092b4c6d", "4d1f0a6b8c3e4792b5d7e9f1a2c46830"}},
		{"hyperdrive single", "config", []string{"[[env.production.hyperdrive]]", "[env.production.hyperdrive]"}},
		{"crons string", "config", []string{`crons = ["0 * * * *"]`, `crons = "0 * * * *"`}},
		{"route top inherited + staging", "binding-not-inherited", []string{"[env.production]\n", "[env.staging.vars]\nLOG_LEVEL = \"info\"\n\n[env.production]\n"}},
		{"empty env", "binding-not-inherited", []string{"[env.production]\n", "[env.staging]\n\n[env.production]\n"}},
		{"route no zone", "config", []string{`routes = [{ pattern = "orders.example.com", custom_domain = true }]`, `route = { pattern = "orders.example.com" }`}},
		{"route+routes", "config", []string{"routes = [", "route = \"orders.example.com/*\"\nroutes = ["}},
		{"date bad", "config", []string{"2026-04-01", "2026-13-01"}},
		{"date unquoted", "config", []string{`"2026-04-01"`, "2026-04-01"}},
		{"date placeholder", "config", []string{"2026-04-01", "<DATE>"}},
		{"date old", "compatibility-date", []string{"2026-04-01", "2021-04-01"}},
		{"date future", "compatibility-date", []string{"2026-04-01", "2030-04-01"}},
		{"node_compat", "config", []string{"[env.production]\n", "[env.production]\nnode_compat = true\n"}},
		{"node_compat top", "config", []string{"main =", "node_compat = true\nmain ="}},
		{"type js", "config", []string{"main =", "type = \"javascript\"\nmain ="}},
		{"zone_id", "config", []string{"main =", "zone_id = \"abc\"\nmain ="}},
		{"usage_model", "config", []string{"main =", "usage_model = \"bundled\"\nmain ="}},
		{"account your", "id-invalid", []string{"2c89759d5e4d156a8ec693cc46e162ae", "your-account-id"}},
		{"account empty", "config", []string{"2c89759d5e4d156a8ec693cc46e162ae", ""}},
		{"account kv", "id-invalid", []string{"2c89759d5e4d156a8ec693cc46e162ae", "2c89759d5e4d156a8ec693cc46e162a"}},
		{"name upper", "config", []string{`name = "orders"`, `name = "Orders"`}},
		{"name underscore", "config", []string{`name = "orders"`, `name = "my orders"`}},
		{"an environment in upper case", "deploy-environment", slices.Repeat([]string{"env.production", "env.Production"}, 8)},
		{"env spelled header", "environment-name-typo", []string{"[env.production.vars]", "[env.Production.vars]"}},
		{"env spelled header ai", "environment-name-typo", []string{"[env.production.ai]", "[env.prodution.ai]"}},
		{"hyphen binding", "binding-name-invalid", []string{`binding = "JOBS"`, `binding = "JOBS-Q"`}},
		{"hyphen binding all", "binding-name-invalid", []string{`binding = "JOBS"`, `binding = "JOBS-Q"`, `binding = "JOBS"`, `binding = "JOBS-Q"`}},
		{"binding no quote", "syntax", []string{`binding = "AI"`, "binding = AI"}},
		{"unclosed", "syntax", []string{`id = "4d1f0a6b8c3e4792b5d7e9f1a2c46830"`, `id = "4d1f0a6b8c3e4792b5d7e9f1a2c46830`}},
		{"var same as binding", "config", []string{`LOG_LEVEL = "debug"`, "LOG_LEVEL = \"debug\"\nJOBS = \"x\""}},
		{"site+assets", "site-legacy", []string{"[ai]", "[site]\nbucket=\"./public\"\n\n[ai]"}},
		{"NODE_ENV dup", "syntax", []string{`LOG_LEVEL = "warn"`, "LOG_LEVEL = \"warn\"\nLOG_LEVEL = \"warn\""}},
		{"suppression bad", "suppression", []string{"[ai]", "# bindery: ignore kv-id-shered -- why\n[ai]"}},
		{"suppression unused", "suppression", []string{"[ai]", "# bindery: ignore kv-id-shared -- why\n[ai]"}},
		{"queue same", "resource-across-environments", []string{"binding = \"JOBS\"\nqueue = \"jobs-dev\"", "binding = \"JOBS\"\nqueue = \"jobs\""}},
		{"vectorize same", "resource-across-environments", []string{"[ai]", "[[vectorize]]\nbinding = \"INDEX\"\nindex_name = \"orders\"\n\n[ai]", "[env.production.ai]", "[[env.production.vectorize]]\nbinding = \"INDEX\"\nindex_name = \"orders\"\n\n[env.production.ai]", "await env.AI", "await env.INDEX.query([1]);\n    await env.AI"}},
		{"class in no migration, bound twice", "migration-missing", []string{"[[durable_objects.bindings]]", "[[durable_objects.bindings]]\nname = \"HALL\"\nclass_name = \"Hall\"\n\n[[durable_objects.bindings]]", "[[env.production.durable_objects.bindings]]", "[[env.production.durable_objects.bindings]]\nname = \"HALL\"\nclass_name = \"Hall\"\n\n[[env.production.durable_objects.bindings]]", "const room", "env.HALL.idFromName(\"x\");\n    const room"}},
		{"class deleted", "migration-missing", []string{"new_sqlite_classes = [\"Room\"]\n", "new_sqlite_classes = [\"Room\"]\n\n[[migrations]]\ntag = \"v2\"\ndeleted_classes = [\"Room\"]\n"}},
		{"migrations of production alone", "config", []string{"[[migrations]]", "[[env.production.migrations]]"}},
	},
	"solo": {
		{"kv placeholder", "id-invalid", []string{"71856a3f7e8427ede7a6ce9507bd2510", "your-kv-id"}},
		{"kv local", "id-invalid", []string{"71856a3f7e8427ede7a6ce9507bd2510", "local"}},
		{"kv preview placeholder", "id-invalid", []string{`id = "71856a3f7e8427ede7a6ce9507bd2510"`, "id = \"71856a3f7e8427ede7a6ce9507bd2510\"\npreview_id = \"your-preview-id\""}},
		{"kv placeholder for both", "id-invalid", []string{`id = "71856a3f7e8427ede7a6ce9507bd2510"`, "id = \"your-kv-id\"\npreview_id = \"your-kv-id\""}},
		{"kv made-up id for both", "id-invalid", []string{`id = "71856a3f7e8427ede7a6ce9507bd2510"`, "id = \"00000000000000000000000000000000\"\npreview_id = \"00000000000000000000000000000000\""}},
		{"kv no id", "kv-id-missing", []string{"id = \"71856a3f7e8427ede7a6ce9507bd2510\"\n", ""}},
		{"d1 empty", "id-invalid", []string{"3f2b8c61-5d7e-4a90-9c1f-6e8d2b4a7053", ""}},
		{"d1 zeros", "id-invalid", []string{"3f2b8c61-5d7e-4a90-9c1f-6e8d2b4a7053", "00000000-0000-0000-0000-000000000000"}},
		{"hyperdrive placeholder", "id-invalid", []string{"4d1f0a6b8c3e4792b5d7e9f1a2c46830", "<hyperdrive-id>"}},
		{"account placeholder", "id-invalid", []string{"2c89759d5e4d156a8ec693cc46e162ae", "${CLOUDFLARE_ACCOUNT_ID}"}},
		{"preview_id same", "preview-id-shared", []string{`id = "71856a3f7e8427ede7a6ce9507bd2510"`, "id = \"71856a3f7e8427ede7a6ce9507bd2510\"\npreview_id = \"71856a3f7e8427ede7a6ce9507bd2510\""}},
		{"preview bucket same", "preview-id-shared", []string{`bucket_name = "solo-files"`, "bucket_name = \"solo-files\"\npreview_bucket_name = \"solo-files\""}},
		{"preview database same", "preview-id-shared", []string{`database_name = "solo"`, "database_name = \"solo\"\npreview_database_id = \"3f2b8c61-5d7e-4a90-9c1f-6e8d2b4a7053\""}},
		{"one namespace twice", "kv-id-shared", []string{"5f1d6a9b3c7e482ab0d94e6f81c2a375", "71856a3f7e8427ede7a6ce9507bd2510"}},
		{"one database under two names", "d1-id-shared", []string{"8c1e4f72-9b3d-4c56-a8e2-1f7d5b3c9064", "3f2b8c61-5d7e-4a90-9c1f-6e8d2b4a7053"}},
		{"one name twice", "config", []string{`binding = "SESSIONS"`, `binding = "CACHE"`}},
		{"routes after vars", "key-in-wrong-table", []string{"LOG_LEVEL = \"info\"\n", "LOG_LEVEL = \"info\"\n\nroutes = [\"solo.example.com/*\"]\n"}},
		{"node_compat", "config", []string{"main =", "node_compat = true\nmain ="}},
		{"kv-namespaces", "config", slices.Repeat([]string{"[[kv_namespaces]]", "[[kv-namespaces]]"}, 2)},
		{"no migrations", "config", []string{"[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]\n", ""}},
		{"class in no migration", "migration-missing", []string{`["Room"]`, `["Lobby"]`}},
		{"the old way for files", "site-legacy", []string{"[triggers]", "[site]\nbucket = \"./public\"\n\n[triggers]"}},
		{"a hyphen", "binding-name-invalid", []string{`binding = "FILES"`, `binding = "FILES-2"`}},
		{"a secret", "secret-in-config", []string{"LOG_LEVEL = \"info\"", "LOG_LEVEL = \"info\"\nJWT_SECRET = \"hunter2x9Kd81msPQ\""}},
		{"a binding renamed", "binding-unbound", []string{`binding = "SESSIONS"`, `binding = "LOGINS"`}},
		{"a binding misspelt", "binding-unbound", []string{`binding = "SESSIONS"`, `binding = "SESIONS"`}},
		{"an environment that is not there", "deploy-environment", []string{"wrangler deploy", "wrangler deploy --env production"}},
		{"no name", "deploy-incomplete", []string{"name = \"solo\"\n", ""}},
	},
	"site": {
		{"an environment that Pages has not", "pages-refused", []string{"env.preview", "env.staging"}},
		{"one environment more", "pages-refused", []string{"[[env.production", "[env.staging.vars]\nA = \"b\"\n\n[[env.production"}},
		{"a key of Workers", "pages-refused", []string{"compat", "main = \"src/index.ts\"\ncompat"}},
		{"preview_id", "preview-id-on-pages", []string{`id = "b9ed809a00f7e6084fe31a0d7287b01d"`, "id = \"b9ed809a00f7e6084fe31a0d7287b01d\"\npreview_id = \"b982c0993164e854bf8d26d52ff98e35\""}},
		{"previews on production's data", "kv-id-across-environments", []string{"b982c0993164e854bf8d26d52ff98e35", "b9ed809a00f7e6084fe31a0d7287b01d"}},
		{"a placeholder", "id-invalid", []string{"b9ed809a00f7e6084fe31a0d7287b01d", "your-kv-id"}},
		{"renamed in production", "binding-not-inherited", []string{"[[env.production.kv_namespaces]]\nbinding = \"CACHE\"", "[[env.production.kv_namespaces]]\nbinding = \"STORE\""}},
		{"dropped in production", "binding-not-inherited", []string{"[[env.production.kv_namespaces]]\nbinding = \"CACHE\"\nid = \"b9ed809a00f7e6084fe31a0d7287b01d\"", "[env.production]"}},
		{"renamed in the code", "binding-unbound", []string{"env.CACHE", "env.STORE"}},
	},
	"relay": {
		{"staging calls the top level's Worker", "service-of-top-level", []string{"auth-staging", "auth"}},
		{"production is not named by its file", "deploy-environment", []string{"--config wrangler.production.toml", "--env production"}},
		{"staging from the wrong file", "deploy-environment", []string{"wrangler deploy --env staging", "wrangler deploy --env staging --config wrangler.production.toml"}},
		{"production's script deploys the other file", "deploy-environment", []string{" --config wrangler.production.toml", ""}},
		{"the top has production's data", "kv-id-across-environments", []string{"71856a3f7e8427ede7a6ce9507bd2510", "b9ed809a00f7e6084fe31a0d7287b01d"}},
		{"the code renamed", "binding-unbound", []string{"env.CACHE", "env.STORE"}},
		{"both files are one Worker", "files-disagree", []string{"relay-dev", "relay"}},
		{"staging has production's data", "kv-id-across-environments", []string{"b982c0993164e854bf8d26d52ff98e35", "b9ed809a00f7e6084fe31a0d7287b01d"}},
		{"a binding renamed in production's file", "binding-unbound", []string{"name = \"relay\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\naccount_id = \"2c89759d5e4d156a8ec693cc46e162ae\"\n\n[[kv_namespaces]]\nbinding = \"CACHE\"", "name = \"relay\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\naccount_id = \"2c89759d5e4d156a8ec693cc46e162ae\"\n\n[[kv_namespaces]]\nbinding = \"STORE\""}},
	},
}

// TestOneLineAMistake: of each mistake one finding tells, and no other repeats what follows from it.
func TestOneLineAMistake(t *testing.T) {
	trials := 0
	for project, mistakes := range oneLine {
		archive, err := txtar.ParseFile(filepath.Join(root(t), "internal", "check", "rules", "testdata", "one-line", project+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		right := map[string]string{}
		for _, f := range archive.Files {
			right[f.Name] = string(f.Data)
		}
		if found := judge(t, right); len(found) > 0 {
			t.Errorf("%s is not right:\n%s", project, printed(t, found))
		}
		for _, m := range mistakes {
			if trials++; trials%oneIn != 0 {
				continue
			}
			t.Run(project+"/"+m.name, func(t *testing.T) {
				files := withMistake(t, right, m.edits)
				oneFinding(t, files, m.rule)
				parsed := syntax.Parse("wrangler.toml", []byte(files["wrangler.toml"]))
				if len(parsed.Errors) == 0 && json.Valid([]byte(asJSON(t, parsed.Root))) && !slices.Contains(onlyTOML, m.rule) { // which has dates, say
					for name, text := range files {
						if other, ok := strings.CutSuffix(name, "wrangler.toml"); ok {
							delete(files, name)
							files[other+"wrangler.jsonc"] = asJSON(t, syntax.Parse(name, []byte(text)).Root)
						}
					}
					oneFinding(t, files, m.rule)
				}
			})
		}
	}
}

// onlyTOML are rules that speak of headers and comments, which the same file as JSON has none of.
var onlyTOML = []string{"key-in-wrong-table", "suppression"}

func oneFinding(t *testing.T, files map[string]string, rule string) {
	t.Helper()
	found := judge(t, files)
	if rule == "" && len(found) == 0 {
		return
	}
	if len(found) != 1 || found[0].Rule != rule {
		t.Errorf("want one finding, of %q, got\n%s\nin\n%s%s", rule, printed(t, found), files["wrangler.toml"], files["wrangler.jsonc"])
	}
}

// withMistake replaces texts in the files of a project, each once, in the first that has it.
func withMistake(t *testing.T, right map[string]string, edits []string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for name, text := range right {
		files[name] = text
	}
	usual := []string{"wrangler.toml", "src/index.ts", "package.json"}
	for pair := range slices.Chunk(edits, 2) {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return slices.Contains(usual, name) })
		at := slices.IndexFunc(append(slices.Clone(usual), names...), func(name string) bool {
			text := strings.Replace(files[name], pair[0], pair[1], 1)
			changed := text != files[name]
			if changed {
				files[name] = text
			}
			return changed
		})
		if at < 0 {
			t.Fatalf("no file has %q", pair[0])
		}
	}
	return files
}

// asJSON writes a table as JSON, in its order.
func asJSON(t *testing.T, n *syntax.Node) string {
	t.Helper()
	var parts []string
	switch n.Kind {
	case syntax.Table:
		for _, f := range n.Fields {
			parts = append(parts, quotedJSON(t, f.Name)+": "+asJSON(t, f.Value))
		}
		return "{\n" + strings.Join(parts, ",\n") + "\n}"
	case syntax.Array:
		for _, item := range n.Items {
			parts = append(parts, asJSON(t, item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case syntax.String:
		return quotedJSON(t, n.Text)
	}
	return n.Text
}

func quotedJSON(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}
