// Proves this Worker's KV bindings, from inside the Worker.
//
// Made by `bindery probe`. Do not edit: change the configuration and run it again.
//
// It answers GET /api/v1/data/kv-self-test (?binding=NAME for one) and GET /api/v1/data/bindings
// to whoever shows the API key in the header X-API-KEY. To set the key:
//
//   wrangler secret put X_API_KEY --env NAME
//
// To mount it, first thing in fetch:
//
//   import { probe } from "./bindery-probe";
//
//   const answer = await probe(request, env);
//   if (answer) return answer;
//
// In Hono: app.use(async (c, next) => (await probe(c.req.raw, c.env)) ?? next());
// In a service worker the bindings are globals: pass globalThis for env.
// With a variable or secret DEBUG the first request logs a line for each binding.
//
// Budget: a run costs each KV binding 1 write, 1 delete, 2 lists and 3 reads; more reads
// and lists only where they lag. A free account has 1,000 writes a day, and as many
// deletes and lists, for all its Workers together:
//
//   test        1 write a run: 1000 runs a day by writes, 500 by lists
//   production  1 write a run: 1000 runs a day by writes, 500 by lists
//
// No cache takes part: answers are not to be stored, keys are new in every run, lie
// under __bindery_selftest__/, and expire after 5 minutes should nobody delete them.

const environments: Environment[] = [
  {
    when: "test",
    name: "test",
    worker: "api-gateway-test",
    account: "960a51529c816b327b2e962bae18f22b",
    bindings: [
      { name: "API_GATEWAY_STORAGE", type: "KVNamespace", critical: true, detail: "89aeb402fd0cd3648405894097b0057f" },
      { name: "RATE_LIMITER", type: "DurableObjectNamespace", critical: false, detail: "RateLimiter" },
      { name: "CIRCUIT_BREAKER", type: "DurableObjectNamespace", critical: false, detail: "CircuitBreaker" },
      { name: "USAGE_METER", type: "DurableObjectNamespace", critical: false, detail: "UsageMeter" },
      { name: "SESSION_STORE", type: "DurableObjectNamespace", critical: false, detail: "SessionStore" },
      { name: "REQUEST_QUEUE", type: "DurableObjectNamespace", critical: false, detail: "RequestQueue" },
    ],
    vars: ["ENVIRONMENT", "LOG_LEVEL", "UPSTREAM_URL", "ALLOWED_ORIGINS", "CACHE_TTL_SECONDS", "RATE_LIMIT_PER_MINUTE", "API_VERSION"],
  },
  {
    when: "production",
    name: "production",
    worker: "api-gateway-production",
    account: "3541a8b5f1d18989d24ea2b978f1a1fc",
    bindings: [
      { name: "API_GATEWAY_STORAGE", type: "KVNamespace", critical: true, detail: "e40586387b6a6c2f972c364430e213b6" },
      { name: "RATE_LIMITER", type: "DurableObjectNamespace", critical: false, detail: "RateLimiter" },
      { name: "CIRCUIT_BREAKER", type: "DurableObjectNamespace", critical: false, detail: "CircuitBreaker" },
      { name: "USAGE_METER", type: "DurableObjectNamespace", critical: false, detail: "UsageMeter" },
      { name: "SESSION_STORE", type: "DurableObjectNamespace", critical: false, detail: "SessionStore" },
      { name: "REQUEST_QUEUE", type: "DurableObjectNamespace", critical: false, detail: "RequestQueue" },
    ],
    vars: ["ENVIRONMENT", "LOG_LEVEL", "UPSTREAM_URL", "ALLOWED_ORIGINS", "CACHE_TTL_SECONDS", "RATE_LIMIT_PER_MINUTE", "API_VERSION"],
  },
  {
    name: "unknown",
    worker: "",
    bindings: [
      { name: "API_GATEWAY_STORAGE", type: "KVNamespace", critical: true },
      { name: "RATE_LIMITER", type: "DurableObjectNamespace", critical: false },
      { name: "CIRCUIT_BREAKER", type: "DurableObjectNamespace", critical: false },
      { name: "USAGE_METER", type: "DurableObjectNamespace", critical: false },
      { name: "SESSION_STORE", type: "DurableObjectNamespace", critical: false },
      { name: "REQUEST_QUEUE", type: "DurableObjectNamespace", critical: false },
    ],
    vars: [],
  },
];

