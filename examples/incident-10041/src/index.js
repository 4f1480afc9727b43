export default {
  async fetch(request, env) {
    const id = new URL(request.url).pathname.slice(1);
    if (request.method === "PUT") {
      await env.ORDERS.put(id, await request.text());
      return new Response("stored\n");
    }
    const order = await env.ORDERS.get(id);
    return order === null ? new Response("no such order\n", { status: 404 }) : new Response(order);
  },
};
