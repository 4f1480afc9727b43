package wire

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The order of fields is the one that Cloudflare sends.
func TestEnvelopes(t *testing.T) {
	for name, row := range map[string]struct {
		envelope any
		want     string
	}{
		"success": {
			OK(Namespace{ID: "id", Title: "t", SupportsURLEncoding: true}),
			`{"result":{"id":"id","title":"t","supports_url_encoding":true},"errors":[],"messages":[],"success":true}`,
		},
		"success without a result": {
			OK[any](nil),
			`{"result":null,"errors":[],"messages":[],"success":true}`,
		},
		"numbered page": {
			Listed([]string{"a"}, PageInfo{Count: 1, Page: 1, PerPage: 20, TotalCount: 1, TotalPages: 1}),
			`{"result":["a"],"errors":[],"messages":[],"success":true,"result_info":{"count":1,"page":1,"per_page":20,"total_count":1,"total_pages":1}}`,
		},
		"last page of keys": {
			Listed[string](nil, CursorInfo{}),
			`{"result":[],"errors":[],"messages":[],"success":true,"result_info":{"count":0,"cursor":""}}`,
		},
		"failure": {
			Failure(Message{Code: CodeInvalidHeaders, Message: "m", ErrorChain: []Message{{Code: CodeInvalidAuthorizationFormat, Message: "c"}}}),
			`{"result":null,"errors":[{"code":6003,"message":"m","error_chain":[{"code":6111,"message":"c"}]}],"messages":[],"success":false}`,
		},
		"account without a date": {
			Account{ID: "id", Name: "n"},
			`{"id":"id","name":"n"}`,
		},
		"account": {
			Account{ID: "id", Name: "n", Type: "standard", Created: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)},
			`{"id":"id","name":"n","type":"standard","created_on":"2026-11-21T00:00:00Z"}`,
		},
	} {
		got, err := json.Marshal(row.envelope)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != row.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, row.want)
		}
	}
}

