package lock_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/lock"
)

// byHand is a lock as people may leave it: in another order, with other quotes, blanks and blank lines.
const byHand = `version = 1

# production first: it matters most

[env.production]
  account_name = 'Example Production'
account_id   = "4b1d0f6c2a7e49d38c5b6f1e0a9d7c32" # do not touch


worker = "api-gateway"

[env.production.bindings]
STORAGE = { type = "kv_namespace", id = "70d34c1e5b8f4a6d9e2c7b0a1f3d5e68", title = "api-gateway-production", fingerprint = "sha256:1f" }
MODELS = { type = "r2_bucket", title = "models" }

[top-level]
account_id = "1a2b3c4d5e6f708192a3b4c5d6e7f809"
worker = "api-gateway-dev"
`

// Nothing has changed: not a byte of what people have written is touched.
func TestAsItWas(t *testing.T) {
	for _, text := range []string{byHand, written, strings.ReplaceAll(written, "\n", "\r\n")} {
		f, problems := lock.Parse("bindery.lock", []byte(text))
		if len(problems) > 0 {
			t.Fatalf("%q: %v", text, problems)
		}
		if diff := cmp.Diff(text, string(f.Write(agreed()))); diff != "" {
			t.Errorf("nothing has changed, and the file has (-want +got):\n%s", diff)
		}
	}
}

// Values that are others now are all that changes; what is new or gone is another matter: then the file is put in order.
func TestOnlyWhatChanged(t *testing.T) {
	f, _ := lock.Parse("bindery.lock", []byte(byHand))
	changed := agreed()
	changed[0].AccountID, changed[0].Bindings[0].Title, changed[0].Bindings[1].Title = test, "renamed", "other"
	want := strings.NewReplacer(
		`"4b1d0f6c2a7e49d38c5b6f1e0a9d7c32"`, `"`+test+`"`, `title = "api-gateway-production"`, `title = "renamed"`, `title = "models"`, `title = "other"`,
	).Replace(byHand)
	if diff := cmp.Diff(want, string(f.Write(changed))); diff != "" {
		t.Errorf("three values are others (-want +got):\n%s", diff)
	}
	changed[0].Bindings[0].Fingerprint = ""
	text := string(f.Write(changed))
	again, problems := lock.Parse("bindery.lock", []byte(text))
	if len(problems) > 0 || len(lock.Compare(again.Environments, changed)) > 0 {
		t.Errorf("a fingerprint is gone: problems %v, and it is read as another lock:\n%s", problems, text)
	}
	if strings.Index(text, "[top-level]") > strings.Index(text, "# production first") || !strings.Contains(text, "# do not touch") {
		t.Errorf("it is not in order, or has lost a comment:\n%s", text)
	}
}

// The marks of a merge are an error that says what to do, wherever they stand and whatever the file's line ends are.
func TestMergeMarks(t *testing.T) {
	for _, text := range []string{
		strings.Replace(written, "worker = \"api-gateway\"\n", "<<<<<<< HEAD\nworker = \"api-gateway\"\n=======\nworker = \"other\"\n>>>>>>> branch\n", 1),
		"<<<<<<< HEAD\n" + written + "=======\n>>>>>>> branch\n",
		strings.ReplaceAll("version = 1\n<<<<<<< HEAD\n=======\n>>>>>>> b\n", "\n", "\r\n"),
	} {
		_, problems := lock.Parse("bindery.lock", []byte(text))
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "merge that was not finished") || !strings.Contains(problems[0].Help, "bindery lock") {
			t.Errorf("%q: got %v, want the merge as its one problem", text, problems)
		}
	}
}
