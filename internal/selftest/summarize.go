package selftest

import (
	"fmt"
	"slices"
	"strings"
)

// Summarize makes the report of the results of one environment; HTTP status is
// 200 when Data.CriticalTestsPassed, else 500.
//
// For one result it is that result. For several, a stage succeeded if it did so
// for every binding; the critical tests passed if binding_check, write_test and
// read_test did for every binding that is not Optional. An Optional binding that
// fails therefore yields CRITICAL_TESTS_PASSED, never CRITICAL_TESTS_FAILED. No
// result at all is a failure: an environment that lost its bindings must not pass.
func Summarize(rs []Result) Report {
	var data Data
	switch len(rs) {
	case 0:
		data = nothingTested()
	case 1:
		data = one(rs[0])
		data.Recommendations = recommend(rs)
	default:
		data = several(rs)
	}
	return Report{Success: data.CriticalTestsPassed, Data: data}
}

func one(r Result) Data {
	details := detailsOf(func(name string) StageJSON {
		s := r.stage(name)
		return StageJSON{Success: s.Success, Message: s.Message, Skipped: s.Skipped, Advice: s.Advice}
	})
	data := conclude(details, !r.astray(), r.Optional || r.Critical())
	if f := r.Fingerprint; f != nil {
		data.Fingerprint = &FingerprintJSON{string(f.State), f.Message, f.Advice, f.Failed()}
	}
	return data
}

func several(rs []Result) Data {
	critical, sealed := true, true
	bindings := make(map[string]BindingData, len(rs))
	for _, r := range rs {
		critical = critical && (r.Optional || r.Critical())
		sealed = sealed && !r.astray()
		each := one(r)
		each.Recommendations = recommend([]Result{r})
		bindings[r.Binding] = BindingData{Critical: !r.Optional, Data: each}
	}
	data := conclude(detailsOf(func(name string) StageJSON { return together(rs, name) }), sealed, critical)
	data.Recommendations = recommend(rs)
	data.Bindings = bindings
	return data
}

// together is a stage over several bindings: its message names those that did not pass.
func together(rs []Result, name string) StageJSON {
	var failed, untried []string
	for _, r := range rs {
		switch s := r.stage(name); {
		case s.Skipped:
			untried = append(untried, r.Binding)
		case !s.Success:
			failed = append(failed, r.Binding+": "+s.Message)
		}
	}
	passed := len(rs) - len(failed) - len(untried)
	parts := append([]string{fmt.Sprintf("%d of %d bindings passed", passed, len(rs))}, failed...)
	if len(untried) > 0 {
		parts = append(parts, "skipped: "+strings.Join(untried, ", "))
	}
	return StageJSON{
		Success: passed == len(rs),
		Skipped: len(failed) == 0 && len(untried) > 0,
		Message: strings.Join(parts, "; "),
	}
}

func nothingTested() Data {
	const advice = "this environment has no KV binding: bindings are not inherited from the top level, " +
		"so add them under the environment itself, then run `bindery check`"
	data := conclude(detailsOf(func(name string) StageJSON {
		if name == BindingCheck {
			return StageJSON{Message: "no KV binding to test", Advice: advice}
		}
		return StageJSON{Skipped: true, Message: "Skipped: " + BindingCheck + " did not pass"}
	}), true, false)
	data.Recommendations = []string{BindingCheck + ": " + advice}
	return data
}

func detailsOf(stage func(name string) StageJSON) TestDetails {
	return TestDetails{
		BindingCheck:  stage(BindingCheck),
		WriteTest:     stage(WriteTest),
		ReadTest:      stage(ReadTest),
		ListTest:      stage(ListTest),
		DeleteTest:    stage(DeleteTest),
		CleanupVerify: stage(CleanupVerify),
	}
}

// conclude fills in what follows from the stages; sealed says that no fingerprint is amiss.
func conclude(d TestDetails, sealed, critical bool) Data {
	s := Summary{
		BindingExists:   d.BindingCheck.Success,
		CanWrite:        d.WriteTest.Success,
		CanRead:         d.ReadTest.Success,
		CanList:         d.ListTest.Success,
		CanDelete:       d.DeleteTest.Success,
		CleanupVerified: d.CleanupVerify.Success,
	}
	all := sealed && s == Summary{true, true, true, true, true, true}
	status := CriticalFailed
	switch {
	case all:
		status = AllPassed
	case critical:
		status = CriticalPassed
	}
	return Data{OverallStatus: status, AllTestsPassed: all, CriticalTestsPassed: critical, TestDetails: d, Summary: s}
}

// recommend lists the advice of all stages, the same advice once with all bindings it is for.
func recommend(rs []Result) []string {
	type item struct {
		stage, advice string
		bindings      []string
	}
	var items []item
	all := true
	for _, r := range rs {
		all = all && r.Passed()
		name := r.Binding
		if r.Optional {
			name += " (not critical)"
		}
		for _, s := range r.facts() {
			if s.Advice == "" {
				continue
			}
			at := slices.IndexFunc(items, func(i item) bool { return i.stage == s.Name && i.advice == s.Advice })
			if at < 0 {
				items = append(items, item{stage: s.Name, advice: s.Advice})
				at = len(items) - 1
			}
			items[at].bindings = append(items[at].bindings, name)
		}
	}
	var out []string
	switch {
	case all && len(rs) == 1:
		out = append(out, "KV binding is fully operational")
	case all:
		out = append(out, fmt.Sprintf("All %d KV bindings are fully operational", len(rs)))
	}
	for _, i := range items {
		out = append(out, fmt.Sprintf("%s: %s: %s", strings.Join(i.bindings, ", "), i.stage, i.advice))
	}
	return out
}

// facts are the stages and the fingerprint, as far as it is amiss.
func (r Result) facts() []Stage {
	if !r.astray() {
		return r.Stages
	}
	return append(slices.Clip(r.Stages), Stage{Name: "fingerprint", Message: r.Fingerprint.Message, Advice: r.Fingerprint.Advice})
}
