//go:build npm

package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/workers"
)

// workerCommands are those of wrangler that deploy, and look after what is deployed. Each
// group works on the project in testdata/worker.
var workerCommands = [][]command{
	{
		{name: "deploy, a new Worker", run: deployNew},
		{name: "deploy, an existing Worker", run: deployAgain},
		{name: "deploy --env", run: deployEnv},
		{name: "versions upload", run: versionsUpload},
		{name: "versions list", run: versionsList},
		{name: "versions view", run: versionsView},
		{name: "versions deploy, split", run: versionsDeploy},
		{name: "deployments list", run: deploymentsList},
		{name: "deployments status", run: deploymentsStatus},
		{name: "rollback", run: rollback},
		{name: "triggers deploy", run: triggersDeploy},
		{name: "delete", run: deleteWorker},
	},
	{
		{name: "secret put, no Worker yet", run: secretPutDraft},
		{name: "secret list", run: secretList},
		{name: "secret bulk", run: secretBulk},
		{name: "secret delete", run: secretDelete},
		{name: "secret put, the name of a variable", refused: true, run: secretTaken},
		{name: "deploy, secrets stay", run: deployKeepsSecrets},
		{name: "versions secret put", run: versionsSecretPut},
		{name: "rollback to other secrets", run: rollbackSecrets},
		{name: "secret put, bulk and delete after a rollback", refused: true, run: secretsAfterRollback},
	},
	{
		{name: "deploy, a KV id of another account", refused: true, run: deployForeign},
		{name: "deploy, a KV id that is none", refused: true, run: deployPlaceholder},
		{name: "deploy, no such R2 bucket", refused: true, run: deployNoBucket},
		{name: "deploy, no such D1 database", refused: true, run: deployNoDatabase},
		{name: "deploy, no such queue", refused: true, run: deployNoQueue},
		{name: "deploy, no such service", refused: true, run: deployNoService},
		{name: "deploy, a class without migration", refused: true, run: deployNoClass},
		{name: "deploy, a Worker name that is none", refused: true, run: deployBadName},
		{name: "versions upload, a new Worker", refused: true, run: versionsUploadNew},
	},
	{
		{name: "r2 bucket create, list, info, delete", run: r2Buckets},
		{name: "r2 object put, get, delete", run: r2Objects},
		{name: "d1 create, list, info, delete", run: d1Databases},
		{name: "d1 execute --remote --command", run: d1Execute},
		{name: "d1 execute --remote --file", run: d1ExecuteFile},
		{name: "d1 execute --remote --file, SQL that is wrong", refused: true, run: d1ExecuteWrongFile},
		{name: "d1 export --remote", run: d1Export},
		{name: "d1 migrations apply --remote, list", run: d1Migrations},
		{name: "queues create, list, info, delete", run: queuesAll},
		{name: "queues consumer http add, list, remove", run: queuesPulled},
		{name: "queues pause-delivery, resume-delivery, purge, update", run: queuesDelivery},
		{name: "deploy with a queue and its consumer", run: deployQueue},
		{name: "deploy, bindings without id are provisioned", run: deployProvision},
		{name: "deploy with static files", run: deployAssets},
		{name: "deploy with Durable Objects", run: deployObjects},
		{name: "deploy with routes", run: deployRoutes},
	},
	{
		{name: "tail --format json", run: tailJSON},
		{name: "tail --format pretty --status error --method --search", run: tailPretty},
		{name: "tail, no such Worker", refused: true, run: tailNone},
	},
}

const workerName = "api"

// worker puts the project into the shell's directory.
func (s *shell) worker(t *testing.T) {
	t.Helper()
	if err := os.CopyFS(s.dir, os.DirFS(filepath.Join("testdata", "worker"))); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "worker", "wrangler.jsonc"))
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.NewReplacer("PRODUCTION", s.production, "STAGING", s.staging, "FOREIGN", s.foreignNamespace)
	s.file(t, "wrangler.jsonc", []byte(ids.Replace(string(text))))
}