interface Environment {
  when?: string; // the value of ENVIRONMENT by which the Worker knows that it runs here
  name: string; // "" is the top level
  worker: string;
  account?: string; // where it is deployed, as far as that was known
  bindings: Binding[];
  vars: string[];
}

interface Binding {
  name: string;
  type: string; // "" is a critical name that the configuration does not bind
  critical: boolean;
  detail?: string; // of a KV binding the namespace's id
  fingerprint?: string; // the digest in bindery.lock
}

/** Answers a request for one of the two paths, and undefined to any other. */
export async function probe(request: Request, env: object): Promise<Response | undefined> {
  const here = environmentOf(env);
  diagnose(here, env);
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/api/v1/data/kv-self-test" && pathname !== "/api/v1/data/bindings") return undefined;
  if (!(await admits(env, request.headers.get("X-API-KEY")))) {
    return refuse(401, "unauthorized", "a valid API key is required in the header X-API-KEY");
  }
  if (request.method !== "GET") {
    return refuse(405, "method_not_allowed", `${printable(request.method)} is not possible here, only GET`, { Allow: "GET" });
  }
  return pathname === "/api/v1/data/bindings" ? listBindings(here, env) : selfTest(here, env, searchParams.getAll("binding"));
}

/** The environment that runs: told by ENVIRONMENT. */
function environmentOf(env: object): Environment {
  const told = Reflect.get(env, "ENVIRONMENT");
  return environments.find((e) => e.when === told) ?? environments[environments.length - 1]!; // the last is what all share
}

/** Compares the key with the secret in a time that depends on neither. Without a secret nobody is let in. */
async function admits(env: object, shown: string | null): Promise<boolean> {
  const secret: unknown = Reflect.get(env, "X_API_KEY");
  const expected = typeof secret === "string" && secret !== "" ? secret : crypto.randomUUID();
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return crypto.subtle.timingSafeEqual(await digest(shown ?? ""), await digest(expected));
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body) + "\n", {
    status,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...headers,
    },
  });
}

function refuse(status: number, code: string, message: string, headers?: Record<string, string>): Response {
  return answer(status, { success: false, error: { code, message } }, headers);
}

/** What a caller sent, shortened for a message. */
function printable(text: string): string {
  return JSON.stringify(text.length > 64 ? text.slice(0, 64) + "…" : text);
}

// ---- GET /api/v1/data/bindings

function listBindings(here: Environment, env: object): Response {
  const byType: Record<string, object[]> = {};
  const critical: Record<string, boolean> = {};
  for (const b of sorted(here.bindings, (b) => b.name)) {
    if (b.critical) critical[b.name] = leads(b, env);
  }
  for (const b of sorted(here.bindings, (b) => b.type)) {
    if (b.type === "") continue;
    (byType[b.type] ??= []).push({ name: b.name, critical: b.critical, ok: leads(b, env), detail: b.detail });
  }
  return answer(200, {
    success: true,
    data: {
      environment: here.name,
      worker: here.worker,
      bindings: byType,
      vars: here.vars,
      critical_bindings_status: critical,
    },
  });
}

/** Whether the runtime gave the Worker this binding. What a KV binding leads to, only the self-test can tell. */
function leads(b: Binding, env: object): boolean {
  const bound: unknown = Reflect.get(env, b.name);
  return b.type === "KVNamespace" ? isNamespace(bound) : bound !== undefined;
}

function isNamespace(bound: unknown): bound is KVNamespace {
  const methods = ["get", "put", "list", "delete"];
  return typeof bound === "object" && bound !== null && methods.every((m) => typeof Reflect.get(bound, m) === "function");
}

function sorted<T>(all: T[], by: (one: T) => string): T[] {
  return [...all].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0)); // stable: equals stay in the configuration's order
}

let diagnosed = false;

/** Logs once, if DEBUG is set, whether each binding is there. Values are never logged. */
function diagnose(here: Environment, env: object): void {
  if (diagnosed) return;
  diagnosed = true;
  const debug: unknown = Reflect.get(env, "DEBUG");
  if (!debug || debug === "false" || debug === "0") return;
  for (const b of here.bindings) {
    const what = `bindery: ${b.name} (${[b.type, b.detail, b.critical && "critical"].filter(Boolean).join(", ")})`;
    if (leads(b, env)) console.log(`${what} is bound`);
    else console.error(`${what} is missing`);
  }
  if (!Reflect.get(env, "X_API_KEY")) console.warn("bindery: the secret X_API_KEY is not set, so the probe lets nobody in");
}

