package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described is what these tests look at of the document.
type described struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Ref string `json:"$ref"`
		}
	}
	Components struct {
		Responses map[string]struct {
			Content map[string]struct {
				Schema struct {
					Properties struct {
						Errors struct {
							Items struct {
								Properties struct {
									Code struct{ Enum []int }
								}
							}
						}
					}
				}
			}
		}
	}
}

func readDocument(t *testing.T) (d described) {
	t.Helper()
	var all struct {
		Paths map[string]map[string]json.RawMessage
		described
	}
	if err := json.Unmarshal(Document, &all); err != nil {
		t.Fatal(err)
	}
	d = all.described
	d.Paths = map[string]map[string]struct {
		Responses map[string]struct {
			Ref string `json:"$ref"`
		}
	}{}
	for path, members := range all.Paths {
		if members["servers"] != nil { // beside the v4 API: internal/server and internal/probe have those
			continue
		}
		delete(members, "parameters") // of all methods
		text, _ := json.Marshal(members)
		entry := d.Paths[path]
		if err := json.Unmarshal(text, &entry); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		d.Paths[path] = entry
	}
	return d
}

// The document has the routes, all of them and no others.
func TestDocumentHasTheRoutes(t *testing.T) {
	var served, documented []string
	for _, r := range routes {
		if r.method != "" {
			served = append(served, r.method+" "+r.path)
		}
	}
	for path, methods := range readDocument(t).Paths {
		for method := range methods {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(documented)
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("routes differ (-served +documented):\n%s", diff)
	}
}

// The document has the codes of problems.go, all of them and no others, each under its
// status.
func TestDocumentHasTheProblems(t *testing.T) {
	answered, documented := map[string]bool{}, map[string]bool{}
	for _, p := range append(slices.Clone(problems), broken) {
		answered[fmt.Sprint(p.status, " ", p.code)] = true
		if second, ok := beside[p.err]; ok && p.status == 404 {
			answered[fmt.Sprint(p.status, " ", second.Code)] = true
		}
	}
	d := readDocument(t)
	statuses := map[string]string{} // of the shared responses, by name
	for path, methods := range d.Paths {
		for method, operation := range methods {
			for status, response := range operation.Responses {
				name := strings.TrimPrefix(response.Ref, "#/components/responses/")
				if status == "200" || name == "" {
					continue
				}
				if other := statuses[name]; other != "" && other != status {
					t.Errorf("%s %s: %s is answered with %s and with %s", method, path, name, status, other)
				}
				statuses[name] = status
			}
		}
	}
	statuses["MethodNotAllowed"] = strconv.Itoa(http.StatusMethodNotAllowed) // of no operation
	for name, response := range d.Components.Responses {
		for _, code := range response.Content["application/json"].Schema.Properties.Errors.Items.Properties.Code.Enum {
			documented[fmt.Sprint(statuses[name], " ", code)] = true
		}
	}
	if diff := cmp.Diff(answered, documented); diff != "" {
		t.Errorf("statuses and codes differ (-answered +documented):\n%s", diff)
	}
}

func TestServeDocument(t *testing.T) {
	rec := httptest.NewRecorder()
	ServeDocument(rec, httptest.NewRequest("GET", "/openapi.json", nil))
	if rec.Code != 200 || rec.Header().Get("Content-Type") != typeJSON[0] || !json.Valid(rec.Body.Bytes()) {
		t.Errorf("got %d %s, want 200 and JSON", rec.Code, rec.Header())
	}
}
