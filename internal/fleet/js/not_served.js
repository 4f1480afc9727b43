// A binding that is there and fails when it is used, with env.text. What a runtime or a
// console asks of any object is not a use.
export default function (env) {
  const fail = () => {
    throw new Error(env.text);
  };
  return new Proxy(fail, {
    get: (_, name) => (typeof name === "symbol" || name === "then" || name === "toJSON" ? undefined : fail),
  });
}
