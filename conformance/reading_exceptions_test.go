//go:build npm

package conformance

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// exceptions are the configurations that we read in another way than the newest wrangler, and why.
var exceptions = map[string]string{
	"dialects/read/an-array.json": "wrangler takes an array for an empty configuration; we say that it is none",
}

// exceptionsOlder are those that wrangler 4.86 reads in another way than the newest, and so than we, and why. Nothing in
// the corpus is among them.
var exceptionsOlder = map[string]string{
	"dialects/read/an-array.json": exceptions["dialects/read/an-array.json"],

	"dialects/read/escape-of-toml-1.1.toml":             toml11,
	"dialects/read/newline-in-inline-table.toml":        toml11,
	"dialects/read/trailing-comma-in-inline-table.toml": toml11,

	"environments/refused/legacy-env.toml":           legacyEnv,
	"environments/refused/service-environments.toml": legacyEnv,

	"bindings/read/durable-objects-without-bindings.json": required,
	"bindings/read/flagship-without-app.toml":             required,
	"bindings/read/pipelines-by-stream.toml":              required,
	"bindings/read/what-is-new.jsonc":                     required,
	"keys/read/access-without-dev.jsonc":                  unknownKey,
	"keys/refused/access.jsonc":                           unknownKey,
	"keys/refused/addresses.jsonc":                        unknownKey,
	"keys/read/exports.jsonc":                             unknownKey,
	"keys/refused/exports.jsonc":                          unknownKey,
	"keys/read/exports-without-containers.jsonc":          unknownKey,
	"keys/refused/events.jsonc":                           unknownKey,
	"keys/read/everything.jsonc":                          unknownKey,
	"bindings/read/all-lists.toml":                        unknownKey,
	"bindings/refused/what-is-new.jsonc":                  unknownKey,
	"keys/refused/containers-of-previews.jsonc":           unknownKey,
	"keys/read/containers.jsonc":                          "containers that a Durable Object manages, which 4.86 does not know",
	"keys/refused/containers.jsonc":                       "containers with one name or one class: 4.86 does not compare them",
	"names-twice/refused/a-table-called-binding.toml":     "4.86 makes other objects of tables, which have names",
	"keys/refused/placements.jsonc":                       "4.86 takes false for nothing, and a target that is empty or off",
}

const (
	toml11     = "TOML 1.1, which 4.86 does not read"
	legacyEnv  = "legacy_env, which only 4.86 takes"
	required   = "a key that only 4.86 asks for, or knows by its new name"
	unknownKey = "a key that 4.86 does not know, and reads over"
)

// leniency is a difference in reading that we live with.
type leniency struct {
	why          string
	file, source string // an example
	covers       func(r read, theirs answer) bool
}

// lenient lists all of them that the fuzz may meet.
var lenient = []leniency{
	{
		exceptions["dialects/read/an-array.json"], "wrangler.json", "[]",
		func(r read, theirs answer) bool {
			return theirs.OK && r.config.File.Format == syntax.JSONC && strings.HasPrefix(complaints(r, nil), "expected '{'")
		},
	},
}

// bytesNoEditorWrites are configurations that cannot stand in a text archive.
var bytesNoEditorWrites = map[string]string{
	"read/mark.toml":             "\xEF\xBB\xBFname = \"marked\"\n",
	"read/mark.jsonc":            "\xEF\xBB\xBF{\"name\": \"marked\"}",
	"read/crlf.toml":             "name = \"crlf\"\r\n[env.x]\r\nmain = \"a.js\"\r\n",
	"read/latin1.toml":           "# gr\xFC\xDFe\nname = \"latin\"\n",
	"read/latin1.jsonc":          "{ // gr\xFC\xDFe\n \"name\": \"latin\" }",
	"read/latin1-value.toml":     "name = \"x\"\n[vars]\nCITY = \"K\xF6ln\"\nLITERAL = '\xE9t\xE9'\n",
	"read/latin1-value.jsonc":    "{\"vars\": {\"CITY\": \"K\xF6ln\"}}",
	"read/crlf-string.toml":      "name = \"x\"\r\nmain = \"\"\"\r\na\r\nb\"\"\"\r\n",
	"read/crlf-comment.jsonc":    "// a\r\n{ // b\r\n\"name\": \"x\" /* c\r\n */ }\r\n",
	"read/separators.jsonc":      "{ // \u2028 is no line end\n\"name\": \"x\", \"main\": \"\u2028\" }",
	"read/cr-ends-comment.jsonc": "{ // a\r\"name\": \"x\" }",
	"read/no-newline.jsonc":      "{\"name\": \"x\"} // the end",
	"refused/utf16.toml":         "\xFF\xFEn\x00a\x00m\x00e\x00",
	"refused/utf16.json":         "\xFE\xFF\x00{\x00}",
	"refused/utf32.jsonc":        "\x00\x00\xFE\xFF\x00\x00\x00{",
	"refused/empty.json":         "",
	"refused/lone-cr.toml":       "name = \"x\"\rmain = \"y\"",
}
