package api_test

import (
	"strings"
	"testing"
)

// What wrangler asks for with "r2 bucket info", and takes from the answer.
func TestUsageOfABucket(t *testing.T) {
	h := newHouse(t)
	const buckets = "/accounts/" + accountA + "/r2/buckets"
	result(t, h.form("POST", buckets, `{"name":"photos"}`))
	for key, content := range map[string]string{"a": "12345", "b/c": "123", "again": "x"} {
		result(t, h.form("PUT", buckets+"/photos/objects/"+key, content))
	}
	result(t, h.form("PUT", buckets+"/photos/objects/again", "1234"))
	question := func(account, bucket string) string {
		return `{"query":"query getR2StorageMetrics { viewer { accounts { r2StorageAdaptiveGroups { max { objectCount } } } } }",` +
			`"variables":{"accountTag":"` + account + `","filter":{"bucketName":"` + bucket + `"}}}`
	}
	for _, row := range []struct {
		what, body, want string
		status           int
	}{
		{"the bucket", question(accountA, "photos"), `"max":{"metadataSize":0,"objectCount":3,"payloadSize":12}`, 200},
		{"with its jurisdiction", question(accountA, "eu_photos"), `"objectCount":3`, 200},
		{"another bucket", question(accountA, "none"), `"r2StorageAdaptiveGroups":[]`, 200},
		{"an account that is none", question("x", "photos"), `"r2StorageAdaptiveGroups":[]`, 200},
		{"another account", question(accountB, "photos"), `"code":10000`, 403},
		{"something else", `{"query":"{viewer{__typename}}"}`, `"accounts":[{}]`, 200},
	} {
		if rec := h.form("POST", "/graphql", row.body); rec.Code != row.status || !strings.Contains(rec.Body.String(), row.want) {
			t.Errorf("%s: got %d %s, want %d with %s", row.what, rec.Code, rec.Body, row.status, row.want)
		}
	}
}