// ---- GET /api/v1/data/kv-self-test

const stageNames = ["binding_check", "write_test", "read_test", "list_test", "delete_test", "cleanup_verify"] as const;
const stageTimeout = 10_000; // ms; what takes longer fails
const slow = 2_000; // ms; what takes longer passes with advice

type StageName = (typeof stageNames)[number];

interface Stage {
  success: boolean;
  message: string;
  skipped?: true; // not tried, because a stage before it failed
  advice?: string;
}

type Stages = Record<StageName, Stage>;

/** The outcome of looking at something that may lag behind a write: lagging is worth another look. */
type Look = Stage & { lagging?: true };

interface Result {
  binding: string;
  optional: boolean; // its failure does not make the critical tests fail
  stages: Stages;
  fact: Fact | undefined;
}

/** What a namespace says of itself, and what that means for a binding. */
interface Fact {
  state: string;
  message: string;
  advice?: string;
  failed?: true; // the binding is not to be relied on
  digest?: string; // of what the namespace says
}

/** Proves all KV bindings, or the one that was asked for: 200 when the critical tests passed, else 500. */
async function selfTest(here: Environment, env: object, names: string[]): Promise<Response> {
  if (names.length > 1) return refuse(400, "bad_request", "binding may be given once: one name, or none for all");
  const name = names[0] ?? "";
  // A critical name that nothing binds is tested too, and fails: it may well have been meant to be a KV namespace.
  const isTested = (b: Binding) => b.type === "KVNamespace" || (b.type === "" && !leads(b, env));
  const tested = here.bindings.filter(isTested);
  const asked = tested.filter((b) => name === "" || b.name === name);
  if (name !== "" && asked.length === 0) {
    const other = here.bindings.find((b) => b.name === name);
    return refuse(404, "unknown_binding", other
      ? `${printable(name)} is of type ${other.type || "unknown"}; the self-test proves KV namespaces only`
      : `no KV binding is called ${printable(name)}; ${tested.length ? `there are ${tested.map((b) => b.name).join(", ")}` : "this environment has none at all"}`);
  }
  const results = await Promise.all(asked.map(async (b) => ({
    binding: b.name,
    optional: !b.critical && name === "", // who asks for one by name is answered for that one
    stages: await prove(b.name, Reflect.get(env, b.name)),
    fact: await readFingerprint(here, b, Reflect.get(env, b.name)),
  })));
  compareFingerprints(results);
  const report = summarize(results);
  return answer(report.success ? 200 : 500, report);
}

const passed = (message: string): Stage => ({ success: true, message });
const failed = (message: string, advice: string): Look => ({ success: false, message, advice });
const lagging = (message: string, advice: string): Look => ({ ...failed(message, advice), lagging: true });
const skipped = (reason: string): Stage => ({ success: false, message: `Skipped: ${reason}`, skipped: true });

