package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-dev/bindery/internal/selftest"
)

// selfTest proves one binding, or all KV bindings: 200 when the critical tests
// passed, else 500. Callers who ask for the same while it runs get the same
// report: ten monitors at once cost one write a binding, not ten.
func (h *handler) selfTest(w http.ResponseWriter, r *http.Request) *refusal {
	query, err := url.ParseQuery(r.URL.RawQuery) // what cannot be read must not become a test of all
	if names := query["binding"]; err != nil || len(names) > 1 {
		return refuse(http.StatusBadRequest, "bad_request", "binding may be given once: one name, or none for all")
	}
	name := query.Get("binding")
	targets, unknown := h.targets(name)
	if unknown != nil {
		return unknown
	}
	// The run outlives a caller who hangs up: others may wait for the same report.
	ctx := context.WithoutCancel(r.Context())
	done, _, _ := h.flights.Do(name, func() (any, error) {
		if wait := h.runs.take("all"); wait > 0 {
			return rateLimited(wait), nil
		}
		results := selftest.RunAll(ctx, targets, h.options.SelfTest)
		h.log(ctx, results)
		return selftest.Summarize(results), nil
	})
	report, ok := done.(selftest.Report)
	if !ok {
		return done.(*refusal)
	}
	status := http.StatusOK
	if !report.Data.CriticalTestsPassed {
		status = http.StatusInternalServerError
	}
	writeJSON(w, status, report)
	return nil
}

// targets are the KV bindings, or the one called name. A critical name that nothing
// binds is among them and fails: it may well have been meant to be one. Who asks for
// one by name is answered for that one, so it is not optional.
func (h *handler) targets(name string) ([]selftest.Target, *refusal) {
	var targets []selftest.Target
	var known []string
	for _, b := range h.options.Bindings() {
		if b.Kind != KVNamespace && b.Kind != "" {
			if b.Name == name {
				return nil, refuse(http.StatusNotFound, "unknown_binding",
					fmt.Sprintf("%s is of type %s; the self-test proves KV namespaces only", printable(name), b.Kind))
			}
			continue
		}
		known = append(known, b.Name)
		if name != "" && b.Name != name {
			continue
		}
		target := selftest.Target{}
		if b.Target != nil {
			target = *b.Target
		}
		target.Binding, target.Optional = b.Name, !b.Critical && name == ""
		targets = append(targets, target)
	}
	switch {
	case name == "" || len(targets) > 0:
		return targets, nil
	case len(known) == 0:
		return nil, refuse(http.StatusNotFound, "unknown_binding", fmt.Sprintf("no KV binding is called %s; this environment has none at all", printable(name)))
	}
	return nil, refuse(http.StatusNotFound, "unknown_binding", fmt.Sprintf("no KV binding is called %s; there are %s", printable(name), strings.Join(known, ", ")))
}
