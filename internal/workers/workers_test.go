package workers_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/workers"
)

const (
	account   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	other     = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	namespace = "0123456789abcdef0123456789abcdef" // of account
)

// holdings are what the accounts of these tests hold: one thing of each kind, in account.
type holdings struct{}

func (holdings) HasNamespace(_ context.Context, a, id string) (bool, error) {
	return a == account && id == namespace, nil
}
func (holdings) HasBucket(_ context.Context, a, name string) (bool, error) {
	return a == account && name == "bucket", nil
}
func (holdings) HasDatabase(_ context.Context, a, id string) (bool, error) {
	return a == account && id == "database", nil
}
func (holdings) HasQueue(_ context.Context, a, name string) (bool, error) {
	return a == account && name == "queue", nil
}

// runtime is a Runtime that runs nothing: it fails scripts that say so, and exports what
// their text names after "export".
type runtime struct{ deployed []string }

func (r *runtime) Try(_ context.Context, _, _ string, v workers.Version, content func(workers.Module) ([]byte, error)) (workers.Trial, error) {
	text, err := content(v.Modules[0])
	if err != nil {
		return workers.Trial{}, err
	}
	if strings.Contains(string(text), "throw") {
		return workers.Trial{}, &workers.ScriptError{Text: "Uncaught Error: boom\n  at index.js:1:7"}
	}
	words := strings.Fields(string(text))
	var classes []string
	for i, word := range words[:max(0, len(words)-1)] {
		if word == "export" {
			classes = append(classes, words[i+1])
		}
	}
	return workers.Trial{StartupMillis: 1, Handlers: []string{"fetch"}, Classes: classes}, nil
}

func (r *runtime) Deployed(account, name string) {
	r.deployed = append(r.deployed, account[:1]+"/"+name)
}

type house struct {
	*workers.Workers
	t       *testing.T
	store   *memkv.Store
	runtime *runtime
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, store: memkv.New(memkv.Options{}), runtime: &runtime{}}
	h.reopen()
	return h
}

// reopen forgets all that is not stored.
func (h *house) reopen() {
	h.Workers = workers.Open(h.store, h.store, holdings{}, workers.Options{Runtime: h.runtime})
}

func bindings(t *testing.T, text string) (all []workers.Binding) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// upload is a deploy of a script with these bindings (JSON).
func (h *house) upload(name, script, bound string, more ...func(*workers.Upload)) (workers.Version, error) {
	h.t.Helper()
	u := workers.Upload{
		Modules:  []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(script)}},
		Bindings: bindings(h.t, bound), Deploy: true, Strict: true,
	}
	for _, change := range more {
		change(&u)
	}
	return h.Upload(h.t.Context(), account, name, u)
}

