package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// sendForm puts parts, name and content in turns, as a form of unknown length.
func (h *house) sendForm(key string, parts ...any) *httptest.ResponseRecorder {
	var body []io.Reader
	for i := 0; i < len(parts); i += 2 {
		body = append(body, strings.NewReader(fmt.Sprintf("--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n", parts[i])))
		switch part := parts[i+1].(type) {
		case string:
			body = append(body, strings.NewReader(part))
		case io.Reader:
			body = append(body, part)
		}
		body = append(body, strings.NewReader("\r\n"))
	}
	req := httptest.NewRequest("PUT", api.Prefix+keysOfA+"/values/"+key, io.MultiReader(append(body, strings.NewReader("--b--\r\n"))...))
	req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func text(size int) string { return strings.Repeat("0123456789\n", size/11+1)[:size] }

// TestFormsOfLargeValues: the value before the metadata or after, and whatever is wrong
// with the form is found out although the value came first.
func TestFormsOfLargeValues(t *testing.T) {
	large := text(1 << 20)
	for name, row := range map[string]struct {
		parts        []any
		status, code int // 0 code: it is stored
		value        string
	}{
		"value, metadata":            {[]any{"value", large, "metadata", `{"a":1}`}, 200, 0, large},
		"metadata, value":            {[]any{"metadata", `{"a":1}`, "value", large}, 200, 0, large},
		"two values, the later wins": {[]any{"value", large, "metadata", `{"a":1}`, "value", "short"}, 200, 0, "short"},
		"two values, the other way":  {[]any{"value", "short", "value", large, "metadata", `{"a":1}`}, 200, 0, large},
		"metadata is no JSON":        {[]any{"value", large, "metadata", `{`}, 400, wire.CodeMetadataInvalid, ""},
		"metadata is too large":      {[]any{"value", large, "metadata", `"` + strings.Repeat("m", 2000) + `"`}, 413, wire.CodeTooLarge, ""},
		"one byte too many":          {[]any{"value", text(kv.MaxValueBytes + 1), "metadata", `1`}, 413, wire.CodeTooLarge, ""},
		"the value breaks off":       {[]any{"value", io.MultiReader(strings.NewReader(large), iotest.ErrReader(io.ErrUnexpectedEOF))}, 400, wire.CodeMalformedBody, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			got := h.sendForm("key", row.parts...)
			stored := h.send("GET", keysOfA+"/values/key", nil)
			if row.code != 0 {
				wantProblem(t, "form", got, row.status, row.code)
				wantProblem(t, "afterwards", stored, 404, wire.CodeKeyNotFound)
				return
			}
			if got.Code != 200 || stored.Body.String() != row.value {
				t.Errorf("got %d %s, then %d bytes; want the value of %d bytes", got.Code, got.Body, stored.Body.Len(), len(row.value))
			}
			if metadata := h.send("GET", keysOfA+"/metadata/key", nil).Body.String(); !strings.Contains(metadata, `{"a":1}`) {
				t.Errorf("metadata: got %s", metadata)
			}
		})
	}
}

// TestValueIsReadNoFurtherThanItsLimit: a body without a length, and without an end.
func TestValueIsReadNoFurtherThanItsLimit(t *testing.T) {
	h := newHouse(t)
	body := repeated{text: text(1 << 16), n: 1 << 20}
	wantProblem(t, "endless value", h.send("PUT", keysOfA+"/values/key", &body), 413, wire.CodeTooLarge)
	if body.taken > kv.MaxValueBytes+1<<20 {
		t.Errorf("read %d bytes, want no more than about %d", body.taken, kv.MaxValueBytes)
	}
	part := repeated{text: text(1 << 16), n: 1 << 20}
	wantProblem(t, "endless part", h.sendForm("key", "value", &part), 413, wire.CodeTooLarge)
	if part.taken > kv.MaxValueBytes+2<<20 {
		t.Errorf("read %d bytes of the part, want no more than about %d", part.taken, kv.MaxValueBytes)
	}
	wantProblem(t, "afterwards", h.send("GET", keysOfA+"/values/key", nil), 404, wire.CodeKeyNotFound)
}

// TestBulkGetOfLargeValues: the answer is JSON, wherever it was cut on its way.
func TestBulkGetOfLargeValues(t *testing.T) {
	h := newHouse(t)
	want := map[string]string{
		"a": strings.Repeat("é🐎\"\\\x00\u2028<&>\n", 30_000),
		"b": "x" + strings.Repeat("🐎", 40_000),
		"c": "", "d": `"`, "é/\"\x01": "odd key",
	}
	var asked []string
	for key, value := range want {
		asked = append(asked, key, key)
		pairs, _ := json.Marshal([]map[string]any{{"key": key, "value": value, "metadata": map[string]string{"of": key}}})
		if got := h.send("PUT", keysOfA+"/bulk", bytes.NewReader(pairs)); got.Code != 200 {
			t.Fatalf("put: %d %s", got.Code, got.Body)
		}
	}
	keys, _ := json.Marshal(append(asked, "missing"))
	type item struct {
		Value    string            `json:"value"`
		Metadata map[string]string `json:"metadata"`
	}
	var plain wire.Envelope[wire.BulkGetResult[*string]]
	var full wire.Envelope[wire.BulkGetResult[*item]]
	for body, into := range map[string]any{`{"keys":%s}`: &plain, `{"keys":%s,"withMetadata":true}`: &full} {
		got := h.send("POST", keysOfA+"/bulk/get", strings.NewReader(fmt.Sprintf(body, keys)))
		if err := json.Unmarshal(got.Body.Bytes(), into); err != nil || got.Code != 200 {
			t.Fatalf("%s: got %d %.200s, %v", body, got.Code, got.Body, err)
		}
	}
	if !plain.Success || len(plain.Result.Values) != len(want)+1 || plain.Result.Values["missing"] != nil || full.Result.Values["missing"] != nil {
		t.Errorf("got %d values, success %v; want %d and null for the missing", len(plain.Result.Values), plain.Success, len(want)+1)
	}
	for key, value := range want {
		if got := plain.Result.Values[key]; got == nil || *got != value {
			t.Errorf("key %q: got another value than %.20q…", key, value)
		}
		if got := full.Result.Values[key]; got == nil || got.Value != value || got.Metadata["of"] != key {
			t.Errorf("key %q with metadata: got %+.60v, want value %.20q…", key, got, value)
		}
	}
}

// TestBulkBodiesTakeTurns: no more than one body of the largest size is in memory; who
// waits is served when there is room, or told so after a minute.
func TestBulkBodiesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		put := func(body io.Reader) chan int {
			done := make(chan int, 1)
			go func() { done <- h.send("PUT", keysOfA+"/bulk", body).Code }()
			synctest.Wait()
			return done
		}
		pair := `[{"key":"k","value":"v"}]`
		slow, end := io.Pipe() // its length is unknown: it may be the longest
		first := put(slow)
		second := put(strings.NewReader(pair))
		select {
		case code := <-second:
			t.Fatalf("with a body of the largest size under way: got %d, want it to wait", code)
		default:
		}
		time.Sleep(2 * time.Minute)
		if code := <-second; code != 503 {
			t.Errorf("after two minutes: got %d, want 503", code)
		}
		third := put(strings.NewReader(pair))
		if _, err := io.WriteString(end, pair); err != nil {
			t.Fatal(err)
		}
		end.Close()
		for name, done := range map[string]chan int{"first": first, "third": third} {
			if code := <-done; code != 200 {
				t.Errorf("%s: got %d, want 200", name, code)
			}
		}
	})
}
