using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "name", worker = (
      modules = [
        (name = "name.js", esModule = embed "0"),
        (name = "name.cjs", commonJsModule = embed "1"),
        (name = "name.txt", text = embed "2"),
        (name = "name.bin", data = embed "3"),
        (name = "name.wasm", wasm = embed "4"),
        (name = "name.json", json = embed "5"),
      ],
      compatibilityDate = "name", compatibilityFlags = ["name", "nodejs_compat", ],
      bindings = [
        (name = "name", text = "name"),
        (name = "name", json = "name"),
        (name = "name", data = embed "6"),
        (name = "name", kvNamespace = "name"),
        (name = "name", r2Bucket = "name"),
        (name = "name", queue = "name"),
        (name = "name", service = (name = "name")),
        (name = "name", service = (name = "name", entrypoint = "name", props = (json = "name"))),
        (name = "name", durableObjectNamespace = (className = "name")),
        (name = "name", durableObjectNamespace = (className = "name", serviceName = "name")),
        (name = "name", wrapped = (moduleName = "name", innerBindings = [(name = "name", text = "name"), (name = "name", json = "name")])),
      ],
      durableObjectNamespaces = [
        (className = "name", uniqueKey = "name", enableSql = true),
        (className = "name", uniqueKey = "name", enableSql = false),
      ],
      durableObjectStorage = (localDisk = "name"),
      globalOutbound = "name",
      cacheApiOutbound = "name",
      tails = ["name", ],
    )),
    (name = "name", worker = (
      serviceWorkerScript = embed "7",
      compatibilityDate = "name", compatibilityFlags = [],
      bindings = [
        (name = "name", wasmModule = embed "8"),
      ],
      durableObjectNamespaces = [
        (className = "name", uniqueKey = "name", enableSql = false),
      ],
      durableObjectStorage = (inMemory = void),
    )),
    (name = "name", external = (address = "unix:name", http = (injectRequestHeaders = [(name = "name", value = "name"), ]))),
    (name = "name", external = (address = "unix:name", http = (forwardedProtoHeader = "Bindery-Proto", injectRequestHeaders = []))),
    (name = "name", disk = (path = "name", writable = true)),
  ],
  sockets = [
    (name = "name", address = "unix:/run/0.sock", http = (cfBlobHeader = "Bindery-Cf", forwardedProtoHeader = "Bindery-Proto"), service = (name = "name")),
  ],
  extensions = [(modules = [
    (name = "name", internal = true, esModule = embed "9"),
  ])],
  v8Flags = ["--max-heap-size\x3d128"],
  logging = (structuredLogging = true),
);
