package wire

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzPlain holds what is read fast to what encoding/json makes of the same bytes. The
// seeds say of some which of the two is meant to read them.
func FuzzPlain(f *testing.F) {
	for text, fast := range map[string]bool{
		`{"key":"a","value":"b"}`:                                            true,
		` { "key" : "a" , "value" : "" , "base64" : true } `:                 true,
		`{"value":"{\"a\":\"\\u00e9\"}\n\t\/\b\f\r","key":"\u00e9é\u0000"}`:  true,
		`{"key":"a","value":"b","expiration":1900000000,"expiration_ttl":0}`: true,
		`{"key":"a","value":"b","metadata":{"a":["]","\""],"b":{}}}`:         true,
		`{"key":"a","key":"b","value":"c","value":"d"}`:                      true,
		`{}`: true,

		`{"Key":"a","value":"b"}`: false, `{"key":"a","value":null}`: false, `{"key":"a","other":1}`: false,
		`{"key":"\ud83d\ude00"}`: false, `{"key":"\ud83d"}`: false, `{"key":"\x"}`: false, `{"key":"\u00g0"}`: false, `{"key":"\u+123"}`: false,
		`{"key":"a\"}`: false, `{"key":"a\\"}`: true, "{\"key\":\"a\nb\"}": false, `{"key":"a",}`: false, `{,"key":"a"}`: false, `{"key" "a"}`: false,
		`{"expiration":01}`: false, `{"expiration":-1}`: false, `{"expiration":1.0}`: false, `{"expiration":1e9}`: false, `{"expiration":99999999999999999999}`: false,
		`{"metadata":null}`: false, `{"metadata":"text"}`: true, `{"metadata":12}`: false, `{"metadata":{"a":}}`: false, `{"metadata":[}`: false, `{"metadata":{]}`: false,
		`{"base64":1}`: false, `{"key":"a"}x`: false, `{"key":"a"`: false, `[]`: false, `"key"`: false, ``: false,
	} {
		var p BulkPair
		if got := p.readPlain([]byte(text)); got != fast {
			f.Errorf("%s: is read fast: %t, want %t", text, got, fast)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got, want BulkPair
		if !utf8.ValidString(text) || !got.readPlain([]byte(text)) {
			return
		}
		if err := decode([]byte(text), "", &want); err != nil {
			t.Fatalf("%q is read fast, but encoding/json says: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q, read by encoding/json (-) and fast (+):\n%s", text, diff)
		}
	})
}

// BenchmarkArray reads pairs of the size that is usual in Workers KV.
func BenchmarkArray(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchmarkArray(b, `{"key":"user:0000000001","value":"%"}`) })
	b.Run("escaped", func(b *testing.B) { benchmarkArray(b, `{"key":"user:0000000001","value":"{\"a\":\"%\"}"}`) })
	b.Run("slow", func(b *testing.B) { benchmarkArray(b, `{"key":"user:0000000001","value":"%","other":1}`) })
}

func benchmarkArray(b *testing.B, item string) {
	item = strings.ReplaceAll(item, "%", strings.Repeat("0123456789abcdef", 18))
	body := "[" + strings.Repeat(item+",", 999) + item + "]"
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Array[BulkPair](strings.NewReader(body)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
