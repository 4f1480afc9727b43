package workerd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// config is a configuration being written: text in Cap'n Proto's notation, and beside it the
// files that it embeds. workerd reads both once, when it starts.
//
// Source: workerd.capnp, as each binary has it built in.
type config struct {
	text  bytes.Buffer
	files [][]byte
}

// marshal writes a program. socket says where each of its sockets is to lie.
func marshal(p *Program, socket func(i int) string) *config {
	c := &config{}
	c.raw("using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n  services = [\n")
	for i := range p.Workers {
		c.worker(&p.Workers[i])
	}
	for _, e := range p.Externals {
		c.raw("    (name = ").string(e.Name).raw(", external = (address = ").string("unix:" + e.Socket).raw(", http = (")
		if e.Scheme {
			c.raw("forwardedProtoHeader = ").string(HeaderProto).raw(", ")
		}
		c.raw("injectRequestHeaders = [")
		for _, h := range e.Headers {
			c.raw("(name = ").string(h.Name).raw(", value = ").string(h.Value).raw("), ")
		}
		c.raw("]))),\n")
	}
	for _, d := range p.Disks {
		c.raw("    (name = ").string(d.Name).raw(", disk = (path = ").string(d.Path).raw(", writable = true)),\n")
	}
	if p.alive != "" {
		c.raw("    (name = ").string(serviceAlive).raw(", disk = (path = ").string(p.alive).raw(")),\n")
	}
	c.raw("  ],\n  sockets = [\n")
	for i, s := range p.Sockets {
		c.raw("    (name = ").string(s.Name).raw(", address = ").string("unix:" + socket(i)).
			raw(", http = (cfBlobHeader = ").string(HeaderCF).raw(", forwardedProtoHeader = ").string(HeaderProto).
			raw("), ")
		Service{Worker: s.Worker, Entrypoint: s.Entrypoint}.write(c)
		c.raw("),\n")
	}
	c.raw("  ],\n")
	if len(p.Extensions) > 0 {
		c.raw("  extensions = [(modules = [\n")
		for _, e := range p.Extensions {
			c.raw("    (name = ").string(e.Name).raw(", internal = true, esModule = ").embed(e.Content).raw("),\n")
		}
		c.raw("  ])],\n")
	}
	if p.HeapMiB > 0 {
		c.raw("  v8Flags = [").string(fmt.Sprintf("--max-heap-size=%d", p.HeapMiB)).raw("],\n")
	}
	c.raw("  logging = (structuredLogging = true),\n);\n")
	return c
}

func (c *config) worker(w *Worker) {
	c.raw("    (name = ").string(w.Name).raw(", worker = (\n")
	if w.Classic != nil {
		c.raw("      serviceWorkerScript = ").embed(w.Classic).raw(",\n")
	} else {
		c.raw("      modules = [\n")
		for _, m := range w.Modules {
			c.raw("        (name = ").string(m.Name).raw(", ").raw(string(m.Kind)).raw(" = ").embed(m.Content).raw("),\n")
		}
		c.raw("      ],\n")
	}
	c.raw("      compatibilityDate = ").string(w.CompatibilityDate).raw(", compatibilityFlags = [")
	for _, flag := range w.CompatibilityFlags {
		c.string(flag).raw(", ")
	}
	c.raw("],\n      bindings = [\n")
	for _, b := range w.Bindings {
		c.raw("        ").binding(b).raw(",\n")
	}
	c.raw("      ],\n")
	if len(w.Classes) > 0 {
		c.raw("      durableObjectNamespaces = [\n")
		for _, class := range w.Classes {
			c.raw("        (className = ").string(class.Name).raw(", uniqueKey = ").string(class.Key).
				raw(", enableSql = ").raw(strconv.FormatBool(class.SQLite)).raw("),\n")
		}
		c.raw("      ],\n      durableObjectStorage = (")
		if w.Storage != "" {
			c.raw("localDisk = ").string(w.Storage)
		} else {
			c.raw("inMemory = void")
		}
		c.raw("),\n")
	}
	if w.Outbound != "" {
		c.raw("      globalOutbound = ").string(w.Outbound).raw(",\n")
	}
	if w.Cache != "" {
		c.raw("      cacheApiOutbound = ").string(w.Cache).raw(",\n")
	}
	if len(w.Tails) > 0 {
		c.raw("      tails = [")
		for _, tail := range w.Tails {
			c.string(tail).raw(", ")
		}
		c.raw("],\n")
	}
	c.raw("    )),\n")
}

func (c *config) binding(b Binding) *config {
	c.raw("(name = ").string(b.Name).raw(", ")
	b.Value.write(c)
	return c.raw(")")
}

func (v TextValue) write(c *config) { c.raw("text = ").string(string(v)) }
func (v JSONValue) write(c *config) { c.raw("json = ").string(string(v)) }
func (v DataValue) write(c *config) { c.raw("data = ").embed(v) }
func (v WasmValue) write(c *config) { c.raw("wasmModule = ").embed(v) }
func (v KV) write(c *config)        { c.raw("kvNamespace = ").string(string(v)) }
func (v R2) write(c *config)        { c.raw("r2Bucket = ").string(string(v)) }
func (v Queue) write(c *config)     { c.raw("queue = ").string(string(v)) }

func (v Service) write(c *config) {
	c.raw("service = (name = ").string(v.Worker)
	if v.Entrypoint != "" {
		c.raw(", entrypoint = ").string(v.Entrypoint)
	}
	if v.Props != "" {
		c.raw(", props = (json = ").string(v.Props).raw(")")
	}
	c.raw(")")
}

func (v Objects) write(c *config) {
	c.raw("durableObjectNamespace = (className = ").string(v.Class)
	if v.Worker != "" {
		c.raw(", serviceName = ").string(v.Worker)
	}
	c.raw(")")
}

func (v Wrapped) write(c *config) {
	c.raw("wrapped = (moduleName = ").string(v.Extension).raw(", innerBindings = [")
	for i, b := range v.Inner {
		if i > 0 {
			c.raw(", ")
		}
		c.binding(b)
	}
	c.raw("])")
}

// raw writes what is not a user's.
func (c *config) raw(text string) *config {
	c.text.WriteString(text)
	return c
}

// string writes a text literal. What is not plainly harmless is an escape of exactly two
// digits, byte by byte, so that nothing in it ends the literal, and nothing after an escape
// is taken for a part of it.
func (c *config) string(s string) *config {
	c.text.WriteByte('"')
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '.', b == '_', b == '-', b == '/', b == ':', b == ' ':
			c.text.WriteByte(b)
		default:
			fmt.Fprintf(&c.text, `\x%02x`, b)
		}
	}
	c.text.WriteByte('"')
	return c
}

// embed refers to a file of the configuration's folder, whose name is its number.
func (c *config) embed(content []byte) *config {
	c.raw("embed ").string(strconv.Itoa(len(c.files)))
	c.files = append(c.files, content)
	return c
}

// configName is the file that workerd is given.
const configName = "config.capnp"

// writeTo puts the configuration into a folder that only its owner reads: it holds secrets.
func (c *config) writeTo(dir string) error {
	for i, content := range c.files {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), content, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, configName), c.text.Bytes(), 0o600)
}
