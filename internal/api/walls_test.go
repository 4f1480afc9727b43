package api_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// TestWalls sends random requests with random tokens to every route there is, and demands of each answer:
//
//   - it changes nothing in an account that the token does not cover;
//   - nothing in it comes from there;
//   - it is the same, in status, header and body, when every account and namespace that the token does
//     not cover is replaced in the request by one that is not there at all;
//   - where the token covers nothing of what is asked for, the platform's records are not read, so that
//     the time it takes says nothing either (TestWallsTakeTheSameWork has the rest).
func TestWalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStreet(t)
		t.Repeat(map[string]func(*rapid.T){"request": s.request})
	})
}

const (
	nobodys          = "dddddddddddddddddddddddddddddddd" // an account that is not there
	nothing          = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee" // a namespace that is not there
	everybodys       = "99999999999999999999999999999999" // a namespace id that each account has, with data of its own
	accountC         = "cccccccccccccccccccccccccccccccc"
	namespaceC       = "00112233445566778899aabbccddeeff"
	cloudflareSecret = "cfut_0123456789abcdefghijABCDEFGHIJ0123456789ABCDEF"
)

// street is three accounts behind one API. What is in an account has its letter in its name.
type street struct {
	handler  http.Handler
	platform *platform.Platform
	records  *countedRecords
	holders  []holder
}

// holder is somebody with a token, or what they take for one.
type holder struct {
	name, secret string
	sees         []string
	edits        bool
}

type home struct{ letter, account, namespace string }

var houses = []home{{"A", accountA, namespaceA}, {"B", accountB, namespaceB}, {"C", accountC, namespaceC}}

// countedRecords counts reads.
type countedRecords struct {
	platform.Records
	scans int
}

func (c *countedRecords) Scan(ctx context.Context, prefix string, visit func(string, []byte) error) error {
	c.scans++
	return c.Records.Scan(ctx, prefix, visit)
}