/** The six stages on one binding. It writes one key that nobody else has, deletes it, and touches no other. */
async function prove(binding: string, kv: unknown): Promise<Stages> {
  const now = new Date();
  const key = `__bindery_selftest__/${now.toISOString().replace(/[-:]|[.]\d+/g, "")}-${crypto.randomUUID().replaceAll("-", "")}`;
  const value = crypto.getRandomValues(new Uint8Array(64));
  const expires = new Date(now.getTime() + 300_000).toISOString().replace(/[.]\d+/, "");
  const left = (advice: string) =>
    `${advice}; the test key expires by itself at ${expires}, or remove it now: wrangler kv key delete '${key}' --binding ${binding} --remote`;
  let seen = false;

  if (!isNamespace(kv)) {
    const after = skipped("binding_check did not pass");
    return {
      binding_check: failed(`${binding} binding is missing`,
        `this environment does not bind ${binding} to a namespace: add it with its id under kv_namespaces of the environment itself ` +
        "(bindings are not inherited from the top level), then run `bindery check`"),
      write_test: after, read_test: after, list_test: after, delete_test: after, cleanup_verify: after,
    };
  }

  const isListed = async () => {
    let cursor: string | undefined;
    for (let page = 0; page < 50; page++) { // an empty page may carry a cursor
      const listed = await kv.list(cursor ? { prefix: key, limit: 10, cursor } : { prefix: key, limit: 10 });
      if (listed.keys.some((k) => k.name === key)) return true;
      if (listed.list_complete) return false;
      cursor = listed.cursor;
    }
    return false;
  };

  const write = await timed("write_test", "Direct KV put()", async () => {
    await kv.put(key, value, { expirationTtl: 300 });
    return passed("Direct KV put() succeeded");
  });
  const unwritten = skipped("write_test did not pass");

  const read = !write.success ? unwritten : await timed("read_test", "Direct KV get()", async () => {
    const got = await kv.get(key, "arrayBuffer");
    if (got === null) {
      return lagging("Direct KV get() does not find the key, 10s after put() succeeded",
        "the write was acknowledged and dropped, or reads lag behind writes for longer than usual: run the self-test again in a minute");
    }
    seen = true;
    const bytes = new Uint8Array(got);
    if (bytes.length !== value.length || bytes.some((b, i) => b !== value[i])) {
      return lagging(`Direct KV get() returned other bytes than put() wrote (${value.length} bytes written, ${bytes.length} read)`,
        "something between here and the store alters values: do not trust data read through this binding until it passes");
    }
    return passed("Direct KV get() succeeded - data matches");
  });

  const list = !write.success ? unwritten : await timed("list_test", "Direct KV list()", async () => {
    if (!(await isListed())) {
      return lagging("Direct KV list() does not show the test key, 10s after put() succeeded",
        "get() and put() may work while lists lag or hide keys: whatever this Worker finds by list() may be incomplete; " +
        "run the self-test again in a minute, as lists may lag that long");
    }
    seen = true;
    return passed("Direct KV list() found test key");
  });

  // Sent whatever came before: a write that failed for us may have landed.
  let deleted: Stage = await timed("delete_test", "Direct KV delete()", async () => {
    await kv.delete(key);
    return passed("Direct KV delete() succeeded");
  });
  if (!seen) deleted = skipped("the key was never seen, so its deletion would prove nothing; delete() was sent all the same");
  if (deleted.advice && !deleted.success) deleted.advice = left(deleted.advice);

  const cleanup = !write.success ? unwritten : !deleted.success ? skipped("delete_test did not pass") : await timed("cleanup_verify", "Cleanup check", async () => {
    if ((await kv.get(key, "arrayBuffer")) !== null) {
      return lagging("Cleanup failed - key is still readable after delete()", left("the delete was acknowledged, and reads still find the key"));
    }
    if (list.success && (await isListed())) {
      return lagging("Cleanup failed - list() still shows the key after delete()", left("the key was deleted, but lists still show it"));
    }
    return passed("Cleanup verified - key deleted");
  });

  return {
    binding_check: passed(`${binding} binding exists`),
    write_test: write, read_test: read, list_test: list, delete_test: deleted, cleanup_verify: cleanup,
  };
}

/** Looks until it is more than lag, or the stage's time is up: KV is eventually consistent. */
async function timed(name: StageName, call: string, look: () => Promise<Look>): Promise<Stage> {
  const began = Date.now();
  const within = (ms: number): Promise<Look> => {
    const tried = look().catch((err: unknown) => failed(`${call} failed: ${err instanceof Error ? err.message : String(err)}`, adviceFor(err)));
    const late = new Promise<Look>((resolve) => {
      const timer = setTimeout(() => resolve(failed(`${call} did not finish within 10s`,
        "the namespace answers too slowly or not at all; a Worker that meets this fails its requests: run the self-test again in a minute")), ms);
      void tried.then(() => clearTimeout(timer));
    });
    return Promise.race([tried, late]);
  };
  let last: Look = await within(stageTimeout);
  for (let wait = 100; last.lagging; wait = Math.min(2 * wait, 2_000)) {
    const left = stageTimeout - (Date.now() - began) - wait;
    if (left <= 0) break;
    await new Promise((resolve) => setTimeout(resolve, wait));
    const next = await within(left);
    if (!next.success && !next.lagging && Date.now() - began >= stageTimeout) break; // cut short, it says less than the look before it
    last = next;
  }
  const { lagging: _, ...stage } = last;
  const took = Date.now() - began;
  if (stage.success && took > slow) {
    stage.advice = `it worked, but took ${took} ms, where under ${slow} ms is usual: this Worker's requests would have waited as long (${name})`;
  }
  return stage;
}

