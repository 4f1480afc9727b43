// Market analysis: results in KV, trained models in R2, an AI model for the summary.
import { DurableObject } from "cloudflare:workers";

export default {
  async fetch(request, env) {
    const symbol = new URL(request.url).searchParams.get("symbol") ?? "BTC";
    const key = `analysis:${env.MODEL}:${symbol}`;

    const known = await env.MARKET_ANALYSIS_CACHE.get(key, "json");
    if (known) return Response.json(known);

    const model = await env.TRAINED_MODELS.get(`${env.MODEL}.json`);
    if (!model) return new Response("no such model\n", { status: 404 });

    const turn = env.CACHE_DO.get(env.CACHE_DO.idFromName(key));
    const analysis = await turn.once(symbol, await model.json());
    await env.MARKET_ANALYSIS_CACHE.put(key, JSON.stringify(analysis), {
      expirationTtl: Number(env.ANALYSIS_TTL_SECONDS),
    });
    return Response.json(analysis);
  },
};

/** Lets one computation run at a time for a key. */
export class CacheObject extends DurableObject {
  async once(symbol, model) {
    const { response } = await this.env.AI.run(model.ai, { prompt: `Trend of ${symbol}, in one word.` });
    return { symbol, trend: response, at: new Date().toISOString() };
  }
}
