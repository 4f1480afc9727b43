package selftest

import (
	"context"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
)

// A binding that leads to a namespace of others fails, though all six stages pass there.
func TestFingerprint(t *testing.T) {
	production := fingerprint.Record{Account: "a", Namespace: "n", Worker: "api", Environment: "production"}
	test := production
	test.Environment = "test"
	for _, c := range []struct {
		name     string
		seal     bool
		want     *fingerprint.Expected
		bindings int
		optional bool
		state    string
		overall  string
	}{
		{"nobody asks", true, nil, 1, false, "", AllPassed},
		{"never sealed", false, &fingerprint.Expected{Record: production}, 1, false, "", AllPassed},
		{"right", true, &fingerprint.Expected{Record: production}, 1, false, string(fingerprint.Right), AllPassed},
		{"another environment's", true, &fingerprint.Expected{Record: test}, 1, false, string(fingerprint.Other), CriticalFailed},
		{"another environment's, not critical", true, &fingerprint.Expected{Record: test}, 1, true, string(fingerprint.Other), CriticalPassed},
		{"seal lost", false, &fingerprint.Expected{Record: production, Digest: "sha256:a"}, 1, false, string(fingerprint.Unsealed), CriticalFailed},
		{"sealed anew", true, &fingerprint.Expected{Record: production, Digest: "sha256:a"}, 1, false, string(fingerprint.Changed), CriticalFailed},
		{"two bindings, one namespace", true, &fingerprint.Expected{Record: production}, 2, false, string(fingerprint.Shared), CriticalFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			ns := sound()
			if c.seal {
				if _, err := fingerprint.Seal(t.Context(), ns, production, time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			var targets []Target
			for _, name := range []string{"CACHE", "STORE"}[:c.bindings] {
				targets = append(targets, Target{Binding: name, Optional: c.optional, Expected: c.want,
					Open: func(context.Context) (kv.Namespace, error) { return ns, nil }})
			}
			data := Summarize(RunAll(t.Context(), targets, Options{})).Data
			fact := data.Fingerprint
			if c.bindings > 1 {
				fact = data.Bindings["CACHE"].Fingerprint
			}
			state := ""
			if fact != nil {
				state = fact.State
			}
			if state != c.state || data.OverallStatus != c.overall || !data.Summary.CleanupVerified {
				t.Errorf("got %q, %s (%+v); want %q, %s", state, data.OverallStatus, data, c.state, c.overall)
			}
		})
	}
}
