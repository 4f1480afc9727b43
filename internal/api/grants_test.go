package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A token may do in each part of its account what its policy says of that, and no more.
func TestGrants(t *testing.T) {
	h := newHouse(t)
	const account = "/accounts/" + accountA
	parts := []struct{ read, write, body string }{
		{account + "/storage/kv/namespaces", account + "/storage/kv/namespaces", `{"title":"made"}`},
		{account + "/workers/scripts", account + "/workers/scripts/none/subdomain", `{"enabled":true}`},
		{account + "/r2/buckets", account + "/r2/buckets", `{"name":"made"}`},
		{account + "/d1/database", account + "/d1/database", `{"name":"made"}`},
		{account + "/queues", account + "/queues", `{"queue_name":"made"}`},
		{account + "/tokens", account + "/tokens", `{}`},
	}
	for _, c := range []struct{ groups, may string }{ // of each part: - nothing, r reads, w writes
		{"8b47d2786a534c08a1f94ee8f9f599ef", "r-----"},
		{"f7f0eda5697f475c90846e879bab8666", "w-----"},
		{"8b47d2786a534c08a1f94ee8f9f599ef e086da7e2179491d91ee5f35b3ca210a", "rw----"},
		{"1a71c399035b4950a1bd1466bbe4f420 bf7481a1826f439697cb59a20b22293e b4992e1108244f5d8bfbd5744320c2e1", "-rw---"},
		{"192192df92ee43ac90f2aeeffce67e35 366f57075ffc42689627bcf8242a1b6d", "---rw-"},
		{"5bc3f8b21c554832afc660159ab75fa4", "-----w"},
	} {
		var groups []string
		for id := range strings.FieldsSeq(c.groups) {
			groups = append(groups, `{"id":"`+id+`"}`)
		}
		policies := `"policies":[{"effect":"allow","permission_groups":[` + strings.Join(groups, ",") + `],"resources":{"com.cloudflare.api.account.` + accountA + `":"*"}}]`
		h.tokens["a"] = h.tokens["admin"]
		made := h.send("POST", "/user/tokens", strings.NewReader(`{"name":"t",`+policies+`}`))
		var answer struct {
			Result struct {
				Value    string
				Policies []struct {
					Groups []struct{ ID string } `json:"permission_groups"`
				}
			}
		}
		if err := json.Unmarshal(made.Body.Bytes(), &answer); err != nil || len(answer.Result.Policies) != 1 {
			t.Fatalf("%s: %d %s", c.groups, made.Code, made.Body)
		}
		for _, g := range answer.Result.Policies[0].Groups {
			if !strings.Contains(c.groups, g.ID) {
				t.Errorf("%s: the token has %s too, which nobody asked for", c.groups, g.ID)
			}
		}
		h.tokens["a"] = answer.Result.Value
		got := ""
		for _, p := range parts {
			switch read, write := h.send("GET", p.read, nil), h.send("POST", p.write, strings.NewReader(p.body)); {
			case write.Code != http.StatusForbidden:
				got += "w"
			case read.Code != http.StatusForbidden:
				got += "r"
			default:
				got += "-"
			}
		}
		if got != c.may {
			t.Errorf("%s: it may %s, want %s", c.groups, got, c.may)
		}
		if verify := h.send("GET", account+"/tokens/verify", nil); verify.Code != http.StatusOK {
			t.Errorf("%s: it may not ask what it is: %d %s", c.groups, verify.Code, verify.Body)
		}
	}
}
