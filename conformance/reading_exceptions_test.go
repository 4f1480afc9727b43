//go:build npm

package conformance

// exceptions are the configurations that we read in another way than wrangler 4.86, and why.
var exceptions = map[string]string{
	"dialects/refused/escape-of-toml-1.1.toml":             toml11,
	"dialects/refused/newline-in-inline-table.toml":        toml11,
	"dialects/refused/trailing-comma-in-inline-table.toml": toml11,

	"dialects/read/an-array.json": "wrangler takes an array for an empty configuration; we say that it is none",
}

// readDifferently are mutants of which that holds, too.
var readDifferently = []string{
	// An array for a producer: wrangler warns about its unknown key "0" and looks no further.
	`.queues.producers[0] = ["x"]`, `.queues.producers[1] = ["x"]`,
}

const toml11 = "TOML 1.1, which wrangler 4.164 reads: refusing it would be wrong for all who are up to date"

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