// configured writes a configuration of its own: name, code and date, and what is given.
func (s *shell) configured(t *testing.T, name, more string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(s.dir, "src"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.file(t, "src/plain.js", []byte("export class Counter {}\nexport default { async fetch() { return new Response() }, async queue() {} };\n"))
	s.file(t, "wrangler.jsonc", []byte(`{"name": "`+name+`", "main": "src/plain.js", "compatibility_date": "2026-01-01", `+more+`}`))
}

func (s *shell) versions(t *testing.T, name string) []workers.Version {
	t.Helper()
	all, err := s.house.server.Workers().Versions(t.Context(), s.account, name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// serving is what serves, as "version number:percentage", the newest first.
func (s *shell) serving(t *testing.T, name string) string {
	t.Helper()
	all, err := s.house.server.Workers().Deployments(t.Context(), s.account, name)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, v := range s.versions(t, name) {
		for _, share := range all[0].Versions {
			if share.VersionID == v.ID {
				text, _ := json.Marshal([]float64{float64(v.Number), share.Percentage})
				parts = append(parts, string(text))
			}
		}
	}
	return strings.Join(parts, " ")
}

func (s *shell) serves(t *testing.T, name, want string) {
	t.Helper()
	if got := s.serving(t, name); got != want {
		t.Errorf("of %s serves %s, want %s (version number, percentage)", name, got, want)
	}
}

// bound are the bindings of the newest version, as "NAME type".
func (s *shell) bound(t *testing.T, name string) (all []string) {
	t.Helper()
	for _, b := range s.versions(t, name)[0].Bindings {
		all = append(all, b.Name+" "+b.Type)
	}
	slices.Sort(all)
	return all
}

func (s *shell) binds(t *testing.T, name string, want ...string) {
	t.Helper()
	if got := s.bound(t, name); !slices.Equal(got, want) {
		t.Errorf("%s binds %q, want %q", name, got, want)
	}
}

// absentWorker checks that a refused deploy left nothing.
func (s *shell) absentWorker(t *testing.T, name string) {
	t.Helper()
	if w, err := s.house.server.Workers().Worker(t.Context(), s.account, name); err == nil {
		t.Errorf("there is a Worker %+v, want none", w)
	}
}

// has checks what a command printed.
func has(t *testing.T, said string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(said, w) {
			t.Errorf("said\n%s\nwant %q in it", said, w)
		}
	}
}

func deployNew(t *testing.T, s *shell) {
	s.worker(t)
	said := s.run(t, "deploy")
	v := s.versions(t, workerName)[0]
	has(t, said, "Uploaded api", "schedule: */5 * * * *", "Current Version ID: "+v.ID)
	s.serves(t, workerName, "[1,100]")
	s.binds(t, workerName, "KV kv_namespace", "LIMITS json", "MODE plain_text")
	if v.Source != "wrangler" || len(v.Modules) < 2 || v.Modules[0].Name != "index.js" {
		t.Errorf("the version is %+v; want it of wrangler, with index.js first and a text", v)
	}
	s.refused(t, "namespace has associated scripts: api", "kv", "namespace", "delete", "--namespace-id", s.production)
}

func deployAgain(t *testing.T, s *shell) {
	has(t, s.run(t, "deploy", "--var", "MODE:again"), "Current Version ID: "+s.versions(t, workerName)[0].ID)
	s.serves(t, workerName, "[2,100]")
}

func deployEnv(t *testing.T, s *shell) {
	has(t, s.run(t, "deploy", "--env", "staging"), "Uploaded api-staging")
	s.serves(t, "api-staging", "[1,100]")
}

func versionsUpload(t *testing.T, s *shell) {
	has(t, s.run(t, "versions", "upload", "--message", "third"), s.versions(t, workerName)[0].ID)
	s.serves(t, workerName, "[2,100]")
}

func versionsList(t *testing.T, s *shell) {
	said := s.run(t, "versions", "list")
	for _, v := range s.versions(t, workerName) {
		has(t, said, v.ID)
	}
	has(t, said, "third")
}

func versionsView(t *testing.T, s *shell) {
	v := s.versions(t, workerName)[0]
	has(t, s.run(t, "versions", "view", v.ID), v.ID, "third", s.production, "2026-01-01")
}

func versionsDeploy(t *testing.T, s *shell) {
	all := s.versions(t, workerName)
	s.run(t, "versions", "deploy", all[0].ID+"@10", all[1].ID+"@90", "-y")
	s.serves(t, workerName, "[3,10] [2,90]")
}

func deploymentsList(t *testing.T, s *shell) {
	has(t, s.run(t, "deployments", "list"), s.versions(t, workerName)[0].ID, "10%")
}

func deploymentsStatus(t *testing.T, s *shell) {
	has(t, s.run(t, "deployments", "status"), "90%")
}

func rollback(t *testing.T, s *shell) {
	all := s.versions(t, workerName)
	s.run(t, "rollback", all[2].ID, "-y", "--message", "back")
	s.serves(t, workerName, "[1,100]")
}

func triggersDeploy(t *testing.T, s *shell) {
	has(t, s.run(t, "triggers", "deploy"), "schedule: */5 * * * *")
}

func deleteWorker(t *testing.T, s *shell) {
	s.run(t, "delete", "--force")
	s.absentWorker(t, workerName)
}

func secretPutDraft(t *testing.T, s *shell) {
	s.worker(t)
	s.file(t, "secret", []byte("s3cret"))
	s.typed(t, "s3cret", "secret", "put", "KEY")
	s.binds(t, workerName, "KEY secret_text")
}

func secretList(t *testing.T, s *shell) {
	if said := s.run(t, "secret", "list"); !strings.Contains(said, "KEY") || strings.Contains(said, "s3cret") {
		t.Errorf("said %s, want the name and not the text", said)
	}
}

func secretBulk(t *testing.T, s *shell) {
	s.run(t, "secret", "bulk", s.json(t, "secrets.json", map[string]string{"OTHER": "o", "KEY": "k"}))
	s.binds(t, workerName, "KEY secret_text", "OTHER secret_text")
}

func secretDelete(t *testing.T, s *shell) {
	s.typed(t, "y\n", "secret", "delete", "OTHER")
	s.binds(t, workerName, "KEY secret_text")
}

func deployKeepsSecrets(t *testing.T, s *shell) {
	s.worker(t)
	s.run(t, "deploy")
	s.binds(t, workerName, "KEY secret_text", "KV kv_namespace", "LIMITS json", "MODE plain_text")
}

func secretTaken(t *testing.T, s *shell) {
	s.run(t, "deploy")
	s.file(t, "taken.json", []byte(`{"MODE":"x"}`))
	s.refused(t, "10053", "secret", "bulk", "taken.json")
}

func versionsSecretPut(t *testing.T, s *shell) {
	before := s.serving(t, workerName)
	s.typed(t, "later", "versions", "secret", "put", "LATER")
	s.binds(t, workerName, "KEY secret_text", "KV kv_namespace", "LATER secret_text", "LIMITS json", "MODE plain_text")
	s.serves(t, workerName, before)
}

// What wrangler says of 10220 are the names, and it goes on when it may not ask.
func rollbackSecrets(t *testing.T, s *shell) {
	all := s.versions(t, workerName)
	has(t, s.run(t, "rollback", all[len(all)-1].ID, "-y"), "following secrets have changed", "KEY")
	s.serves(t, workerName, "[1,100]")
}

func secretsAfterRollback(t *testing.T, s *shell) {
	before := s.serving(t, workerName)
	again := *s
	again.input = "x"
	again.refused(t, "latest version of your Worker isn't currently deployed", "secret", "put", "KEY")
	again.input = "y\n"
	again.refused(t, "", "secret", "delete", "KEY")
	s.refused(t, "latest version", "secret", "bulk", "secrets.json")
	s.serves(t, workerName, before)
}

// typed runs wrangler with something on its standard input.
func (s *shell) typed(t *testing.T, input string, args ...string) string {
	t.Helper()
	again := *s
	again.input = input
	return again.run(t, args...)
}

func deployForeign(t *testing.T, s *shell) {
	s.worker(t)
	s.refused(t, "KV namespace '"+s.foreignNamespace+"' not found. [code: 10041]", "deploy", "--env", "production")
	s.absentWorker(t, "api-production")
}

func deployPlaceholder(t *testing.T, s *shell) {
	s.configured(t, "p", `"kv_namespaces": [{"binding": "KV", "id": "YOUR_ID"}]`)
	s.refused(t, "KV namespace 'YOUR_ID' is not valid. Please verify the namespace_id in your configuration. [code: 10042]", "deploy")
}

func deployNoBucket(t *testing.T, s *shell) {
	s.configured(t, "p", `"r2_buckets": [{"binding": "B", "bucket_name": "none"}]`)
	s.refused(t, "R2 bucket 'none' not found. Please use a different name and try again. [code: 10085]", "deploy", "--no-x-provision")
}

func deployNoDatabase(t *testing.T, s *shell) {
	id := "11111111-2222-4333-8444-555555555555"
	s.configured(t, "p", `"d1_databases": [{"binding": "DB", "database_name": "none", "database_id": "`+id+`"}], "kv_namespaces": [{"binding": "KV", "id": "`+s.foreignNamespace+`"}]`)
	s.refused(t, "D1 binding 'DB' references database '"+id+"' which was not found. [code: 10181]", "deploy")
	s.refused(t, "KV namespace '"+s.foreignNamespace+"' not found. [code: 10041]", "deploy") // both are said
}

func deployNoQueue(t *testing.T, s *shell) {
	s.configured(t, "p", `"queues": {"producers": [{"binding": "Q", "queue": "none"}]}`)
	s.refused(t, "none", "deploy", "--no-x-provision")
	s.absentWorker(t, "p")
}

func deployNoService(t *testing.T, s *shell) {
	s.configured(t, "p", `"services": [{"binding": "AUTH", "service": "auth"}]`)
	s.refused(t, "Service binding 'AUTH' references Worker 'auth' which was not found.", "deploy")
}

func deployNoClass(t *testing.T, s *shell) {
	s.configured(t, "p", `"durable_objects": {"bindings": [{"name": "C", "class_name": "Counter"}]}`)
	s.refused(t, "Cannot create binding for class 'Counter' because it is not currently configured to implement Durable Objects.", "deploy")
}

func deployBadName(t *testing.T, s *shell) {
	s.configured(t, "p", `"env": {"Prod X": {}}`)
	s.refused(t, "code: 10016", "deploy", "--env", "Prod X")
}

func versionsUploadNew(t *testing.T, s *shell) {
	s.configured(t, "fresh", `"vars": {}`)
	s.refused(t, "exist", "versions", "upload") // 4.164 says it in words of its own
	s.absentWorker(t, "fresh")
}

func r2Buckets(t *testing.T, s *shell) {
	s.configured(t, "p", `"vars": {}`)
	s.run(t, "r2", "bucket", "create", "models")
	s.refused(t, "10004", "r2", "bucket", "create", "models")
	has(t, s.run(t, "r2", "bucket", "list"), "models")
	has(t, s.run(t, "r2", "bucket", "info", "models"), "models", "object_count:           0")
	s.run(t, "r2", "bucket", "delete", "models")
	s.refused(t, "The specified bucket does not exist. [code: 10006]", "r2", "bucket", "info", "models")
}

func r2Objects(t *testing.T, s *shell) {
	s.run(t, "r2", "bucket", "create", "files")
	s.file(t, "photo", bytes.Repeat([]byte("0123456789"), 2<<20)) // 20 MiB
	for _, key := range []string{"photo", "a/b/c d é.jpg"} {
		s.run(t, "r2", "object", "put", "files/"+key, "--file", "photo", "--content-type", "image/x", "--storage-class", "InfrequentAccess", "--remote")
		has(t, s.run(t, "r2", "bucket", "info", "files"), "object_count:           1", "21 MB")
		s.run(t, "r2", "object", "get", "files/"+key, "--file", "copy", "--remote")
		sent, err := os.ReadFile(filepath.Join(s.dir, "photo"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(s.dir, "copy")); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%s came back with %d bytes, %v; want the %d that were put", key, len(got), err, len(sent))
		}
		s.refused(t, "10008", "r2", "bucket", "delete", "files")
		s.run(t, "r2", "object", "delete", "files/"+key, "--remote")
		s.refused(t, "The specified key does not exist.", "r2", "object", "get", "files/"+key, "--file", "copy", "--remote")
	}
	s.run(t, "r2", "bucket", "delete", "files")
}

func d1Databases(t *testing.T, s *shell) {
	said := s.run(t, "d1", "create", "orders")
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).FindString(said)
	has(t, s.run(t, "d1", "list"), "orders", id)
	has(t, s.run(t, "d1", "info", "orders"), id)
	s.run(t, "d1", "delete", "orders", "-y")
	if said := s.run(t, "d1", "list"); strings.Contains(said, "orders") {
		t.Errorf("after delete:\n%s", said)
	}
}

func d1Execute(t *testing.T, s *shell) {
	s.run(t, "d1", "create", "shop")
	s.database(t, "shop")
	s.run(t, "d1", "execute", "shop", "--remote", "-y", "--command", "CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT); INSERT INTO orders (what) VALUES ('a;b'), ('c')")
	has(t, s.run(t, "d1", "execute", "shop", "--remote", "-y", "--json", "--command", "SELECT * FROM orders"), `"what": "a;b"`, `"rows_read": 2`)
	s.refused(t, "no such table: none: SQLITE_ERROR [code: 7500]", "d1", "execute", "shop", "--remote", "-y", "--command", "SELECT * FROM none")
}

func d1ExecuteFile(t *testing.T, s *shell) {
	s.file(t, "seed.sql", []byte("CREATE TABLE \"named so\" (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT, raw BLOB, big INTEGER, n REAL);\n"+
		"INSERT INTO \"named so\" VALUES (7, 'it''s; é', X'00FF', 9007199254740993, 0.1); -- the end\n"+
		"CREATE INDEX i ON \"named so\" (note); CREATE TRIGGER r AFTER DELETE ON \"named so\" BEGIN SELECT 1; END;"))
	has(t, s.run(t, "d1", "execute", "shop", "--remote", "-y", "--file", "seed.sql"), "Executed 4 queries")
	has(t, s.run(t, "d1", "execute", "shop", "--remote", "-y", "--json", "--command", "SELECT note FROM \"named so\""), `"note": "it's; é"`)
	has(t, s.run(t, "d1", "info", "shop", "--json"), `"num_tables": 2`)
}

// A file is run whole or not at all.
func d1ExecuteWrongFile(t *testing.T, s *shell) {
	s.file(t, "wrong.sql", []byte("INSERT INTO \"named so\" (note) VALUES ('x'); INSERT INTO none VALUES (1);"))
	s.refused(t, "no such table: none: SQLITE_ERROR [code: 7500]", "d1", "execute", "shop", "--remote", "-y", "--file", "wrong.sql")
	has(t, s.run(t, "d1", "execute", "shop", "--remote", "-y", "--json", "--command", "SELECT count(*) AS n FROM \"named so\""), `"n": 1`)
}

// What is exported makes the same database again.
func d1Export(t *testing.T, s *shell) {
	s.run(t, "d1", "export", "shop", "--remote", "--output", "all.sql")
	first, err := os.ReadFile(filepath.Join(s.dir, "all.sql"))
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(first), "'it''s; é',X'00FF',9007199254740993,0.1", "CREATE TRIGGER r", `INSERT INTO "sqlite_sequence"`)
	s.run(t, "d1", "create", "copy")
	s.database(t, "copy")
	s.run(t, "d1", "execute", "copy", "--remote", "-y", "--file", "all.sql")
	s.run(t, "d1", "export", "copy", "--remote", "--output", "again.sql")
	again, err := os.ReadFile(filepath.Join(s.dir, "again.sql"))
	if err != nil || !bytes.Equal(again, first) {
		t.Errorf("exported, executed and exported again: %v\n%s\nwant\n%s", err, again, first)
	}
	s.run(t, "d1", "export", "copy", "--remote", "--output", "one.sql", "--table", "named so", "--no-schema")
	one, err := os.ReadFile(filepath.Join(s.dir, "one.sql"))
	if err != nil || strings.Contains(string(one), "CREATE") || !strings.Contains(string(one), "it''s") {
		t.Errorf("of one table without its schema: %v\n%s", err, one)
	}
	s.run(t, "d1", "delete", "copy", "-y")
	s.database(t, "shop")
}