/** The probable cause of what a KV call threw, and what to do next. */
function adviceFor(err: unknown): string {
  const message = err instanceof Error ? err.message : String(err);
  if (/\b429\b|limit/i.test(message)) {
    return "KV refuses more calls for now: a limit of the account's plan or of this request is reached; look at the usage of KV in the dashboard";
  }
  if (/\b(404|400)\b|not found/i.test(message)) {
    return "the namespace that the Worker was deployed with is gone: compare its id with `wrangler kv namespace list`, and deploy again";
  }
  if (/\b40[13]\b/.test(message)) {
    return "the namespace does not take this from the Worker: deploy again, with an id of the account that the Worker is in";
  }
  return "KV is not reachable, or gave an answer that the self-test does not know: run it again in a minute, and look into the Worker's log";
}

// ---- the fingerprint

/**
 * The seventh fact: whose the namespace says that it is. `bindery apply` wrote that, once; here it is read only. Undefined
 * where nothing was agreed and nothing is found.
 */
async function readFingerprint(here: Environment, b: Binding, kv: unknown): Promise<Fact | undefined> {
  if (!here.account || !b.detail || !isNamespace(kv)) return undefined;
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("it did not come within 10s")), stageTimeout);
    });
    const stored = await Promise.race([kv.get("__bindery__/fingerprint", "arrayBuffer"), late]);
    if (stored !== null) {
      const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", stored));
      const digest = "sha256:" + [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return { ...judge(here, b, readSeal(stored), digest), digest };
    }
  } catch (err) {
    return b.fingerprint ? astray("unread", `read the fingerprint: ${err instanceof Error ? err.message : String(err)}`, "run the self-test again") : undefined;
  } finally {
    clearTimeout(timer);
  }
  return b.fingerprint ? astray("unsealed", "the lock has a fingerprint, and the namespace has none",
    "the namespace was emptied or made again under its title: look at what it holds, then `bindery apply` seals it") : undefined;
}

const astray = (state: string, message: string, advice: string): Fact => ({ state, message, advice, failed: true });

/** The record of a namespace; undefined if it is none. */
function readSeal(stored: ArrayBuffer) {
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(stored));
  } catch {
    return undefined;
  }
  const field = (name: string): unknown => Reflect.get(Object(said), name);
  const seal = {
    account: String(field("account_id")), namespace: field("namespace_id"), worker: String(field("worker")),
    environment: String(field("environment")), sealed: String(field("sealed_on")),
  };
  return field("version") && seal.namespace && !Number.isNaN(Date.parse(seal.sealed)) ? seal : undefined;
}

function judge(here: Environment, b: Binding, seal: ReturnType<typeof readSeal>, digest: string): Fact {
  if (!seal) {
    return astray("damaged", "what is under the key __bindery__/fingerprint is no fingerprint",
      "something else writes that key; `bindery apply` seals the namespace again");
  }
  if (seal.namespace !== b.detail || seal.account !== here.account) {
    return astray("sealed for another environment", `the fingerprint is that of namespace ${seal.namespace} in account ${seal.account}`,
      "it was copied here with the data, or the binding leads to another namespace than its id says; `bindery plan` shows where each leads");
  }
  if (seal.environment !== here.name || seal.worker !== here.worker) {
    const environment = seal.environment ? `environment ${JSON.stringify(seal.environment)}` : "the top level";
    return astray("sealed for another environment", `the namespace is sealed for ${environment} of Worker ${JSON.stringify(seal.worker)} in account ${seal.account}`,
      "two environments on one namespace overwrite each other's data: bind a namespace of this environment's own");
  }
  if (b.fingerprint && b.fingerprint !== digest) {
    return astray("sealed anew", `the namespace was sealed again since the lock was written, on ${seal.sealed.slice(0, 10)} ${seal.sealed.slice(11, 16)} UTC`,
      "if that was meant, `bindery lock` writes the new fingerprint down");
  }
  return { state: "sealed", message: `sealed for this environment on ${seal.sealed.slice(0, 10)}` };
}

/** Finds bindings that have one fingerprint between them. */
function compareFingerprints(results: Result[]): void {
  for (const r of results) {
    const digest = r.fact?.digest;
    const other = results.find((o) => o !== r && digest !== undefined && o.fact?.digest === digest);
    if (!other || r.fact?.state !== "sealed") continue;
    r.fact = {
      ...astray("shared with another binding", `it has the fingerprint of ${other.binding} too: both lead to one namespace`,
        "what one writes the other overwrites: bind a namespace for each, or take one of the two names out"),
      digest: r.fact.digest!,
    };
  }
}

