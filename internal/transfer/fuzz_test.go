package transfer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// Whatever a file holds, reading it ends, and what comes out can be stored, and written and read again.
func fuzzForm(f *testing.F, format transfer.Format) {
	f.Fuzz(func(t *testing.T, text []byte) {
		var read []kv.Pair
		for e, err := range transfer.ReadStream(bytes.NewReader(text), format, now).Scan(t.Context(), transfer.Query{}) {
			if err != nil {
				if strings.TrimSpace(err.Error()) == "" {
					t.Errorf("an error without words: %#v", err)
				}
				break
			}
			p := e.Pair
			p.Expiration = 0
			if err := p.Validate(now); err != nil {
				t.Fatalf("%q yields %+v, which cannot be stored: %v", text, e.Pair, err)
			}
			read = append(read, e.Pair)
		}
		var b bytes.Buffer
		w, err := transfer.WriteStream(&b, transfer.BulkJSON, header)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Put(t.Context(), read); err != nil {
			t.Fatalf("write what %q yields: %v", text, err)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		i := 0
		for e, err := range transfer.ReadStream(&b, transfer.BulkJSON, now).Scan(t.Context(), transfer.Query{}) {
			if err != nil {
				t.Fatalf("%q, written again: %v", text, err)
			}
			if e.Key != read[i].Key || !bytes.Equal(e.Value, read[i].Value) || e.Expiration != read[i].Expiration {
				t.Fatalf("%q, written again: got %+v, want %+v", text, e.Pair, read[i])
			}
			i++
		}
		if i != len(read) {
			t.Fatalf("%q, written again: %d pairs, want %d", text, i, len(read))
		}
	})
}

func FuzzNDJSON(f *testing.F) {
	f.Add([]byte("{\"bindery\":\"kv-export\",\"version\":1,\"time\":\"2026-11-22T10:00:00Z\"}\n{\"key\":\"a\",\"value\":\"1\"}\n{\"manifest\":{\"keys\":1}}\n"))
	f.Add([]byte("\ufeff{\"key\":\"a\",\"base64\":\"/w==\",\"metadata\":{\"a\":[null]},\"expiration\":2000000000}\r\n\n{\"key\":\"a\""))
	f.Add([]byte("{\"key\":\"\\ud800\",\"value\":\"\\u0000\\u2028\"}"))
	fuzzForm(f, transfer.NDJSON)
}

func FuzzBulkJSON(f *testing.F) {
	f.Add([]byte(`[{"key":"a","value":"1","expiration_ttl":60},{"key":"b","value":"/w==","base64":true,"metadata":{"a":1},"expiration":2000000000}]`))
	f.Add([]byte("\ufeff[{\"key\":\"\\ud800\",\"value\":\"\\u0000\"},\n"))
	f.Add([]byte(`[{"key":"a","value":"1","metadata":null,"expiration":null}] x`))
	fuzzForm(f, transfer.BulkJSON)
}
