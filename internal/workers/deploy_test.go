package workers_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/bindery-dev/bindery/internal/workers"
)

// An older version is judged by what the account has now, not by what it had when that was uploaded.
func TestOlderVersionIsJudgedAgain(t *testing.T) {
	h := newHouse(t)
	h.mustUpload("back", "1", `[]`)
	bound := h.mustUpload("api", "1", `[{"name":"BACK","type":"service","service":"back"}]`)
	free := h.mustUpload("api", "2", `[]`)
	if err := h.Delete(t.Context(), account, "back"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Deploy(t.Context(), account, "api", workers.Deployment{Versions: []workers.Share{{VersionID: bound.ID, Percentage: 100}}}, true)
	var at *workers.BindingError
	if !errors.Is(err, workers.ErrServiceMissing) || !errors.As(err, &at) || at.Binding != "BACK" {
		t.Errorf("rollback to a version whose service is gone: got %v, want ErrServiceMissing of BACK", err)
	}
	if got := h.serving("api"); got != free.ID {
		t.Errorf("after that %s serves, want %s", got, free.ID)
	}
}

// Code is as large as Cloudflare counts it: compressed, up to a limit of what it is unpacked.
func TestSizeOfCode(t *testing.T) {
	h := newHouse(t)
	noise := make([]byte, workers.MaxScriptGzipped+1)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	for _, c := range []struct {
		what    string
		content []byte
		kind    workers.ModuleKind
		want    error
	}{
		{"much of the same", make([]byte, 26<<20), workers.KindData, nil},
		{"noise", noise, workers.KindData, workers.ErrTooLarge},
		{"too much of the same", make([]byte, workers.MaxScriptBytes), workers.KindData, workers.ErrTooLarge},
	} {
		v, err := h.upload("api", "1", `[]`, func(u *workers.Upload) {
			u.Modules = append(u.Modules, workers.SentModule{Name: "more", Kind: c.kind, Content: c.content})
		})
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: got %v, want %v", c.what, err, c.want)
		}
		if err != nil {
			continue
		}
		h.reopen() // sweeps what no version has
		if kept, err := h.Content(t.Context(), account, v.Modules[1]); err != nil || !bytes.Equal(kept, c.content) {
			t.Errorf("%s: kept are %d bytes, %v; want the %d that were sent", c.what, len(kept), err, len(c.content))
		}
	}
}
