package tails_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/tails"
)

// Whatever a Worker made of its own console, and whatever filter a client sends: nothing panics.
func FuzzEvents(f *testing.F) {
	f.Add([]byte(`{"outcome":"ok","logs":[{"message":["a",{}]}],"event":{"request":{"method":"GET","headers":{"a":"b"}}}}`), []byte(`{"query":"a"}`))
	f.Add([]byte(`{"event":null,"logs":null}`), []byte(`{"header":{"key":"a"}}`))
	f.Add([]byte(`{"logs":[{"message":"text"}]}`), []byte(`{"method":["GET"]}`))
	f.Add([]byte(`null`), []byte(`null`))
	f.Add([]byte(`[]`), []byte(`{"client_ip":["self"]}`))
	f.Fuzz(func(t *testing.T, event, filter []byte) { tails.TryEvent(event, filter) })
}

// What is no event is passed over.
func TestEventThatIsNone(t *testing.T) {
	h := newHouse(t)
	_, conn := h.watch()
	h.Publish(account, "api", "v1", []json.RawMessage{[]byte("null"), []byte("7"), request("GET", "", "ok", `"fine"`)})
	if text := h.next(conn); !strings.Contains(text, "fine") {
		t.Errorf("the first event shown is %s", text)
	}
}

// A client may send anything in place of frames; those without a mask are read too.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{0x89, 0x01, 'p'})
	f.Add([]byte{0x81, 0x81, 1, 2, 3, 4, 'x'})
	f.Add([]byte{0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, sent []byte) {
		if content, err := tails.ReadFrame(bytes.NewReader(sent)); err == nil && len(content) > len(sent) {
			t.Errorf("%d bytes were read of %d", len(content), len(sent))
		}
	})
}
