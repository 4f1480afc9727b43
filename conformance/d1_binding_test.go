//go:build npm

package conformance

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

const d1BindingWorker = "testdata/d1/worker.js"

// TestD1Binding: a Worker that makes every call of a D1 binding, right and wrong, sees the same when it is
// deployed to Bindery as on miniflare.
func TestD1Binding(t *testing.T) {
	theirs := askWorker(t, startMiniflare(t, d1BindingWorker, `{"d1Databases":["DB"]}`), "")
	compareOutcomes(t, runWithDatabase(t), theirs, nil)
}

// runWithDatabase deploys the Worker with a database that is made for it.
func runWithDatabase(t *testing.T) []outcome {
	t.Helper()
	f := newHouse(t, server.Throttle{}).flat(t, "sql")
	r, err := http.NewRequestWithContext(t.Context(), "POST", f.house.server.BaseURL()+"/accounts/"+f.account+"/d1/database", strings.NewReader(`{"name":"db"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.token)
	var made struct{ Result struct{ UUID string } }
	decodeAnswer(t, r, &made)

	return runDeployed(t, f, d1BindingWorker, `[{"name":"DB","type":"d1","id":"`+made.Result.UUID+`"}]`)
}

// runDeployed deploys the Worker of a file to a house, with the bindings given, and has it make its calls.
func runDeployed(t *testing.T, f *flat, file, bindings string) (outcomes []outcome) {
	t.Helper()
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	u := workers.Upload{
		Deploy: true, CompatibilityDate: "2026-04-01",
		Modules: []workers.SentModule{{Name: "worker.js", Kind: workers.KindESModule, Content: code}},
	}
	if err := json.Unmarshal([]byte(bindings), &u.Bindings); err != nil {
		t.Fatal(err)
	}
	if _, err := f.house.server.Workers().Upload(t.Context(), f.account, "made", u); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", f.house.server.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "made." + f.account + ".localhost"
	decodeAnswer(t, r, &outcomes)
	return outcomes
}

func decodeAnswer(t *testing.T, r *http.Request, v any) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(v); err != nil {
		t.Fatalf("%s: %s: %v", r.URL, answer.Status, err)
	}
}