func (h *house) mustUpload(name, script, bound string, more ...func(*workers.Upload)) workers.Version {
	h.t.Helper()
	v, err := h.upload(name, script, bound, more...)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

func (h *house) serving(name string) string {
	h.t.Helper()
	all, err := h.Deployments(h.t.Context(), account, name)
	if err != nil {
		h.t.Fatal(err)
	}
	return all[0].Versions[0].VersionID
}

// remove says whether the namespace may be removed.
func (h *house) remove() error {
	h.t.Helper()
	removed := false
	err := h.WhileUnbound(h.t.Context(), account, namespace, func() error { removed = true; return nil })
	if removed != (err == nil) {
		h.t.Errorf("removed %v, %v", removed, err)
	}
	return err
}

func versionOnly(u *workers.Upload) { u.Deploy = false }

func TestUploadIsStoredWithItsHistory(t *testing.T) {
	h := newHouse(t)
	first := h.mustUpload("api", "1", `[{"name":"KV","type":"kv_namespace","namespace_id":"`+namespace+`"}]`)
	second := h.mustUpload("api", "2", `[]`, versionOnly)
	if first.Number != 1 || second.Number != 2 {
		t.Errorf("numbers: got %d and %d, want 1 and 2", first.Number, second.Number)
	}
	h.reopen()
	if err := h.remove(); !errors.Is(err, workers.ErrNamespaceBound) || !strings.HasSuffix(err.Error(), ": api") {
		t.Errorf("remove the namespace: got %v, want ErrNamespaceBound that names api", err)
	}
	if got := h.serving("api"); got != first.ID {
		t.Errorf("after a restart %s serves, want %s: the second was not deployed", got, first.ID)
	}
	if _, err := h.Deploy(t.Context(), account, "api", workers.Deployment{Versions: []workers.Share{{VersionID: second.ID, Percentage: 100}}}, false); err != nil {
		t.Fatal(err)
	}
	if got := h.serving("api"); got != second.ID {
		t.Errorf("after the deployment %s serves, want %s", got, second.ID)
	}
	text, err := h.Content(t.Context(), account, second.Modules[0])
	if err != nil || string(text) != "2" {
		t.Errorf("content of the second version: got %q, %v", text, err)
	}
	if diff := cmp.Diff([]string{"a/api", "a/api"}, h.runtime.deployed); diff != "" {
		t.Errorf("what the runtime was told (-want +got):\n%s", diff)
	}
	if err := h.remove(); err != nil {
		t.Errorf("remove the namespace: got %v; nobody binds it, as the second version serves", err)
	}
}

func TestWorkersOfAnotherAccountDoNotExist(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("api", "1", `[]`)
	if _, err := h.Worker(t.Context(), other, "api"); !errors.Is(err, workers.ErrNotFound) {
		t.Errorf("asked of another account: got %v, want ErrNotFound", err)
	}
	if err := h.Delete(t.Context(), other, "api"); !errors.Is(err, workers.ErrNotFound) {
		t.Errorf("deleted by another account: got %v, want ErrNotFound", err)
	}
}

func TestJudgedAtUpload(t *testing.T) {
	for _, row := range []struct {
		what  string
		bound string
		want  error
	}{
		{"namespace of no account", `[{"name":"B","type":"kv_namespace","namespace_id":"ffffffffffffffffffffffffffffffff"}]`, workers.ErrNamespaceMissing},
		{"placeholder", `[{"name":"B","type":"kv_namespace","namespace_id":"YOUR_ID"}]`, workers.ErrNamespaceMalformed},
		{"bucket", `[{"name":"B","type":"r2_bucket","bucket_name":"none"}]`, workers.ErrBucketMissing},
		{"database", `[{"name":"B","type":"d1","id":"none"}]`, workers.ErrDatabaseMissing},
		{"database without id", `[{"name":"B","type":"d1"}]`, workers.ErrBindingInvalid},
		{"queue", `[{"name":"B","type":"queue","queue_name":"none"}]`, workers.ErrQueueMissing},
		{"service", `[{"name":"B","type":"service","service":"none"}]`, workers.ErrServiceMissing},
		{"itself, before it is there", `[{"name":"B","type":"service","service":"api"}]`, workers.ErrServiceMissing},
		{"class without migration", `[{"name":"B","type":"durable_object_namespace","class_name":"C"}]`, workers.ErrClassUnknown},
		{"class of a missing Worker", `[{"name":"B","type":"durable_object_namespace","class_name":"C","script_name":"none"}]`, workers.ErrClassOfNoWorker},
		{"part that was not sent", `[{"name":"B","type":"text_blob","part":"none"}]`, workers.ErrBindingInvalid},
		{"JSON that is not there", `[{"name":"B","type":"json"}]`, workers.ErrBindingInvalid},
		{"nothing to inherit", `[{"name":"B","type":"inherit"}]`, workers.ErrInheritNothing},
		{"one name twice", `[{"name":"B","type":"ai"},{"name":"B","type":"ai"}]`, workers.ErrBindingTaken},
		{"type that nobody knows", `[{"name":"B","type":"teapot"}]`, workers.ErrBindingUnknown},
		{"large variable", `[{"name":"B","type":"plain_text","text":"` + strings.Repeat("x", workers.MaxVarBytes+1) + `"}]`, workers.ErrVarTooLarge},
	} {
		h := newHouse(t)
		_, err := h.upload("api", "1", row.bound)
		var at *workers.BindingError
		if !errors.Is(err, row.want) || !errors.As(err, &at) || at.Binding != "B" {
			t.Errorf("%s: got %v, want %v of binding B", row.what, err, row.want)
		}
		if all, _ := h.List(t.Context(), account); len(all) != 0 {
			t.Errorf("%s: refused, and yet there is %v", row.what, all)
		}
	}
}

// Of a class of another Worker it is said whether its code lacks it, or a migration.
func TestClassOfAnotherWorker(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("owner", "export Plain", `[]`)
	for class, want := range map[string]error{"Plain": workers.ErrClassUnknown, "None": workers.ErrClassElsewhere} {
		_, err := h.upload("api", "1", `[{"name":"B","type":"durable_object_namespace","class_name":"`+class+`","script_name":"owner"}]`)
		if !errors.Is(err, want) {
			t.Errorf("class %s: got %v, want %v", class, err, want)
		}
	}
}

func TestAllThatIsMissingIsSaidAtOnce(t *testing.T) {
	h := newHouse(t)
	_, err := h.upload("api", "1", `[{"name":"A","type":"r2_bucket","bucket_name":"x"},{"name":"B","type":"queue","queue_name":"y"}]`)
	if !errors.Is(err, workers.ErrBucketMissing) || !errors.Is(err, workers.ErrQueueMissing) {
		t.Errorf("got %v, want the bucket and the queue", err)
	}
}

func TestARefusedUploadChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("api", "1", `[]`)
	before, _ := h.Worker(t.Context(), account, "api")
	for _, script := range []string{"throw", "2"} {
		if _, err := h.upload("api", script, `[]`, func(u *workers.Upload) {
			u.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{{NewClasses: []string{"Counter"}}}}
		}); err == nil {
			t.Errorf("script %q that lacks the class: accepted", script)
		}
	}
	after, _ := h.Worker(t.Context(), account, "api")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a refused upload changed the Worker (-before +after):\n%s", diff)
	}
	if all, _ := h.Versions(t.Context(), account, "api"); len(all) != 1 {
		t.Errorf("%d versions, want 1", len(all))
	}
}

