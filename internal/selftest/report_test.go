package selftest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// promised is the shape that monitors and pipelines were written against, field order included.
const promised = `{"success":true,"data":{"overall_status":"ALL_TESTS_PASSED","all_tests_passed":true,"critical_tests_passed":true,
 "test_details":{"binding_check":{"success":true,"message":"MARKET_ANALYSIS_CACHE binding exists"},
  "write_test":{"success":true,"message":"Direct KV put() succeeded"},
  "read_test":{"success":true,"message":"Direct KV get() succeeded - data matches"},
  "list_test":{"success":true,"message":"Direct KV list() found test key"},
  "delete_test":{"success":true,"message":"Direct KV delete() succeeded"},
  "cleanup_verify":{"success":true,"message":"Cleanup verified - key deleted"}},
 "summary":{"binding_exists":true,"can_write":true,"can_read":true,"can_list":true,"can_delete":true,"cleanup_verified":true},
 "recommendations":["KV binding is fully operational"]}}`

func TestReportOfOneBindingIsAsPromised(t *testing.T) {
	one := target(sound())
	one.Binding = "MARKET_ANALYSIS_CACHE"
	got, err := json.Marshal(Summarize([]Result{Run(t.Context(), one, Options{})}))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(promised)); err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("report differs (-want +got):\n%s", cmp.Diff(want.String(), string(got)))
	}
}

// The golden files show what users see of bindings in every mixture of states.
func TestReports(t *testing.T) {
	named := func(name string, optional bool, ns kv.Namespace) Target {
		return Target{Binding: name, Optional: optional, Open: func(context.Context) (kv.Namespace, error) { return ns, nil }}
	}
	good := sound()
	readOnly := &kvtest.Faulty{Inner: good, Errors: map[kvtest.Op]error{kvtest.Put: kv.ErrPermission}}
	hidden := &kvtest.Faulty{Inner: good, HideFromLists: true}
	tests := []struct {
		name    string
		targets []Target
		status  string
		success bool
	}{
		{"none", nil, CriticalFailed, false},
		{"one-read-only", []Target{named("CACHE", false, readOnly)}, CriticalFailed, false},
		{"one-optional-read-only", []Target{named("CACHE", true, readOnly)}, CriticalPassed, true},
		{"one-hidden", []Target{named("CACHE", false, hidden)}, CriticalPassed, true},
		{"two-good", []Target{named("CACHE", false, good), named("SESSIONS", true, good)}, AllPassed, true},
		{"optional-fails", []Target{named("CACHE", false, good), named("SESSIONS", true, readOnly)}, CriticalPassed, true},
		{"critical-fails", []Target{named("CACHE", false, readOnly), named("LOGS", true, good), named("SESSIONS", false, readOnly)}, CriticalFailed, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				report := Summarize(RunAll(t.Context(), tt.targets, Options{}))
				if report.Data.OverallStatus != tt.status || report.Success != tt.success || report.Data.CriticalTestsPassed != tt.success {
					t.Errorf("got %s, success %v, critical_tests_passed %v; want %s, %v, %v", report.Data.OverallStatus,
						report.Success, report.Data.CriticalTestsPassed, tt.status, tt.success, tt.success)
				}
				golden(t, tt.name+".json", report)
			})
		})
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
