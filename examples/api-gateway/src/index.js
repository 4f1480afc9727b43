// An API gateway: path rules live in KV, counters and sessions in Durable Objects.
import { DurableObject } from "cloudflare:workers";

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const client = request.headers.get("CF-Connecting-IP") ?? "unknown";

    const limiter = env.RATE_LIMITER.get(env.RATE_LIMITER.idFromName(client));
    if (!(await limiter.allow(Number(env.RATE_LIMIT_PER_MINUTE)))) {
      return new Response("too many requests\n", { status: 429 });
    }

    // Read straight from KV: a cache in front of it is how a broken binding stays unseen.
    const rule = await env.API_GATEWAY_STORAGE.get(`rule:${url.pathname}`, "json");
    if (!rule) return new Response("no route\n", { status: 404 });

    const breaker = env.CIRCUIT_BREAKER.get(env.CIRCUIT_BREAKER.idFromName(rule.upstream ?? env.UPSTREAM_URL));
    if (await breaker.isOpen()) return new Response("upstream is resting\n", { status: 503 });

    await env.USAGE_METER.get(env.USAGE_METER.idFromName(url.pathname)).count();
    return Response.json({ route: rule, version: env.API_VERSION, environment: env.ENVIRONMENT });
  },
};

/** Allows so many calls a minute. */
export class RateLimiter extends DurableObject {
  async allow(perMinute) {
    const minute = Math.floor(Date.now() / 60_000);
    const seen = (await this.ctx.storage.get("window")) ?? { minute, calls: 0 };
    const window = seen.minute === minute ? seen : { minute, calls: 0 };
    window.calls++;
    await this.ctx.storage.put("window", window);
    return window.calls <= perMinute;
  }
}

/** Opens after five failures in a row. */
export class CircuitBreaker extends DurableObject {
  async isOpen() {
    return ((await this.ctx.storage.get("failures")) ?? 0) >= 5;
  }
  async report(ok) {
    const failures = (await this.ctx.storage.get("failures")) ?? 0;
    await this.ctx.storage.put("failures", ok ? 0 : failures + 1);
  }
}

/** Counts calls. */
export class UsageMeter extends DurableObject {
  async count() {
    const calls = ((await this.ctx.storage.get("calls")) ?? 0) + 1;
    await this.ctx.storage.put("calls", calls);
    return calls;
  }
}

/** Keeps one session. */
export class SessionStore extends DurableObject {
  load() {
    return this.ctx.storage.get("session");
  }
  save(session) {
    return this.ctx.storage.put("session", session);
  }
}

/** Holds requests back in order of arrival. */
export class RequestQueue extends DurableObject {
  async push(item) {
    const items = (await this.ctx.storage.get("items")) ?? [];
    await this.ctx.storage.put("items", [...items, item]);
  }
  async shift() {
    const [first, ...rest] = (await this.ctx.storage.get("items")) ?? [];
    await this.ctx.storage.put("items", rest);
    return first;
  }
}