func TestSecretsSurviveADeploy(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("api", "1", `[{"name":"VAR","type":"plain_text","text":"v"}]`)
	if err := h.PutSecrets(t.Context(), account, "api", map[string]string{"KEY": "s3cret"}); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	v := h.mustUpload("api", "2", `[]`)
	if len(v.Bindings) != 1 || v.Bindings[0].Name != "KEY" || v.Bindings[0].Field("text") != "s3cret" {
		t.Fatalf("bindings after a plain deploy: got %v, want the secret alone", v.Bindings)
	}
	if shown := string(v.Bindings[0].Shown()); strings.Contains(shown, "s3cret") {
		t.Errorf("a secret is shown: %s", shown)
	}
	if err := h.PutSecrets(t.Context(), account, "api", map[string]string{"KEY": "new"}); err != nil {
		t.Errorf("change the secret: %v", err)
	}
	h.mustUpload("api", "3", `[{"name":"VAR","type":"plain_text","text":"v"}]`)
	if err := h.PutSecrets(t.Context(), account, "api", map[string]string{"VAR": "x"}); !errors.Is(err, workers.ErrBindingTaken) {
		t.Errorf("a secret with a variable's name: got %v, want ErrBindingTaken", err)
	}
	if err := h.DeleteSecret(t.Context(), account, "api", "KEY"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := h.DeleteSecret(t.Context(), account, "api", "KEY"); !errors.Is(err, workers.ErrSecretNotFound) {
		t.Errorf("delete it again: got %v, want ErrSecretNotFound", err)
	}
	h.mustUpload("api", "4", `[]`, versionOnly)
	if err := h.PutSecrets(t.Context(), account, "api", map[string]string{"KEY": "x"}); !errors.Is(err, workers.ErrNotDeployed) {
		t.Errorf("with a version that is not deployed: got %v, want ErrNotDeployed", err)
	}
}

func TestKeepAndInherit(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("api", "1", `[{"name":"VAR","type":"plain_text","text":"v"},{"name":"B","type":"r2_bucket","bucket_name":"bucket"}]`)
	kept := h.mustUpload("api", "2", `[{"name":"B","type":"inherit"}]`, func(u *workers.Upload) { u.Keep = []string{"plain_text"} })
	var names []string
	for _, b := range kept.Bindings {
		names = append(names, b.Name+" "+b.Type)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"B r2_bucket", "VAR plain_text"}, names); diff != "" {
		t.Errorf("bindings (-want +got):\n%s", diff)
	}
}