// Real answers vary: null for empty lists, bare strings among messages, members that
// nobody has announced.
func TestDecodeEnvelope(t *testing.T) {
	const text = `{"success":true,"errors":null,"messages":["hello",{"code":7,"message":"there"}],
		"result":["k"],"result_info":{"count":1,"cursor":"c","more":true},"timing":{}}`
	var info CursorInfo
	got := Envelope[[]string]{ResultInfo: &info}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := Envelope[[]string]{
		Result: []string{"k"}, Success: true, ResultInfo: &CursorInfo{Count: 1, Cursor: "c"},
		Messages: []Message{{Message: "hello"}, {Code: 7, Message: "there"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded differently (-want +got):\n%s", diff)
	}
}

func TestParseSeconds(t *testing.T) {
	for text, want := range map[string]Seconds{
		"60": 60, "-5": -5, "60.0": 60, "1.9e9": 1_900_000_000, "9223372036854775807": 1<<63 - 1, "0": 0,
	} {
		if got, err := ParseSeconds(text); err != nil || got != want {
			t.Errorf("ParseSeconds(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "1.5", "1e300", "NaN", "Inf", "9223372036854775808", "0x1p3.1", "0x1p6", "1_000.0", "60 "} {
		if got, err := ParseSeconds(text); !errors.Is(err, ErrShape) {
			t.Errorf("ParseSeconds(%q) = %d, %v; want %v", text, got, err, ErrShape)
		}
	}
}

func collect[T any](r io.Reader) ([]T, error) {
	all := []T{}
	for v, err := range Array[T](r) {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Strings longer than what is read at a time, escapes falling on the seams.
func TestArrayOfLongStrings(t *testing.T) {
	want := []string{strings.Repeat(`"\`, 100_000), strings.Repeat("x", 200_000), strings.Repeat(`\`, 99_999)}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.Reader{strings.NewReader(string(text)), iotest.HalfReader(strings.NewReader(" " + string(text)))} {
		got, err := collect[string](r)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("got %d strings, %v; want the %d that were encoded", len(got), err, len(want))
		}
	}
}

func TestArrayPassesOnFailuresOfTheReader(t *testing.T) {
	fail := errors.New("connection lost")
	for _, text := range []string{"", "[", `["a"`, `["a`, `["a",`, `["a"]`, `[1`} {
		r := io.MultiReader(strings.NewReader(text), iotest.ErrReader(fail))
		if _, err := collect[any](r); !errors.Is(err, fail) {
			t.Errorf("Array of %q, then a failure: got %v, want %v", text, err, fail)
		}
	}
}

func TestArrayStopsWhenToldTo(t *testing.T) {
	n := 0
	for range Array[int](strings.NewReader(`[1,2,3]`)) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("got %d items after a break, want 1", n)
	}
}

// Errors name the place, never what stands there.
func TestShapeErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                           "not JSON",
		`{"key":"secret"}`:           "an array is expected",
		`[{"key":"secret"`:           "not JSON",
		`[{"key":secret}]`:           "item 1: not JSON",
		`[{"key":12}]`:               "item 1: key must not be of type number",
		`[{},"secret"]`:              "item 2: it must not be of type string",
		`[{}] secret`:                "something follows the array",
		`[{} {}]`:                    "not JSON",
		"[{\"key\":\"secret\xff\"}]": "item 1: not UTF-8",
		`[{"expiration":1.5}]`:       "item 1: a whole number of seconds is expected",
	} {
		_, err := collect[BulkPair](strings.NewReader(text))
		if !errors.Is(err, ErrShape) || err.Error() != ErrShape.Error()+": "+want {
			t.Errorf("Array of %q: got error %q, want %q", text, err, want)
		}
	}
}

// An array is an array to Array exactly when it is one to encoding/json, and has the
// same items, however the bytes arrive. Only bytes that are no UTF-8 part them.
func FuzzArray(f *testing.F) {
	for _, text := range []string{
		`[]`, ` [ ] `, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2`, `[[1],{"a":[{}]},"]",null]`, `["\"]",",\\"]`, `[-1.5e3,true]`,
		`[{"a":]}]`, `[]]`, `[] []`, `null`, `{}`, `["a"`, `[1}`, `[{]}`, "[\"\xff\"]", `[nul]`, "[1\t,\n2\r]", `["\ud800"]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := collect[json.RawMessage](iotest.OneByteReader(strings.NewReader(text)))
		var want []json.RawMessage
		wantErr := json.Unmarshal([]byte(text), &want)
		if want == nil { // null is no array
			wantErr = ErrShape
		}
		if err != nil && wantErr == nil && strings.Contains(err.Error(), "not UTF-8") {
			t.Skip("encoding/json would take it")
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Array of %q: got error %v, encoding/json has %v", text, err, wantErr)
		}
		if err == nil && !cmp.Equal(got, want) {
			t.Fatalf("Array of %q: got %q, want %q", text, got, want)
		}
		if err != nil && !errors.Is(err, ErrShape) {
			t.Fatalf("Array of %q: got error %v, want %v", text, err, ErrShape)
		}
	})
}

// Whatever a server answers, decoding it neither panics nor takes failure for success.
func FuzzEnvelope(f *testing.F) {
	f.Add(`{"result":[{"name":"k","expiration":1,"metadata":{}}],"errors":[],"messages":[],"success":true,"result_info":{"cursor":"c"}}`)
	f.Add(`{"result":null,"errors":[{"code":10013,"message":"namespace not found","error_chain":["x"]}],"success":false}`)
	f.Add(`{"messages":["text",{"code":1}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		e := Envelope[json.RawMessage]{ResultInfo: &CursorInfo{}}
		if json.Unmarshal([]byte(text), &e) != nil {
			return
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("decoded %q, but cannot encode it: %v", text, err)
		}
		twice := Envelope[json.RawMessage]{ResultInfo: &CursorInfo{}}
		if err := json.Unmarshal(again, &twice); err != nil || twice.Success != e.Success || len(twice.Errors) != len(e.Errors) {
			t.Fatalf("decoded %q, encoded %q, which decodes as something else (%v)", text, again, err)
		}
	})
}

// A pair that was encoded is decoded as it was.
func FuzzBulkPair(f *testing.F) {
	f.Add(`{"key":"k","value":"v","base64":true,"expiration":1.9e9,"expiration_ttl":60,"metadata":{"a":[1]}}`)
	f.Add(`{"key":"k","value":null,"expiration":null,"metadata":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var p, again BulkPair
		if err := Object(strings.NewReader(text), &p); err != nil {
			if !errors.Is(err, ErrShape) {
				t.Fatalf("Object(%q): got %v, want %v", text, err, ErrShape)
			}
			return
		}
		encoded, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("decoded %q, but cannot encode it: %v", text, err)
		}
		if err := Object(strings.NewReader(string(encoded)), &again); err != nil {
			t.Fatalf("decoded %q, encoded %q: %v", text, encoded, err)
		}
		p.Metadata, again.Metadata = nil, nil // blanks and escapes may differ
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("decoded %q, encoded %q, which is another pair:\n%s", text, encoded, diff)
		}
	})
}
