import greeting from "./greeting.txt";

export default {
  async fetch(request, env) {
    const stored = await env.KV.get("k");
    return new Response(`${greeting.trim()} ${env.MODE} ${stored}\n`);
  },
  async scheduled() {},
};
