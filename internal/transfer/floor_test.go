package transfer_test

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/transfer"
)

func TestFloor(t *testing.T) {
	million := transfer.Counts{Keys: 1e6, Bytes: 288e6}
	for _, row := range []struct {
		name                string
		counts              transfer.Counts
		reads, writes, undo bool
		want                int64
	}{
		{"nothing, which is listed", transfer.Counts{}, true, true, false, 1},
		{"a million keys, copied", million, true, true, false, 1000 + 10_000 + 100},
		{"exported", million, true, false, false, 1000 + 10_000},
		{"imported", million, false, true, false, 100},
		{"copied over others", million, true, true, true, 1000 + 10_000 + 100 + 10_000},
		{"few, but large", transfer.Counts{Keys: 10, Bytes: 250 << 20}, true, true, false, 1 + 10 + 3},
		{"a file, with deletes", transfer.Counts{Keys: 1, Bytes: 1, Deleted: 10_001}, false, true, true, 1 + 2 + 1 + 101},
	} {
		if got := transfer.Floor(row.counts, row.reads, row.writes, row.undo); got != row.want {
			t.Errorf("%s: got %d calls, want %d", row.name, got, row.want)
		}
	}
}
