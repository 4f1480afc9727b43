package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadBulkGet holds what is read fast of the answer of a bulk get to what encoding/json makes of the same bytes.
func FuzzReadBulkGet(f *testing.F) {
	const tail = `},"errors":[],"messages":[],"success":true}`
	for text, fast := range map[string]bool{
		`{"result":{"values":{}` + tail: true,
		`{"result":{"values":{"a":{"value":"","metadata":null},"b":null}` + tail + "\n":        true,
		`{"result":{"values":{"a\n":{"value":"\"é","metadata":{"x":1},"expiration":7}}` + tail: true,

		`{"result":{"values":{"a":{"value":"","metadata":12}}` + tail: false, `{"result":{"values":{"a":{"value":null}}` + tail: false,
		`{"result":{"values":{"a":{"value":"","metadata":null},"a":null}` + tail: false, `{"result":{"values":{"a":"b"}` + tail: false,
		`{"result":{"values":{"a":{"value":"","metadata":null}}`: false, `{"result":null,"errors":[{"code":1}],"messages":[],"success":false}`: false, "": false,
		`{"result":{"values":{"a":{"value":"","metadata":null,"other":1}}` + tail: false, "{\"result\":{\"values\":{\"a\xff\":null}" + tail: false,
	} {
		if _, got := ReadBulkGet([]byte(text)); got != fast {
			f.Errorf("%s: is read fast: %t, want %t", text, got, fast)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ReadBulkGet([]byte(text))
		if !ok {
			return
		}
		var said Envelope[BulkGetResult[*BulkItem[*string]]]
		if err := json.Unmarshal([]byte(text), &said); err != nil || !said.Success {
			t.Fatalf("%q is read fast, but encoding/json says: %v, success %t", text, err, said.Success)
		}
		want := map[string]BulkValue{}
		for key, item := range said.Result.Values {
			if item == nil {
				continue
			}
			if item.Value == nil {
				t.Fatalf("%q is read fast, and %q has no value", text, key)
			}
			v := BulkValue{[]byte(*item.Value), item.Metadata, item.Expiration}
			if string(v.Metadata) == "null" {
				v.Metadata = nil
			}
			want[key] = v
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q, read by encoding/json (-) and fast (+):\n%s", text, diff)
		}
	})
}

// FuzzAppendBulkPair: what is written is what encoding/json would read as the same pair.
func FuzzAppendBulkPair(f *testing.F) {
	f.Add("key", []byte("value"), `{"a":"\u2028"}`, int64(7))
	f.Add("\"\n", []byte{0xff, 0}, "", int64(0))
	f.Fuzz(func(t *testing.T, key string, value []byte, metadata string, expiration int64) {
		if !utf8.ValidString(key) || metadata != "" && !json.Valid([]byte(metadata)) {
			t.Skip("was refused before")
		}
		text := AppendBulkPair(nil, key, value, []byte(metadata), expiration)
		var got BulkPair
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		read := []byte(*got.Value)
		if got.Base64 {
			read, _ = base64.StdEncoding.DecodeString(*got.Value)
		}
		var at int64
		if got.Expiration != nil {
			at = int64(*got.Expiration)
		}
		if got.Key != key || !bytes.Equal(read, value) || at != expiration || string(bytes.TrimSpace(got.Metadata)) != string(bytes.TrimSpace([]byte(metadata))) {
			t.Errorf("%s: got %+v, want key %q, value %q, metadata %s, expiration %d", text, got, key, value, metadata, expiration)
		}
	})
}
