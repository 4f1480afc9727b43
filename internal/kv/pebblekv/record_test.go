package pebblekv

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

func TestHeaderRoundTrip(t *testing.T) {
	for _, h := range []header{
		{},
		{Size: 1},
		{Size: kv.MaxValueBytes, Chunks: 200, Version: version{1, 2, 15: 3}},
		{Size: kv.MaxValueBytes, Chunks: 200, Version: version{1}, Metadata: []byte(`1`), Expiration: 1_900_000_000},
		{Expiration: 1_900_000_000, Size: 288, Metadata: []byte(`{"a":1}`)},
		{Expiration: 1<<63 - 1, Metadata: bytes.Repeat([]byte("m"), kv.MaxMetadataBytes)},
	} {
		got, rest, err := parseHeader(append(h.append(nil), "value"...))
		if diff := cmp.Diff(h, got); err != nil || diff != "" || string(rest) != "value" {
			t.Errorf("header %+v: got %v, rest %q, difference (-want +got):\n%s", h, err, rest, diff)
		}
	}
}

func TestHeaderOf(t *testing.T) {
	for size, chunks := range map[int]int{
		0: 0, 1: 0, chunkBytes: 0, chunkBytes + 1: 2, 2 * chunkBytes: 2, 2*chunkBytes + 1: 3, kv.MaxValueBytes: 200,
	} {
		if got := headerOf(kv.Item{Value: make([]byte, size)}, time.Now()); got.Size != size || got.Chunks != chunks {
			t.Errorf("value of %d bytes: got size %d in %d chunks, want %d chunks", size, got.Size, got.Chunks, chunks)
		}
	}
}

// FuzzParseHeader: whatever the disk returns is a header that would be written the
// same way, or an error.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{0})
	f.Add([]byte{formWhole})
	f.Add([]byte{formChunks, 0, 0, 1, 0, 9})
	f.Add(header{}.append(nil))
	f.Add(append(header{Expiration: 1_900_000_000, Size: 5, Metadata: []byte(`"m"`)}.append(nil), "value"...))
	f.Add(header{Size: kv.MaxValueBytes, Chunks: 200, Version: version{9}}.append(nil))
	f.Add([]byte{formWhole, 0, 0, 0, 200, 1})
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, rest, err := parseHeader(raw)
		if err != nil {
			return
		}
		again, rest2, err := parseHeader(append(h.append(nil), rest...))
		if diff := cmp.Diff(h, again); err != nil || diff != "" || !bytes.Equal(rest, rest2) {
			t.Errorf("parseHeader(%q): written again it reads %v, difference:\n%s", raw, err, diff)
		}
	})
}

// FuzzParseExpiryKey: parse and make are inverses of each other.
func FuzzParseExpiryKey(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{kindExpiry})
	f.Add(expiryKey(1_900_000_000, "namespace", "key"))
	f.Add(expiryKey(0, "", ""))
	f.Add(append(appendExpiry(nil, 1), 200))
	f.Fuzz(func(t *testing.T, raw []byte) {
		expiration, namespace, key, err := parseExpiryKey(raw)
		if err != nil {
			return
		}
		made := expiryKey(expiration, namespace, key)
		e, n, k, err := parseExpiryKey(made)
		if err != nil || e != expiration || n != namespace || k != key {
			t.Errorf("parseExpiryKey(%q) = %d, %q, %q; made again it reads %d, %q, %q, %v", raw, expiration, namespace, key, e, n, k, err)
		}
	})
}

// FuzzParseUploadKey: parse and make are inverses of each other.
func FuzzParseUploadKey(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{kindUpload})
	f.Add(uploadKey("namespace", version{1, 15: 2}))
	f.Add(append(uploadKey("", version{}), 'x'))
	f.Fuzz(func(t *testing.T, raw []byte) {
		namespace, v, err := parseUploadKey(raw)
		if err != nil {
			return
		}
		made := uploadKey(namespace, v)
		if again, w, err := parseUploadKey(made); err != nil || again != namespace || w != v {
			t.Errorf("parseUploadKey(%q) = %q, %x; made again it reads %q, %x, %v", raw, namespace, v, again, w, err)
		}
	})
}

func TestAfter(t *testing.T) {
	for prefix, want := range map[string]string{
		"a": "b", "ab": "ac", "a\xff": "b", "a\xff\xff": "b", "a\x00": "a\x01", "a\xfe\xff": "a\xff",
	} {
		if got := after([]byte(prefix)); string(got) != want {
			t.Errorf("after(%q) = %q, want %q", prefix, got, want)
		}
	}
}
