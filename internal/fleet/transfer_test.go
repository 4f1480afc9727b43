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

// A class has another name: what binds it by the former one reaches it, also after a restart. When the class is
// deleted that binding throws, and its Worker goes on.
func TestRenamedObjects(t *testing.T) {
	h := newHouse(t)
	objects := func(class string) string {
		return `import { DurableObject } from "cloudflare:workers"; export class ` + class + ` extends DurableObject {
			async next() { const n = (await this.ctx.storage.get("n") ?? 0) + 1; await this.ctx.storage.put("n", n); return n } }
			export default { fetch() { return new Response("` + class + `") } }`
	}
	migrate := func(old, tag string, step workers.MigrationStep) func(*workers.Upload) {
		return func(u *workers.Upload) {
			u.Migrations = &workers.Migrations{OldTag: old, NewTag: tag, Steps: []workers.MigrationStep{step}}
		}
	}
	rename := func(from, to string) workers.MigrationStep {
		return workers.MigrationStep{RenamedClasses: []workers.RenamedClass{{From: from, To: to}}}
	}
	h.deploy(account, "owner", objects("A"), `[]`, migrate("", "v1", workers.MigrationStep{NewSQLiteClasses: []string{"A"}}))
	h.deploy(account, "guest", `export default { async fetch(r, env) { try { return new Response(await env.C.get(env.C.idFromName("x")).next()) } catch (e) { return new Response(e.message) } } }`,
		`[{"name":"C","type":"durable_object_namespace","class_name":"A","script_name":"owner"}]`)
	h.expect("guest.my-test", "/", 200, "1")
	h.deploy(account, "owner", objects("B"), `[]`, migrate("v1", "v2", rename("A", "B")))
	h.expect("guest.my-test", "/", 200, "2")
	h.deploy(account, "owner", objects("C"), `[]`, migrate("v2", "v3", rename("B", "C")))
	h.expect("guest.my-test", "/", 200, "3")

	h.close()
	h.open()
	h.expect("guest.my-test", "/", 200, "4")

	h.deploy(account, "owner", `export default { fetch() { return new Response("none") } }`, `[]`, migrate("v3", "v4", workers.MigrationStep{DeletedClasses: []string{"C"}}))
	h.expect("owner.my-test", "/", 200, "none")
	h.expect("guest.my-test", "/", 200, "binding C: Worker owner has no class C of Durable Objects")
}
