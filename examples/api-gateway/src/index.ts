// An API gateway: path rules and cache policies live in KV, counters and sessions in Durable Objects. ../gateway-go is the
// same gateway as a Go service, and both pass one test.
import { fromCache, isBypassed, keep } from "./answers";
import { probe } from "./bindery-probe";
import type { Env } from "./env";
import { currentTable, policyFor, ruleFor, servicePrefix, targetOf, type Rule } from "./rules";

export * from "./objects";

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const proof = await probe(request, env);
    if (proof) return proof;

    const client = request.headers.get("CF-Connecting-IP") ?? "unknown";
    const limiter = env.RATE_LIMITER.get(env.RATE_LIMITER.idFromName(client));
    if (!(await limiter.allow(Number(env.RATE_LIMIT_PER_MINUTE)))) return refusal(429, "too many requests");

    const url = new URL(request.url);
    const table = await currentTable(env.API_GATEWAY_STORAGE);
    const found = ruleFor(table, url.pathname);
    if (!found) return refusal(404, "no route");
    const { rule, rest } = found;
    if (rule.methods?.length && !rule.methods.includes(request.method)) {
      return refusal(405, "method not allowed", { Allow: rule.methods.join(", ") });
    }
    if (!(await admits(rule, request.headers.get("X-API-KEY")))) return refusal(401, "key required");

    const target = targetOf(rule, url.pathname, rest, url.search);
    const policy = request.method === "GET" ? policyFor(table, url.pathname) : undefined;
    if (!policy) return named(await forward(request, env, rule, target), rule);
    if (isBypassed(policy, request)) return named(await forward(request, env, rule, target), rule, "BYPASS");
    const kept = await fromCache(policy, request, target);
    if (kept) return named(kept, rule, "HIT");
    return named(await keep(ctx, policy, request, target, await forward(request, env, rule, target)), rule, "MISS");
  },
};

/** Asks the upstream, unless it has failed too often. */
async function forward(request: Request, env: Env, rule: Rule, target: string): Promise<Response> {
  const breaker = env.CIRCUIT_BREAKER.get(env.CIRCUIT_BREAKER.idFromName(rule.upstream));
  if (await breaker.isOpen()) return refusal(503, "upstream is resting");
  await env.USAGE_METER.get(env.USAGE_METER.idFromName(rule.name)).count();

  const headers = new Headers(request.headers);
  headers.delete("X-API-KEY"); // it is for this gateway
  headers.delete("Accept-Encoding"); // what is kept is for everybody
  const asked = new Request(target, { method: request.method, headers, body: request.body, redirect: "manual" });
  let answer: Response;
  try {
    answer = await (serviceOf(rule, env) ?? globalThis).fetch(asked);
  } catch (error) {
    console.warn(`upstream did not answer: rule ${rule.name}: ${error}`);
    answer = refusal(502, "upstream did not answer");
  }
  await breaker.report(answer.status < 500);
  return answer;
}

/** The service binding that a rule names; undefined if it has a URL. */
function serviceOf(rule: Rule, env: Env): Fetcher | undefined {
  if (!rule.upstream.startsWith(servicePrefix)) return undefined;
  const name = rule.upstream.slice(servicePrefix.length);
  const service = (env as unknown as Record<string, Fetcher | undefined>)[name];
  if (!service) throw `nothing is bound as ${name}`;
  return service;
}

/** Compares digests: how long that takes says nothing of the key. */
async function admits(rule: Rule, key: string | null): Promise<boolean> {
  if (!rule.key_sha256) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key ?? "")));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return key !== null && hex === rule.key_sha256.toLowerCase();
}

/** Says which rule an answer came by, and what the cache had to do with it. */
function named(answer: Response, rule: Rule, cache?: "HIT" | "MISS" | "BYPASS"): Response {
  const said = new Response(answer.body, answer);
  said.headers.set("X-Gateway-Rule", rule.name);
  if (cache) said.headers.set("X-Cache", cache);
  return said;
}

function refusal(status: number, text: string, headers: HeadersInit = {}): Response {
  return new Response(text + "\n", { status, headers });
}
