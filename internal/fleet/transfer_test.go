package fleet_test

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/workers"
)

// A class goes to another Worker: its objects are there with what they kept, after a restart too,
// and a binding that still names the former place leads to the new one.
func TestTransferredObjects(t *testing.T) {
	h := newHouse(t)
	const class = ` extends DurableObject { async fetch() { const n = (await this.ctx.storage.get("n") ?? 0) + 1; await this.ctx.storage.put("n", n); return new Response(this.env.NAME + n) } }
		export default { fetch(r, env) { return env.C.get(env.C.idFromName("x")).fetch(r) } }`
	code := func(name string) string {
		return `import { DurableObject } from "cloudflare:workers"; export class ` + name + class
	}
	bound := func(name, more string) string {
		return `[{"name":"NAME","type":"plain_text","text":"` + name + `:"},{"name":"C","type":"durable_object_namespace"` + more + `}]`
	}
	migrate := func(step workers.MigrationStep) func(*workers.Upload) {
		return func(u *workers.Upload) {
			u.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{step}}
		}
	}
	h.deploy(account, "old", code("Counter"), bound("old", `,"class_name":"Counter"`), migrate(workers.MigrationStep{NewSQLiteClasses: []string{"Counter"}}))
	h.deploy(account, "friend", code("Unused"), bound("friend", `,"class_name":"Counter","script_name":"old"`))
	h.expect("old.my-test", "/", 200, "old:1")
	h.expect("friend.my-test", "/", 200, "old:2")

	h.deploy(account, "new", code("Tally"), bound("new", `,"class_name":"Tally"`),
		migrate(workers.MigrationStep{TransferredClasses: []workers.TransferredClass{{From: "Counter", FromScript: "old", To: "Tally"}}}))
	h.expect("new.my-test", "/", 200, "new:3")
	h.expect("old.my-test", "/", 200, "new:4")
	h.expect("friend.my-test", "/", 200, "new:5")

	h.close()
	h.open()
	h.expect("new.my-test", "/", 200, "new:6")
	h.expect("friend.my-test", "/", 200, "new:7")
}
