package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/deploy"
)

// Overrides are added one line each, whatever the file ends with, and whoever else adds one at the same time.
func TestRecord(t *testing.T) {
	path := deploy.OverridesPath(filepath.Join(t.TempDir(), "bindery.admin.lock"))
	if filepath.Base(path) != "bindery.admin.overrides" {
		t.Errorf("beside bindery.admin.lock it is %s", path)
	}
	if err := os.WriteFile(path, []byte(`{"cut off`), 0o644); err != nil {
		t.Fatal(err)
	}
	v := deploy.Override{At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Who: "ana", Environment: "production", Reason: "a <new>\nline", Overridden: []string{"STORE leads elsewhere"}}
	if err := v.Record(path); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for range 8 {
		both.Go(func() {
			if err := v.Record(path); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 10 || lines[0] != `{"cut off` {
		t.Fatalf("got %d lines, want the one that was cut off and 9:\n%s", len(lines), text)
	}
	for _, line := range lines[1:] {
		var got deploy.Override
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Reason != v.Reason || !got.At.Equal(v.At) {
			t.Errorf("%s: got %+v, %v", line, got, err)
		}
	}
	if err := v.Record(filepath.Join(path, "no folder")); err == nil || !strings.Contains(err.Error(), "record the override") {
		t.Errorf("where it cannot be written: %v", err)
	}
}

// Of refusals all may be overridden, or none is.
func TestForce(t *testing.T) {
	soft, firm := deploy.Refusal{Message: "a", Forcible: true}, deploy.Refusal{Message: "b"}
	for _, c := range []struct {
		all              []deploy.Refusal
		left, overridden int
	}{
		{nil, 0, 0}, {[]deploy.Refusal{soft, soft}, 0, 2}, {[]deploy.Refusal{soft, firm}, 2, 0}, {[]deploy.Refusal{firm}, 1, 0},
	} {
		if left, overridden := deploy.Force(c.all); len(left) != c.left || len(overridden) != c.overridden {
			t.Errorf("%v: got %v and %v, want %d and %d", c.all, left, overridden, c.left, c.overridden)
		}
	}
}

// Another account is never forced, whoever says so: the lock, or a plan.
func TestAccountsAreNotForced(t *testing.T) {
	plan := func(environment, account string, agreed deploy.Agreement) *deploy.Plan {
		return &deploy.Plan{Environment: environment, Account: deploy.PlannedAccount{ID: account, Agreement: agreed}}
	}
	for name, all := range map[string][]deploy.Refusal{
		"not locked":          plan("", "a", deploy.Unlocked).Refusals(true, nil),
		"another account":     plan("", "a", deploy.Agrees).Refusals(true, plan("", "b", deploy.Agrees)),
		"another environment": plan("e", "a", deploy.Agrees).Refusals(true, plan("f", "a", deploy.Agrees)),
	} {
		if len(all) == 0 || all[0].Forcible {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