// ---- the report

function summarize(results: Result[]) {
  const critical = results.length > 0 && results.every(isFine);
  const [only, ...more] = results;
  const sound = results.every((r) => !r.fact?.failed);
  if (only && more.length === 0) return { success: critical, data: conclude(only.stages, sound, critical, only.fact, recommend(results)) };
  const data = conclude(together(results), sound, critical, undefined, recommend(results));
  if (!only) return { success: critical, data };
  const bindings = Object.fromEntries(sorted(results, (r) => r.binding).map((r) =>
    [r.binding, { critical: !r.optional, ...conclude(r.stages, !r.fact?.failed, isFine(r), r.fact, recommend([r])) }]));
  return { success: critical, data: { ...data, bindings } };
}

/** A Worker cannot do without a binding that exists, writes and reads, in the namespace that was agreed. */
function isFine(r: Result): boolean {
  const { binding_check, write_test, read_test } = r.stages;
  return r.optional || (binding_check.success && write_test.success && read_test.success && !r.fact?.failed);
}

/** What follows from the stages; sound says that no fingerprint is amiss. */
function conclude(stages: Stages, sound: boolean, critical: boolean, fact: Fact | undefined, recommendations: string[]) {
  const all = sound && stageNames.every((name) => stages[name].success);
  return {
    overall_status: all ? "ALL_TESTS_PASSED" : critical ? "CRITICAL_TESTS_PASSED" : "CRITICAL_TESTS_FAILED",
    all_tests_passed: all,
    critical_tests_passed: critical,
    test_details: stages,
    summary: {
      binding_exists: stages.binding_check.success,
      can_write: stages.write_test.success,
      can_read: stages.read_test.success,
      can_list: stages.list_test.success,
      can_delete: stages.delete_test.success,
      cleanup_verified: stages.cleanup_verify.success,
    },
    fingerprint: fact && { state: fact.state, message: fact.message, advice: fact.advice, failed: fact.failed },
    recommendations,
  };
}

/** The stages over several bindings, or over none, which is a failure: an environment that lost its bindings must not pass. */
function together(results: Result[]): Stages {
  const stage = (name: StageName): Stage => {
    if (results.length === 0) return name === "binding_check" ? failed("no KV binding to test", noBinding) : skipped("binding_check did not pass");
    const of = (wanted: (s: Stage) => boolean | undefined) => results.filter((r) => wanted(r.stages[name]));
    const good = of((s) => s.success);
    const bad = of((s) => !s.success && !s.skipped);
    const untried = of((s) => s.skipped);
    const message = [`${good.length} of ${results.length} bindings passed`, ...bad.map((r) => `${r.binding}: ${r.stages[name].message}`)];
    if (untried.length > 0) message.push(`skipped: ${untried.map((r) => r.binding).join(", ")}`);
    const whole: Stage = { success: good.length === results.length, message: message.join("; ") };
    return bad.length === 0 && untried.length > 0 ? { ...whole, skipped: true } : whole;
  };
  return {
    binding_check: stage("binding_check"),
    write_test: stage("write_test"),
    read_test: stage("read_test"),
    list_test: stage("list_test"),
    delete_test: stage("delete_test"),
    cleanup_verify: stage("cleanup_verify"),
  };
}

const noBinding =
  "this environment has no KV binding: bindings are not inherited from the top level, " +
  "so add them under the environment itself, then run `bindery check`";

/** The advice of all stages, the same advice once with all bindings that it is for. */
function recommend(results: Result[]): string[] {
  if (results.length === 0) return [`binding_check: ${noBinding}`];
  const advised = new Map<string, string[]>();
  for (const r of results) {
    const facts = [...stageNames.map((name) => ({ name, advice: r.stages[name].advice })), { name: "fingerprint", advice: r.fact?.advice }];
    for (const { name, advice } of facts) {
      if (!advice) continue;
      const about = `${name}: ${advice}`;
      advised.set(about, [...(advised.get(about) ?? []), r.optional ? `${r.binding} (not critical)` : r.binding]);
    }
  }
  const all = [...advised].map(([about, bindings]) => `${bindings.join(", ")}: ${about}`);
  if (!results.every((r) => !r.fact?.failed && stageNames.every((name) => r.stages[name].success))) return all;
  return [results.length === 1 ? "KV binding is fully operational" : `All ${results.length} KV bindings are fully operational`, ...all];
}