func TestMigrations(t *testing.T) {
	h := newHouse(t)
	step := func(old, tag string, s workers.MigrationStep) func(*workers.Upload) {
		return func(u *workers.Upload) {
			u.Migrations = &workers.Migrations{OldTag: old, NewTag: tag, Steps: []workers.MigrationStep{s}}
		}
	}
	h.mustUpload("api", "1", `[]`)
	h.reopen() // a Worker that was recorded without classes
	h.mustUpload("api", "export Counter", `[{"name":"C","type":"durable_object_namespace","class_name":"Counter"}]`,
		step("", "v1", workers.MigrationStep{NewSQLiteClasses: []string{"Counter"}}))
	first, _ := h.Worker(t.Context(), account, "api")

	for _, row := range []struct {
		what   string
		script string
		change func(*workers.Upload)
		want   error
	}{
		{"tag of another state", "export Counter", step("", "v2", workers.MigrationStep{}), workers.ErrMigrationTag},
		{"class that exists", "export Counter", step("v1", "v2", workers.MigrationStep{NewClasses: []string{"Counter"}}), workers.ErrClassExists},
		{"rename of no class", "export Counter", step("v1", "v2", workers.MigrationStep{RenamedClasses: []workers.RenamedClass{{From: "X", To: "Y"}}}), workers.ErrClassMissing},
		{"delete of no class", "export Counter", step("v1", "v2", workers.MigrationStep{DeletedClasses: []string{"X"}}), workers.ErrClassMissing},
		{"new class that the code lacks", "export Counter", step("v1", "v2", workers.MigrationStep{NewClasses: []string{"X"}}), workers.ErrClassNotExported},
		{"the code lacks a class with objects", "1", func(*workers.Upload) {}, workers.ErrClassStillNeeded},
	} {
		if _, err := h.upload("api", row.script, `[]`, row.change); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", row.what, err, row.want)
		}
	}

	h.mustUpload("api", "export Tally", `[]`, step("v1", "v2", workers.MigrationStep{RenamedClasses: []workers.RenamedClass{{From: "Counter", To: "Tally"}}}))
	h.reopen()
	renamed, _ := h.Worker(t.Context(), account, "api")
	want := map[string]workers.Class{"Tally": first.Classes["Counter"]}
	if diff := cmp.Diff(want, renamed.Classes); diff != "" || renamed.MigrationTag != "v2" {
		t.Errorf("after the rename at %s (-want +got):\n%s", renamed.MigrationTag, diff)
	}
	if diff := cmp.Diff(map[string]workers.Moved{"Counter": {Worker: "api", Class: "Tally"}}, renamed.Moved); diff != "" {
		t.Errorf("where the class is (-want +got):\n%s", diff)
	}
	h.mustUpload("api", "export Counter", `[]`, step("v2", "v3", workers.MigrationStep{RenamedClasses: []workers.RenamedClass{{From: "Tally", To: "Counter"}}}))
	back, _ := h.Worker(t.Context(), account, "api")
	if diff := cmp.Diff(map[string]workers.Moved{"Tally": {Worker: "api", Class: "Counter"}}, back.Moved); diff != "" {
		t.Errorf("where the class is when it has its first name again (-want +got):\n%s", diff)
	}
}

