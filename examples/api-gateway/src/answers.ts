// Answers that are kept, as cache policies say, in Cloudflare's cache.
import type { Policy } from "./rules";

export function isBypassed(policy: Policy, request: Request): boolean {
  return policy.bypass?.some((name) => request.headers.has(name)) ?? false;
}

/** What tells answers apart: where they come from, and the headers that make another one. */
function keyOf(policy: Policy, request: Request, target: string): Request {
  const url = new URL("/__kept", request.url);
  url.searchParams.set("target", target);
  for (const name of policy.vary ?? []) url.searchParams.set(name, request.headers.get(name) ?? "");
  return new Request(url);
}

export async function fromCache(policy: Policy, request: Request, target: string): Promise<Response | undefined> {
  return caches.default.match(keyOf(policy, request, target));
}

/** Keeps an answer, if it is for everybody who asks the same. */
export async function keep(ctx: ExecutionContext, policy: Policy, request: Request, target: string, answer: Response): Promise<Response> {
  if (!isForAll(policy, answer)) return answer;
  const kept = new Response(answer.body, answer);
  kept.headers.set("Cache-Control", `max-age=${policy.ttl}`);
  const copy = kept.clone();
  copy.headers.delete("Vary"); // the key has it
  ctx.waitUntil(caches.default.put(keyOf(policy, request, target), copy));
  return kept;
}

function isForAll(policy: Policy, answer: Response): boolean {
  const control = (answer.headers.get("Cache-Control") ?? "").toLowerCase();
  if (answer.status !== 200 || answer.headers.has("Set-Cookie") || control.includes("no-store") || control.includes("private")) return false;
  const known = ["accept-encoding", ...(policy.vary ?? []).map((name) => name.toLowerCase())];
  const varies = (answer.headers.get("Vary") ?? "").toLowerCase().split(",");
  return varies.every((name) => name.trim() === "" || known.includes(name.trim()));
}
