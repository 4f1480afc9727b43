package server

import (
	"context"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// slowDisk is a store whose copy takes until it is told to end. It stands in for a disk
// slow enough to be interrupted at a known moment.
type slowDisk struct{ begun, end chan struct{} }

func (d slowDisk) Checkpoint(_ context.Context, dir string) error {
	close(d.begun)
	<-d.end
	return errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "000001.sst"), nil, 0o600))
}

// TestCheckpointOfNobody: when whoever asked for a copy is gone, nothing of it stays, and
// what else there is does.
func TestCheckpointOfNobody(t *testing.T) {
	parent := t.TempDir()
	kept, partial := filepath.Join(parent, "kept"), filepath.Join(parent, "monday.partial-1")
	if err := errors.Join(os.Mkdir(kept, 0o700), os.Mkdir(partial, 0o700)); err != nil {
		t.Fatal(err)
	}
	disk := slowDisk{make(chan struct{}), make(chan struct{})}
	h := httptest.NewServer(newOperatorAPI(nil, disk, "secret"))
	defer h.Close()
	client := dialOperator(&running{URL: h.URL, Secret: "secret"})
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- client.Checkpoint(ctx, filepath.Join(partial, "store")) }()
	<-disk.begun
	interrupt()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v, want that it was interrupted", err)
	}
	time.Sleep(50 * time.Millisecond) // the server hears of it
	close(disk.end)
	h.Close() // waits for the request
	if _, err := os.Stat(partial); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", partial, err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}