// A class goes to another Worker with its objects; the former one knows where it is, and keeps the rest.
func TestTransferredClass(t *testing.T) {
	h := newHouse(t)
	migrate := func(old, tag string, s workers.MigrationStep) func(*workers.Upload) {
		return func(u *workers.Upload) {
			u.Migrations = &workers.Migrations{OldTag: old, NewTag: tag, Steps: []workers.MigrationStep{s}}
		}
	}
	take := func(from, script, to string) func(*workers.Upload) {
		return migrate("", "v1", workers.MigrationStep{TransferredClasses: []workers.TransferredClass{{From: from, FromScript: script, To: to}}})
	}
	h.mustUpload("old", "export Counter export Other", `[]`, migrate("", "v1", workers.MigrationStep{NewSQLiteClasses: []string{"Counter", "Other"}}))
	before, _ := h.Worker(t.Context(), account, "old")
	for _, row := range []struct {
		what, script string
		change       func(*workers.Upload)
		want         error
	}{
		{"of no Worker", "export Tally", take("Counter", "none", "Tally"), workers.ErrClassTransfer},
		{"of itself", "export Tally", take("Counter", "new", "Tally"), workers.ErrClassTransfer},
		{"of no class", "export Tally", take("None", "old", "Tally"), workers.ErrClassMissing},
		{"that the code lacks", "1", take("Counter", "old", "Tally"), workers.ErrClassNotExported},
	} {
		if _, err := h.upload("new", row.script, `[]`, row.change); !errors.Is(err, row.want) {
			t.Errorf("a class %s: got %v, want %v", row.what, err, row.want)
		}
	}
	if after, _ := h.Worker(t.Context(), account, "old"); cmp.Diff(before, after) != "" {
		t.Errorf("what was refused changed the Worker (-before +after):\n%s", cmp.Diff(before, after))
	}
	h.mustUpload("new", "export Tally", `[{"name":"T","type":"durable_object_namespace","class_name":"Tally"}]`, take("Counter", "old", "Tally"))
	h.reopen()
	former, _ := h.Worker(t.Context(), account, "old")
	now, _ := h.Worker(t.Context(), account, "new")
	class := before.Classes["Counter"]
	class.From = []string{before.Tag}
	if diff := cmp.Diff(map[string]workers.Class{"Tally": class}, now.Classes); diff != "" {
		t.Errorf("classes of the new Worker (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]workers.Class{"Other": before.Classes["Other"]}, former.Classes); diff != "" {
		t.Errorf("classes of the former Worker (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]workers.Moved{"Counter": {Worker: "new", Class: "Tally"}}, former.Moved); diff != "" {
		t.Errorf("where its class is (-want +got):\n%s", diff)
	}
	const bound = `[{"name":"C","type":"durable_object_namespace","class_name":"Counter"}]`
	if _, err := h.upload("old", "export Counter export Other", bound); !errors.Is(err, workers.ErrClassUnknown) {
		t.Errorf("the next upload that binds the former name: got %v, want ErrClassUnknown", err)
	}
}

func TestDeploymentsRefused(t *testing.T) {
	h := newHouse(t)
	a := h.mustUpload("api", "1", `[]`)
	b := h.mustUpload("api", "2", `[]`)
	share := func(id string, p float64) workers.Share { return workers.Share{VersionID: id, Percentage: p} }
	for _, row := range []struct {
		what   string
		shares []workers.Share
		want   error
	}{
		{"none", nil, workers.ErrDeploymentInvalid},
		{"99 of 100", []workers.Share{share(a.ID, 99)}, workers.ErrDeploymentInvalid},
		{"one twice", []workers.Share{share(a.ID, 50), share(a.ID, 50)}, workers.ErrDeploymentInvalid},
		{"below nothing", []workers.Share{share(a.ID, 110), share(b.ID, -10)}, workers.ErrDeploymentInvalid},
		{"unknown", []workers.Share{share("x", 100)}, workers.ErrVersionNotFound},
		{"halves", []workers.Share{share(a.ID, 50), share(b.ID, 50)}, nil},
	} {
		if _, err := h.Deploy(t.Context(), account, "api", workers.Deployment{Versions: row.shares}, false); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", row.what, err, row.want)
		}
	}
}

func TestDeletedWorkerIsGone(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("api", "1", `[]`)
	if err := h.Delete(t.Context(), account, "api"); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if _, err := h.Versions(t.Context(), account, "api"); !errors.Is(err, workers.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if v := h.mustUpload("api", "1", `[]`); v.Number != 1 {
		t.Errorf("made again, its first version is number %d", v.Number)
	}
}
