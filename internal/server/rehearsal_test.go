package server_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// A Worker that the account has stands in a rehearsal with the classes that others bind, and with no other class.
func TestAProvidedWorkerHasItsClasses(t *testing.T) {
	o := server.Options{NoEgress: true}
	if binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance")); err == nil {
		o.Workerd = binary // without it nothing tries the stand-in
	}
	s := openListening(t, o)
	account, err := s.Platform().EnsureAccount(t.Context(), "My Test", "")
	if err != nil {
		t.Fatal(err)
	}
	rooms := server.Holding{Kind: server.Worker, Name: "rooms", Classes: []string{"Room", "Lobby"}}
	for range 2 { // what is there stays
		if err := s.Provide(t.Context(), account.ID, rooms); err != nil {
			t.Fatal(err)
		}
	}
	notThere := workers.ErrClassUnknown
	if o.Workerd != nil { // then the stand-in was tried, and seen not to export it
		notThere = workers.ErrClassElsewhere
	}
	for _, row := range []struct {
		class, script string
		want          error
	}{
		{"Room", "rooms", nil},
		{"Lobby", "rooms", nil},
		{"Cellar", "rooms", notThere},
		{"Room", "none", workers.ErrClassOfNoWorker},
	} {
		var bound workers.Binding
		if err := json.Unmarshal([]byte(`{"name":"R","type":"durable_object_namespace","class_name":"`+row.class+`","script_name":"`+row.script+`"}`), &bound); err != nil {
			t.Fatal(err)
		}
		_, err := s.Workers().Upload(t.Context(), account.ID, "guest", workers.Upload{
			Deploy: true, CompatibilityDate: "2026-01-01", Bindings: []workers.Binding{bound},
			Modules: []workers.SentModule{{Name: "i.js", Kind: workers.KindESModule, Content: []byte("export default { fetch() {} }")}},
		})
		if !errors.Is(err, row.want) {
			t.Errorf("class %s of %s: got %v, want %v", row.class, row.script, err, row.want)
		}
	}
}
