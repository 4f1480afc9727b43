// A Worker of a rehearsal's own, with the KV bindings of the one that was deployed.
import { probe } from "./probe.js";

export default {
  async fetch(request, env) {
    const answer = await probe(request, env);
    if (answer) return answer;
    if (request.headers.get("X-API-KEY") !== env.X_API_KEY) return new Response(null, { status: 401 });
    const { searchParams } = new URL(request.url);
    const kv = env[searchParams.get("binding")];
    const key = searchParams.get("key");
    if (request.method === "PUT") {
      await kv.put(key, await request.text(), { expirationTtl: 300 });
      return new Response(null, { status: 204 });
    }
    const value = await kv.get(key);
    return new Response(value, { status: value === null ? 404 : 200 });
  },
};
