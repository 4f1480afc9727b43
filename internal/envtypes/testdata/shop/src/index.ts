import { DurableObject } from "cloudflare:workers";

export class Cart extends DurableObject<Env> {
  async total(): Promise<number> {
    return 0;
  }
}

// It was written before classes could be called: its type takes no part in RPC.
export class OldCart {
  async fetch(): Promise<Response> {
    return new Response();
  }
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const total = await env.CARTS.getByName("1").total();
    await env.ORDERS?.put("last", String(total));
    return new Response(await env.CACHE.get(env.ENVIRONMENT === "dev" ? "dev" : "live"));
  },
};
