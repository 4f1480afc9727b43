// What a Worker's fetch goes to on a server without outbound requests.
export default {
  fetch(request) {
    throw new Error(`fetch of ${new URL(request.url).host}: this server makes no outbound requests (--no-egress)`);
  },
};
