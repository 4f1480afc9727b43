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
		optional bool
		state    string
		overall  string
	}{
		{"nobody asks", true, nil, false, "", AllPassed},
		{"never sealed", false, &fingerprint.Expected{Record: production}, false, "", AllPassed},
		{"right", true, &fingerprint.Expected{Record: production}, false, string(fingerprint.Right), AllPassed},
		{"another environment's", true, &fingerprint.Expected{Record: test}, false, string(fingerprint.Other), CriticalFailed},
		{"another environment's, not critical", true, &fingerprint.Expected{Record: test}, true, string(fingerprint.Other), CriticalPassed},
		{"seal lost", false, &fingerprint.Expected{Record: production, Digest: "sha256:a"}, false, string(fingerprint.Unsealed), CriticalFailed},
		{"sealed anew", true, &fingerprint.Expected{Record: production, Digest: "sha256:a"}, false, string(fingerprint.Changed), CriticalFailed},
		{"two bindings, one namespace", true, &fingerprint.Expected{Record: production, Twin: "STORE"}, false, string(fingerprint.Shared), CriticalFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			ns := sound()
			if c.seal {
				if _, err := fingerprint.Seal(t.Context(), ns, production, time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			target := Target{Binding: "CACHE", Optional: c.optional, Expected: c.want, Open: func(context.Context) (kv.Namespace, error) { return ns, nil }}
			data := Summarize(RunAll(t.Context(), []Target{target}, Options{})).Data
			state := ""
			if data.Fingerprint != nil {
				state = data.Fingerprint.State
			}
			if state != c.state || data.OverallStatus != c.overall || !data.Summary.CleanupVerified {
				t.Errorf("got %q, %s (%+v); want %q, %s", state, data.OverallStatus, data, c.state, c.overall)
			}
		})
	}
}
