import { probe } from "./bindery-probe";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const answer = await probe(request, env);
    if (answer) return answer;
    return new Response("shop");
  },
};
