import type { CircuitBreaker, RateLimiter, RequestQueue, SessionStore, UsageMeter } from "./objects";

/** What wrangler.toml binds in every environment. */
export interface Env {
  API_GATEWAY_STORAGE: KVNamespace;
  RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  CIRCUIT_BREAKER: DurableObjectNamespace<CircuitBreaker>;
  USAGE_METER: DurableObjectNamespace<UsageMeter>;
  SESSION_STORE: DurableObjectNamespace<SessionStore>;
  REQUEST_QUEUE: DurableObjectNamespace<RequestQueue>;
  RATE_LIMIT_PER_MINUTE: number;
}