func newStreet(t rapid.TB) *street {
	ctx := context.Background()
	store := memkv.New(memkv.Options{})
	now := time.Now()
	s := &street{records: &countedRecords{Records: store}}
	open := func(records platform.Records) *platform.Platform {
		p, err := platform.Open(records, store, platform.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := open(s.records)
	s.platform, s.handler = p, newAPI(p, s.records, store, api.Options{})
	for _, h := range houses {
		if _, err := p.EnsureAccount(ctx, "account-of-"+h.letter, h.account); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{h.namespace, everybodys} {
			if _, err := p.CreateNamespace(ctx, h.account, id, "title-of-"+h.letter+id[:4]); err != nil {
				t.Fatal(err)
			}
			ns, err := p.Namespace(ctx, h.account, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"key", "key-of-" + h.letter} {
				if err := ns.Put(ctx, kv.Pair{Key: key, Item: kv.Item{Value: []byte("value-of-" + h.letter), Metadata: []byte(`"metadata-of-` + h.letter + `"`)}}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	soon := now.Add(time.Minute)
	a, ab, everyone := []string{accountA}, []string{accountA, accountB}, []string(nil)
	for _, made := range []struct {
		name     string
		accounts []string
		may      platform.Permission
		expires  *time.Time
		sees     []string
	}{
		{"one", a, platform.Edit, nil, a},
		{"several", ab, platform.Edit, nil, ab},
		{"several, read", ab, platform.Read, nil, ab},
		{"all", everyone, platform.Edit, nil, []string{accountA, accountB, accountC}},
		{"read", a, platform.Read, nil, a},
		{"admin", a, platform.Admin, nil, a},
		{"expired", a, platform.Edit, &soon, nil},
		{"revoked", a, platform.Edit, nil, nil},
	} {
		secret, info, err := p.CreateToken(ctx, platform.TokenInfo{Name: "token-of-" + made.name, Accounts: made.accounts, Permission: made.may, Expires: made.expires})
		if err != nil {
			t.Fatal(err)
		}
		if made.name == "revoked" {
			if err := p.RevokeToken(ctx, info.ID); err != nil {
				t.Fatal(err)
			}
		}
		s.holders = append(s.holders, holder{made.name, secret, made.sees, made.may != platform.Read})
	}
	other := memkv.New(memkv.Options{})
	elsewhere, err := platform.Open(other, other, platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	unknown, _, err := elsewhere.CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"unknown": unknown, "malformed": "no token", "mistyped": s.holders[0].secret + "x", "Cloudflare's": cloudflareSecret, "none": ""} {
		s.holders = append(s.holders, holder{name: name, secret: secret})
	}
	slices.SortFunc(s.holders, func(a, b holder) int { return strings.Compare(a.name, b.name) })
	now = soon // expired is expired
	return s
}

// asked is a request, with {account} and {namespace} of its path apart.
type asked struct {
	method, path, query, body string
	account, namespace, key   string
}

func (q asked) send(s *street, secret string) *httptest.ResponseRecorder {
	path := strings.NewReplacer("{account}", url.PathEscape(q.account), "{namespace}", url.PathEscape(q.namespace),
		"{key}", url.PathEscape(q.key)).Replace(q.path)
	if i := strings.Index(path, "{"); i >= 0 { // a parameter that somebody added: an id like any other
		path = path[:i] + nothing + path[strings.Index(path, "}")+1:]
	}
	req := httptest.NewRequest(q.method, api.Prefix+path+"?"+q.query, strings.NewReader(q.body))
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req)
	rec.Header().Del("Cf-Ray")
	return rec
}

var anyBody = rapid.SampledFrom([]string{
	"", `{"title":"title-of-B` + namespaceB[:4] + `"}`, `{"title":"new"}`, `{"keys":["key","key-of-B"]}`, `{"keys":["key"],"withMetadata":true}`,
	`["key","key-of-C"]`, `[{"key":"key","value":"written"}]`, "raw", "{",
})

func drawRequest(t *rapid.T) asked {
	route := rapid.SampledFrom(api.Routes()).Draw(t, "route")
	q := asked{
		account:   rapid.SampledFrom([]string{accountA, accountB, accountC, nobodys, "malformed"}).Draw(t, "account"),
		namespace: rapid.SampledFrom([]string{namespaceA, namespaceB, namespaceC, everybodys, nothing, "malformed"}).Draw(t, "namespace"),
		key:       rapid.SampledFrom([]string{"key", "key-of-B", "key-of-C", "none", "..", "a/b"}).Draw(t, "key"),
		query:     rapid.SampledFrom([]string{"", "prefix=key", "limit=10", "page=2&per_page=1", "order=title&direction=desc", "cursor=x", "expiration_ttl=60"}).Draw(t, "query"),
		body:      anyBody.Draw(t, "body"),
	}
	q.method, q.path, _ = strings.Cut(route, " ")
	return q
}

func (s *street) request(t *rapid.T) {
	who := rapid.SampledFrom(s.holders).Draw(t, "holder")
	q := drawRequest(t)
	before := s.held(t)
	s.records.scans = 0
	got := q.send(s, who.secret)
	scans := s.records.scans
	after := s.held(t)

	own := "" // what is in the token's accounts, which somebody may have called after another's
	for _, account := range who.sees {
		own += fmt.Sprint(before[account])
	}
	for _, h := range houses {
		covered := slices.Contains(who.sees, h.account)
		if diff := cmp.Diff(before[h.account], after[h.account]); diff != "" && !(covered && who.edits && q.account == h.account) {
			t.Fatalf("%s, %+v: changed account %s (-before +after):\n%s", who.name, q, h.letter, diff)
		}
		for _, seen := range []string{"account-of-", "title-of-", "key-of-", "value-of-", "metadata-of-"} {
			if mark := seen + h.letter; !covered && strings.Contains(got.Body.String(), mark) && !strings.Contains(own+q.body+q.key, mark) {
				t.Fatalf("%s, %+v: sees %q of account %s:\n%s", who.name, q, mark, h.letter, got.Body)
			}
		}
	}

	twin := q
	if q.account != "malformed" && !slices.Contains(who.sees, q.account) {
		twin.account = nobodys
		twin.namespace = strings.NewReplacer(namespaceA, nothing, namespaceB, nothing, namespaceC, nothing, everybodys, nothing).Replace(q.namespace)
		if scans > 0 {
			t.Fatalf("%s, %+v: %d reads of the records for an account that is not the token's", who.name, q, scans)
		}
	} else if _, there := before[q.account][q.namespace]; !there && q.namespace != "malformed" {
		twin.namespace = nothing
	}
	if twin == q {
		return
	}
	if got.Code == 200 && strings.Contains(q.path, "{account}") && (strings.Contains(q.path, "{namespace}") || twin.account != q.account) {
		t.Fatalf("%s, %+v: got %d for what is not the token's:\n%s", who.name, q, got.Code, got.Body)
	}
	if got.Code == 200 && q.method != "GET" {
		return // it made something of the token's own; asked again, the answer may differ
	}
	want := twin.send(s, who.secret)
	same := strings.NewReplacer(q.account, twin.account, q.namespace, twin.namespace)
	if got.Code != want.Code || same.Replace(got.Body.String()) != want.Body.String() || !cmp.Equal(got.Header(), want.Header()) {
		t.Fatalf("%s, %+v:\n%d %v %s\nthe same for what is not there at all:\n%d %v %s",
			who.name, q, got.Code, got.Header(), got.Body, want.Code, want.Header(), want.Body)
	}
}

// held is all that the accounts hold: by account, then namespace, title and keys.
func (s *street) held(t rapid.TB) map[string]map[string][]string {
	ctx := context.Background()
	all := map[string]map[string][]string{}
	for _, h := range houses {
		all[h.account] = map[string][]string{}
		listed, err := s.platform.Namespaces(ctx, h.account)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range listed {
			lines := []string{info.Title}
			ns, err := s.platform.Namespace(ctx, h.account, info.ID)
			if err != nil {
				t.Fatal(err)
			}
			page, err := ns.List(ctx, kv.ListQuery{})
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range page.Keys {
				item, err := ns.Get(ctx, k.Name)
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, fmt.Sprintf("%s=%s %s %d", k.Name, item.Value, item.Metadata, item.Expiration))
			}
			all[h.account][info.ID] = lines
		}
	}
	return all
}

// TestWallsTakeTheSameWork stands in for a stopwatch, which on a busy machine measures the machine: a
// request for what is behind a wall allocates what one for nothing at all does, on every route.
func TestWallsTakeTheSameWork(t *testing.T) {
	s := newStreet(t)
	s.held(t) // the namespaces of all accounts are in memory
	for _, who := range s.holders {
		if who.name != "one" && who.name != "read" && who.name != "revoked" && who.name != "unknown" {
			continue
		}
		for _, route := range api.Routes() {
			method, path, _ := strings.Cut(route, " ")
			if !strings.Contains(path, "{account}") {
				continue
			}
			work := func(account, namespace string) float64 {
				q := asked{method: method, path: path, account: account, namespace: namespace, key: "key", body: `{"title":"t"}`}
				least := math.Inf(1) // of several, as a pool is empty now and then
				for range 20 {
					least = min(least, testing.AllocsPerRun(1, func() { q.send(s, who.secret) }))
				}
				return least
			}
			if behind, nowhere := work(accountC, namespaceC), work(nobodys, nothing); behind != nowhere {
				t.Errorf("%s, %s: %v allocations for another's account, %v for one that is not there", who.name, route, behind, nowhere)
			}
			if who.sees == nil || !strings.Contains(path, "{namespace}") {
				continue
			}
			if behind, nowhere := work(accountA, namespaceC), work(accountA, nothing); behind != nowhere {
				t.Errorf("%s, %s: %v allocations for another's namespace, %v for one that is not there", who.name, route, behind, nowhere)
			}
		}
	}
}

// Those who hold what was a token, or never was one, are told the same.
func TestTokensThatAreNoneAreAnsweredAlike(t *testing.T) {
	s := newStreet(t)
	for _, route := range api.Routes() {
		method, path, _ := strings.Cut(route, " ")
		q := asked{method: method, path: path, account: accountA, namespace: namespaceA, key: "key"}
		answers := map[string][]string{}
		for _, who := range s.holders {
			if slices.Contains([]string{"expired", "revoked", "unknown", "mistyped"}, who.name) {
				got := q.send(s, who.secret)
				text := fmt.Sprint(got.Code, got.Header(), got.Body)
				answers[text] = append(answers[text], who.name)
				if got.Code != 401 {
					t.Errorf("%s, %s: got %d, want 401", who.name, route, got.Code)
				}
			}
		}
		if len(answers) != 1 {
			t.Errorf("%s: answers differ: %q", route, answers)
		}
	}
}
