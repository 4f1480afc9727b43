package api_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api"
)

type witness struct {
	*httptest.ResponseRecorder
	told []string
}

func (w *witness) Answering(operation string) { w.told = append(w.told, operation) }

func TestAWitnessIsToldTheOperation(t *testing.T) {
	h := newHouse(t)
	for request, want := range map[string][]string{
		"GET " + keysOfA + "/values/k":  {"value_get"},
		"HEAD " + keysOfA + "/values/k": {"value_get"},
		"POST " + keysOfA + "/bulk/get": {"bulk_get"},
		"DELETE " + keysOfA + "/bulk":   {"bulk_delete"},
		"GET /nowhere":                  nil,
		"PATCH " + keysOfA:              nil,
	} {
		method, path, _ := strings.Cut(request, " ")
		w := &witness{ResponseRecorder: httptest.NewRecorder()}
		h.handler.ServeHTTP(w, httptest.NewRequest(method, api.Prefix+path, nil)) // without a token: refused, and told all the same
		if !slices.Equal(w.told, want) {
			t.Errorf("%s: told %q, want %q", request, w.told, want)
		}
	}
	for _, name := range api.Operations() {
		if name == "" {
			t.Errorf("a route has no name in operations: %q", api.Operations())
		}
	}
}
