// The Durable Objects of the gateway.
import { DurableObject } from "cloudflare:workers";

/** Allows so many calls a minute. */
export class RateLimiter extends DurableObject {
  async allow(perMinute: number): Promise<boolean> {
    const minute = Math.floor(Date.now() / 60_000);
    const seen = (await this.ctx.storage.get<{ minute: number; calls: number }>("window")) ?? { minute, calls: 0 };
    const window = seen.minute === minute ? seen : { minute, calls: 0 };
    window.calls++;
    await this.ctx.storage.put("window", window);
    return window.calls <= perMinute;
  }
}

/** Opens after five failures in a row, for ten seconds. */
export class CircuitBreaker extends DurableObject {
  private failures = 0;
  private until = 0;

  isOpen(): boolean {
    return Date.now() < this.until;
  }
  report(ok: boolean) {
    this.failures = ok ? 0 : this.failures + 1;
    if (this.failures >= 5) this.until = Date.now() + 10_000;
  }
}

/** Counts calls. */
export class UsageMeter extends DurableObject {
  async count(): Promise<number> {
    const calls = ((await this.ctx.storage.get<number>("calls")) ?? 0) + 1;
    await this.ctx.storage.put("calls", calls);
    return calls;
  }
}

/** Keeps one session. */
export class SessionStore extends DurableObject {
  load() {
    return this.ctx.storage.get<string>("session");
  }
  save(session: string) {
    return this.ctx.storage.put("session", session);
  }
}

/** Holds requests back in order of arrival. */
export class RequestQueue extends DurableObject {
  async push(item: string) {
    const items = (await this.ctx.storage.get<string[]>("items")) ?? [];
    await this.ctx.storage.put("items", [...items, item]);
  }
  async shift(): Promise<string | undefined> {
    const [first, ...rest] = (await this.ctx.storage.get<string[]>("items")) ?? [];
    await this.ctx.storage.put("items", rest);
    return first;
  }
}
