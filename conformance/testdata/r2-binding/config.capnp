using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-04-01",
      bindings = [(name = "R2", r2Bucket = "binding")],
    )),
    (name = "binding", external = (address = "unix:binding.sock", http = ())),
  ],
  sockets = [(name = "http", address = "unix:main.sock", http = (), service = "main")],
);