func d1Migrations(t *testing.T, s *shell) {
	if err := os.MkdirAll(filepath.Join(s.dir, "migrations"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.file(t, "migrations/0001_first.sql", []byte("CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT);\nCREATE TRIGGER n AFTER INSERT ON notes BEGIN SELECT 1; END;"))
	has(t, s.run(t, "d1", "migrations", "list", "shop", "--remote"), "0001_first.sql")
	s.run(t, "d1", "migrations", "apply", "shop", "--remote")
	has(t, s.run(t, "d1", "migrations", "list", "shop", "--remote"), "No migrations to apply")
	has(t, s.run(t, "d1", "execute", "shop", "--remote", "-y", "--json", "--command", "SELECT count(*) AS n FROM notes"), `"n": 0`)
	s.run(t, "d1", "delete", "shop", "-y")
}

// database writes a configuration with the database of this name.
func (s *shell) database(t *testing.T, name string) {
	t.Helper()
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).FindString(s.run(t, "d1", "info", name))
	s.configured(t, "sql", `"d1_databases": [{"binding": "DB", "database_name": "`+name+`", "database_id": "`+id+`"}]`)
}

func queuesAll(t *testing.T, s *shell) {
	s.run(t, "queues", "create", "jobs")
	s.refused(t, "Queue name 'jobs' is already taken. Please use a different name and try again. [code: 11009]", "queues", "create", "jobs")
	has(t, s.run(t, "queues", "list"), "jobs")
	has(t, s.run(t, "queues", "info", "jobs"), "jobs")
	s.run(t, "queues", "delete", "jobs")
}

func queuesPulled(t *testing.T, s *shell) {
	s.run(t, "queues", "create", "outside")
	s.run(t, "queues", "consumer", "http", "add", "outside", "--batch-size", "2", "--message-retries", "1", "--visibility-timeout-secs", "60", "--dead-letter-queue", "lost")
	s.refused(t, "11004", "queues", "consumer", "http", "add", "outside")
	has(t, s.run(t, "queues", "info", "outside"), "HTTP Pull Consumer")
	has(t, s.run(t, "queues", "list"), "outside", "lost")
	s.run(t, "queues", "consumer", "http", "remove", "outside")
	s.refused(t, "No http_pull consumer exists", "queues", "consumer", "http", "remove", "outside")
	s.run(t, "queues", "delete", "outside")
	s.run(t, "queues", "delete", "lost")
}

func queuesDelivery(t *testing.T, s *shell) {
	s.run(t, "queues", "create", "held")
	has(t, s.run(t, "queues", "pause-delivery", "held"), "Paused message delivery for queue held")
	has(t, s.run(t, "queues", "resume-delivery", "held"), "Resumed message delivery for queue held")
	has(t, s.run(t, "queues", "purge", "held", "--force"), "Purged Queue 'held'")
	s.run(t, "queues", "update", "held", "--delivery-delay-secs", "5")
	s.run(t, "queues", "delete", "held")
}

func deployQueue(t *testing.T, s *shell) {
	s.run(t, "queues", "create", "work")
	s.configured(t, "q", `"queues": {"producers": [{"binding": "Q", "queue": "work"}], "consumers": [{"queue": "work", "max_batch_size": 5}]}`)
	has(t, s.run(t, "deploy"), "Producer for work", "Consumer for work")
	s.run(t, "deploy") // changes the consumer that is there
	s.binds(t, "q", "Q queue")
	s.run(t, "queues", "consumer", "worker", "remove", "work", "q")
	s.run(t, "delete", "--force")
}

func deployProvision(t *testing.T, s *shell) {
	s.configured(t, "fresh", `"kv_namespaces": [{"binding": "CACHE"}], "r2_buckets": [{"binding": "FILES"}], "d1_databases": [{"binding": "DB"}]`)
	s.run(t, "deploy")
	s.binds(t, "fresh", "CACHE kv_namespace", "DB d1", "FILES r2_bucket")
	s.run(t, "deploy") // inherits them
	s.binds(t, "fresh", "CACHE kv_namespace", "DB d1", "FILES r2_bucket")
}

func deployAssets(t *testing.T, s *shell) {
	s.worker(t)
	s.configured(t, "site", `"assets": {"directory": "public", "binding": "ASSETS"}`)
	s.run(t, "deploy")
	v := s.versions(t, "site")[0]
	f := v.Assets.Files["/index.html"]
	content, err := s.house.server.Workers().Asset(t.Context(), s.account, f)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Value.Close()
	text, err := io.ReadAll(content.Value)
	if err != nil || string(text) != "<h1>static</h1>\n" || !strings.HasPrefix(f.Type, "text/html") {
		t.Errorf("the file is %q %+v, %v", text, f, err)
	}
	s.run(t, "deploy") // nothing to upload
	if again := s.versions(t, "site")[0].Assets.Files["/index.html"]; again != f {
		t.Errorf("deployed again, the file is %+v, want %+v", again, f)
	}
}

func deployObjects(t *testing.T, s *shell) {
	const objects = `"durable_objects": {"bindings": [{"name": "C", "class_name": "Counter"}]}, "migrations": [{"tag": "v1", "new_sqlite_classes": ["Counter"]}]`
	s.configured(t, "objects", objects)
	s.run(t, "deploy")
	s.run(t, "deploy") // no migration any more
	s.serves(t, "objects", "[2,100]")
	w, err := s.house.server.Workers().Worker(t.Context(), s.account, "objects")
	if err != nil || w.MigrationTag != "v1" || !w.Classes["Counter"].SQLite {
		t.Errorf("the Worker is %+v, %v; want the class Counter and the tag v1", w, err)
	}
}

func deployRoutes(t *testing.T, s *shell) {
	s.configured(t, "routed", `"routes": ["example.com/*"]`)
	has(t, s.run(t, "deploy"), "example.com/*")
}
