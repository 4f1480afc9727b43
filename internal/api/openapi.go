package api

import (
	_ "embed"
	"net/http"
)

// Document is the OpenAPI 3.1 description of what is served, as JSON. Package apitest
// holds every request and answer of the tests against it.
//
//go:embed openapi.json
var Document []byte

// ServeDocument answers with the Document; it asks for no token.
func ServeDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = typeJSON
	_, _ = w.Write(Document) // fails only when the client is gone
}
