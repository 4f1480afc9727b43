package fleet_test

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/workers"
)

// A version that nobody is served by answers at its own address, where preview URLs are on; and not where there are Durable
// Objects.
func TestPreview(t *testing.T) {
	h := newHouse(t)
	say := func(word string) string {
		return `export default { fetch() { return new Response("` + word + `") } }; export class Counter {}`
	}
	one := h.deploy(account, "api", say("one"), `[]`)
	two, err := h.upload(account, "api", say("two"), `[]`, func(u *workers.Upload) { u.Deploy = false })
	if err != nil {
		t.Fatal(err)
	}
	at := func(v workers.Version) string { return v.ID[:8] + "-api.my-test" }
	if status, _ := h.ask(at(two), "/"); status != 404 {
		t.Errorf("preview URLs are off, and it answers %d", status)
	}
	if err := h.SetSubdomain(t.Context(), account, "api", workers.Subdomain{Enabled: true, PreviewsEnabled: true}); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{at(two): "two", at(one): "one", "api.my-test": "one"} {
		if status, body := h.ask(host, "/"); body != want {
			t.Errorf("%s answers %d %q, want %q", host, status, body, want)
		}
	}
	if status, _ := h.ask("00000000-api.my-test", "/"); status != 404 {
		t.Errorf("a version that is not there answers %d", status)
	}
	h.deploy(account, "api", say("three"), `[]`) // ends what runs of the others
	if status, body := h.ask(at(two), "/"); body != "two" {
		t.Errorf("after another deploy: %d %q, want two", status, body)
	}
	h.deploy(account, "api", say("four"), `[{"type":"durable_object_namespace","name":"C","class_name":"Counter"}]`, func(u *workers.Upload) {
		u.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{{NewSQLiteClasses: []string{"Counter"}}}}
	})
	if status, _ := h.ask(at(two), "/"); status != 404 {
		t.Errorf("beside Durable Objects it answers %d, want none", status)
	}
}
