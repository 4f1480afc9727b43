package pebblekv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bindery-dev/bindery/internal/kv"
)

// formatOne is what a store of format 1 holds: by key, values below and above the size
// from which it cut them.
var formatOne = map[string]kv.Item{
	"small":        {Value: []byte("value"), Metadata: []byte(`{"n":1}`)},
	"middle":       {Value: bytes.Repeat([]byte("middle "), 60_000)},
	"large":        {Value: bytes.Repeat([]byte("large "), 400_000), Metadata: []byte(`[2]`), Expiration: time.Now().Add(time.Hour).Unix()},
	"large\x00":    {Value: bytes.Repeat([]byte("other "), 200_000)},
	"just chunked": {Value: make([]byte, chunkOne+1)},
}

// writeFormatOne writes as the program of format 1 did.
func writeFormatOne(t *testing.T, disk vfs.FS, namespaces ...string) {
	t.Helper()
	db := openRaw(t, disk)
	put := func(key, value []byte) {
		t.Helper()
		if err := db.Set(key, value, pebble.NoSync); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range namespaces {
		for key, item := range formatOne {
			chunks := 0
			if len(item.Value) > chunkOne {
				chunks = (len(item.Value) + chunkOne - 1) / chunkOne
			}
			record := []byte{1}
			for _, n := range []int{int(item.Expiration), len(item.Value), chunks, len(item.Metadata)} {
				record = binary.AppendUvarint(record, uint64(n))
			}
			record = append(record, item.Metadata...)
			put(appendKey(nil, 'i', id, key), record)
			if item.Expiration != 0 {
				put(expiryKey(item.Expiration, id, key), nil)
			}
			if chunks == 0 {
				record = append(record, item.Value...)
			}
			put(appendKey(nil, 'v', id, key), record)
			for i := range chunks {
				name := binary.BigEndian.AppendUint32(appendKey(nil, 'c', id, key), uint32(i))
				put(name, item.Value[i*chunkOne:min((i+1)*chunkOne, len(item.Value))])
			}
		}
	}
	if err := errors.Join(db.Set([]byte{'f'}, []byte{1}, pebble.Sync), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func openRaw(t *testing.T, disk vfs.FS) *pebble.DB {
	t.Helper()
	o := Options{FS: disk, Dir: "data"}.withDefaults()
	lock, err := claim(o.FS, o.Dir)
	if err == nil {
		err = lock.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open(o.Dir, pebbleOptions(o, newHealth(Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func wantFormatOne(t *testing.T, store *Store, namespaces ...string) {
	t.Helper()
	for _, id := range namespaces {
		for key, want := range formatOne {
			got, err := store.Namespace(id).Get(t.Context(), key)
			if err != nil || !bytes.Equal(got.Value, want.Value) || !bytes.Equal(got.Metadata, want.Metadata) || got.Expiration != want.Expiration {
				t.Errorf("namespace %q, key %q: got %d bytes, metadata %s, expiration %d, %v; want %d bytes, %s, %d",
					id, key, len(got.Value), got.Metadata, got.Expiration, err, len(want.Value), want.Metadata, want.Expiration)
			}
		}
	}
	if err := Audit(store); err != nil {
		t.Errorf("audit: %v", err)
	}
}

// TestFormatOne: a store of format 1 is one of format 2 once it was opened, and nothing
// of it is lost, wherever the power is cut meanwhile.
func TestFormatOne(t *testing.T) {
	namespaces := []string{"", "a", "0123456789abcdef0123456789abcdef"}
	disk := vfs.NewCrashableMem()
	writeFormatOne(t, disk, namespaces...)
	// A conversion that stopped after the first value: the next start goes on.
	half := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 2))})
	db := openRaw(t, half)
	if err := db.Set([]byte{kindFormat}, []byte{format}, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(convertValue(db, "a", "large"), db.Close()); err != nil {
		t.Fatal(err)
	}

	for name, disk := range map[string]*vfs.MemFS{"whole": disk, "half converted": half} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // then it is one of format 2
				store, err := Open(Options{Dir: "data", FS: disk, SweepEvery: -1})
				if err != nil {
					t.Fatal(err)
				}
				wantFormatOne(t, store, namespaces...)
				left, err := Leftovers(store)
				for _, key := range left {
					if err != nil || key[0] == kindChunkOne {
						t.Fatalf("left of format 1: %.40q, %v", key, err)
					}
				}
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestFormatRefused: what another version wrote is named and left alone.
func TestFormatRefused(t *testing.T) {
	for _, stored := range []string{"\x00", "\x03", "\xff", "", "\x02\x00"} {
		disk := vfs.NewMem()
		db := openRaw(t, disk)
		if err := errors.Join(db.Set([]byte{kindFormat}, []byte(stored), pebble.Sync), db.Close()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err := Open(Options{Dir: "data", FS: disk})
			var other *FormatError
			if !errors.As(err, &other) || string(other.Stored) != stored || other.Dir != "data" || !strings.Contains(other.Hint(), "version of bindery") {
				t.Errorf("format %q: got %v, want a FormatError that names the folder and the format, with a hint", stored, err)
			}
		}
	}
}

// TestFormatOneDamaged: a store of format 1 whose chunks contradict its records is
// refused, not guessed at.
func TestFormatOneDamaged(t *testing.T) {
	for name, damage := range map[string]func(*pebble.DB) error{
		"a chunk is missing": func(db *pebble.DB) error {
			return db.Delete(binary.BigEndian.AppendUint32(appendKey(nil, 'c', "n", "large"), 1), pebble.Sync)
		},
		"a chunk is short": func(db *pebble.DB) error {
			return db.Set(binary.BigEndian.AppendUint32(appendKey(nil, 'c', "n", "large"), 1), []byte("x"), pebble.Sync)
		},
		"the first chunk is missing": func(db *pebble.DB) error {
			return db.Delete(binary.BigEndian.AppendUint32(appendKey(nil, 'c', "n", "large"), 0), pebble.Sync)
		},
		"a record is missing": func(db *pebble.DB) error { return db.Delete(appendKey(nil, 'i', "n", "large"), pebble.Sync) },
	} {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewMem()
			writeFormatOne(t, disk, "n")
			db := openRaw(t, disk)
			if err := errors.Join(damage(db), db.Close()); err != nil {
				t.Fatal(err)
			}
			_, err := Open(Options{Dir: "data", FS: disk})
			var folder *FolderError
			if !errors.As(err, &folder) || !strings.Contains(err.Error(), "convert a store of format 1: ") || !strings.Contains(err.Error(), "large") {
				t.Errorf("got %v, want a FolderError that names the key", err)
			}
		})
	}
}
