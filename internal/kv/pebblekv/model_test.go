package pebblekv_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// TestModel runs random histories against maps: what the store holds must be what
// the maps hold, through sweeps, restarts and crashes, as every write was acknowledged.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{
			fs:    vfs.NewCrashableMem(),
			clock: kvtest.NewClock(),
			want:  map[string]map[string]kv.Item{"a": {}, "a\x01b": {}, "": {}},
		}
		m.reopen(t)
		defer m.close(t)
		t.Repeat(rapid.StateMachineActions(m))
		m.endStreams(t)
		m.checkAll(t)
	})
}

// machine is a store beside the maps that say what it should hold.
type machine struct {
	fs    *vfs.MemFS
	clock *kvtest.Clock
	store *pebblekv.Store
	want  map[string]map[string]kv.Item // by namespace, then key; expired ones too

	uploads []*modelUpload
	streams []*modelStream
}

// modelUpload is an upload under way.
type modelUpload struct {
	kv.Upload
	pair    kv.Pair // what it will be
	want    map[string]kv.Item
	deleted bool // its namespace was, meanwhile
}

// modelStream is a value that is read.
type modelStream struct {
	kv.Stream
	want kv.Item
	read []byte
}

func (m *machine) reopen(t *rapid.T) {
	s, err := pebblekv.Open(pebblekv.Options{Dir: "some/folder", FS: m.fs, Now: m.clock.Now, SweepEvery: -1})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	m.store = s
}

func (m *machine) close(t *rapid.T) {
	m.endStreams(t)
	if err := m.store.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// Keys are few, so that histories meet; some begin with others, and some look like
// the store's own.
var keysInPlay = []string{"a", "a\x00", "aa", "ab", "b", "i\x01a", "\x00", "é", "\U0010ffff", strings.Repeat("k", kv.MaxKeyBytes)}

var (
	someKey      = rapid.SampledFrom(keysInPlay)
	somePrefix   = rapid.SampledFrom([]string{"", "a", "aa", "b", "é", "\U0010ffff", "none"})
	smallSize    = rapid.SampledFrom([]int{0, 1, 10, 300})
	largeSize    = rapid.SampledFrom([]int{512 << 10, 512<<10 + 1, 1200 << 10})
	someSize     = rapid.OneOf(smallSize, smallSize, smallSize, smallSize, smallSize, smallSize, smallSize, smallSize, largeSize)
	someMetadata = rapid.SampledFrom([]string{"", "", "", `{"a":1}`, `"` + strings.Repeat("m", 1000) + `"`})
)

func (m *machine) namespace(t *rapid.T) (id string, ns kv.Namespace, want map[string]kv.Item) {
	id = rapid.SampledFrom(slices.Sorted(maps.Keys(m.want))).Draw(t, "namespace")
	return id, m.store.Namespace(id), m.want[id]
}

func (m *machine) pair(t *rapid.T) kv.Pair {
	size, fill := someSize.Draw(t, "size"), rapid.Byte().Draw(t, "fill")
	p := kv.Pair{Key: someKey.Draw(t, "key"), Item: kv.Item{Value: bytes.Repeat([]byte{fill}, size)}}
	if text := someMetadata.Draw(t, "metadata"); text != "" {
		p.Metadata = []byte(text)
	}
	if ttl := rapid.SampledFrom([]int{0, 0, 60, 61, 600}).Draw(t, "ttl"); ttl != 0 {
		p.Expiration = m.clock.Now().Unix() + int64(ttl)
	}
	return p
}

func (m *machine) Put(t *rapid.T) {
	_, ns, want := m.namespace(t)
	p := m.pair(t)
	if err := ns.Put(t.Context(), p); err != nil {
		t.Fatalf("Put(%.20q): %v", p.Key, err)
	}
	want[p.Key] = p.Item
}

func (m *machine) PutMany(t *rapid.T) {
	_, ns, want := m.namespace(t)
	pairs := make([]kv.Pair, rapid.IntRange(0, 5).Draw(t, "pairs"))
	for i := range pairs {
		pairs[i] = m.pair(t)
	}
	if err := ns.(kv.Bulk).PutMany(t.Context(), pairs); err != nil {
		t.Fatalf("PutMany: %v", err)
	}
	for _, p := range pairs {
		want[p.Key] = p.Item
	}
}

func (m *machine) Delete(t *rapid.T) {
	_, ns, want := m.namespace(t)
	key := someKey.Draw(t, "key")
	if err := ns.Delete(t.Context(), key); err != nil {
		t.Fatalf("Delete(%.20q): %v", key, err)
	}
	delete(want, key)
}

func (m *machine) DeleteMany(t *rapid.T) {
	_, ns, want := m.namespace(t)
	keys := rapid.SliceOfN(someKey, 0, 4).Draw(t, "keys")
	if err := ns.(kv.Bulk).DeleteMany(t.Context(), keys); err != nil {
		t.Fatalf("DeleteMany: %v", err)
	}
	for _, key := range keys {
		delete(want, key)
	}
}

func (m *machine) DeleteNamespace(t *rapid.T) {
	id, ns, _ := m.namespace(t)
	if err := m.store.DeleteNamespace(t.Context(), id); err != nil {
		t.Fatalf("DeleteNamespace(%q): %v", id, err)
	}
	if _, err := ns.Get(t.Context(), "a"); !errors.Is(err, kv.ErrNamespaceNotFound) {
		t.Fatalf("Get through a handle from before DeleteNamespace: got %v, want %v", err, kv.ErrNamespaceNotFound)
	}
	for _, u := range m.uploads {
		// The map is the same for whoever takes the id afterwards.
		u.deleted = u.deleted || reflect.ValueOf(u.want).Pointer() == reflect.ValueOf(m.want[id]).Pointer()
	}
	clear(m.want[id])
}

// Upload begins an upload, and writes all of it but the end.
func (m *machine) Upload(t *rapid.T) {
	if len(m.uploads) == 3 {
		t.Skip("enough of them")
	}
	_, ns, want := m.namespace(t)
	u := &modelUpload{pair: m.pair(t), want: want}
	var err error
	if u.Upload, err = ns.(kv.Streamer).Upload(t.Context(), u.pair.Key); err != nil {
		t.Fatalf("Upload: %v", err)
	}
	m.uploads = append(m.uploads, u)
	if _, err := u.Write(u.pair.Value[:len(u.pair.Value)/2]); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

// EndUpload writes the rest of an upload and commits it, or gives it up.
func (m *machine) EndUpload(t *rapid.T) {
	if len(m.uploads) == 0 {
		t.Skip("none under way")
	}
	i := rapid.IntRange(0, len(m.uploads)-1).Draw(t, "upload")
	u := m.uploads[i]
	m.uploads = slices.Delete(m.uploads, i, i+1)
	if rapid.Bool().Draw(t, "commit") {
		_, err := u.Write(u.pair.Value[len(u.pair.Value)/2:])
		if err == nil {
			err = u.Commit(u.pair.Metadata, u.pair.Expiration)
		}
		tooLate := u.pair.Expiration != 0 && u.pair.Expiration < m.clock.Now().Add(kv.MinTTL).Unix()
		switch {
		case u.deleted && tooLate && err != nil:
		case u.deleted && !errors.Is(err, kv.ErrNamespaceNotFound):
			t.Fatalf("Commit after the namespace was deleted: got %v, want %v", err, kv.ErrNamespaceNotFound)
		case !u.deleted && tooLate && !errors.Is(err, kv.ErrExpirationInvalid):
			t.Fatalf("Commit of expiration %d: got %v, want %v", u.pair.Expiration, err, kv.ErrExpirationInvalid)
		case !u.deleted && !tooLate && err != nil:
			t.Fatalf("Commit: %v", err)
		case !u.deleted && !tooLate:
			u.want[u.pair.Key] = u.pair.Item
		}
	}
	if err := u.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// OpenStream opens a value, if it is there, and reads half of it.
func (m *machine) OpenStream(t *rapid.T) {
	if len(m.streams) == 3 {
		t.Skip("enough of them")
	}
	_, ns, want := m.namespace(t)
	key := someKey.Draw(t, "key")
	item, ok := want[key]
	opened, err := ns.(kv.Streamer).Open(t.Context(), key)
	if !ok || kv.Expired(item.Expiration, m.clock.Now()) {
		if !errors.Is(err, kv.ErrKeyNotFound) {
			t.Fatalf("Open(%.20q): got %v, want %v", key, err, kv.ErrKeyNotFound)
		}
		return
	}
	if err != nil || opened.Size != int64(len(item.Value)) || !bytes.Equal(opened.Metadata, item.Metadata) || opened.Expiration != item.Expiration {
		t.Fatalf("Open(%.20q): got %+v, %v; want %d bytes, metadata %s, expiration %d", key, opened, err, len(item.Value), item.Metadata, item.Expiration)
	}
	s := &modelStream{Stream: opened, want: item, read: make([]byte, len(item.Value)/2)}
	m.streams = append(m.streams, s)
	if _, err := io.ReadFull(s.Value, s.read); err != nil {
		t.Fatalf("Read: %v", err)
	}
}

// EndStream reads the rest of a value, which is still what it was when it was opened.
func (m *machine) EndStream(t *rapid.T) {
	if len(m.streams) == 0 {
		t.Skip("none is read")
	}
	s := m.streams[0]
	m.streams = m.streams[1:]
	rest, err := io.ReadAll(s.Value)
	if err := errors.Join(err, s.Value.Close()); err != nil || !bytes.Equal(append(s.read, rest...), s.want.Value) {
		t.Fatalf("the rest of a value of %d bytes: got %d more, %v, or other bytes", len(s.want.Value), len(rest), err)
	}
}

// endStreams gives up the uploads, and closes what is read.
func (m *machine) endStreams(t *rapid.T) {
	for _, u := range m.uploads {
		if err := u.Close(); err != nil {
			t.Fatalf("Close of an upload: %v", err)
		}
	}
	for len(m.streams) > 0 {
		m.EndStream(t)
	}
	m.uploads = nil
}

func (m *machine) TimePasses(t *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
}

func (m *machine) Sweep(t *rapid.T) {
	if _, err := m.store.Sweep(t.Context()); err != nil {
		t.Fatalf("Sweep: %v", err)
	}
}

func (m *machine) Restart(t *rapid.T) {
	m.close(t)
	m.reopen(t)
	m.checkAll(t)
}

func (m *machine) Crash(t *rapid.T) {
	survives := rapid.SampledFrom([]int{0, 50, 100}).Draw(t, "percent of what was not synced that survives")
	seed := rapid.Uint64().Draw(t, "seed")
	after := m.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: rand.New(rand.NewPCG(seed, 0))})
	m.close(t)
	m.fs = after
	m.reopen(t)
	m.checkAll(t)
}

func (m *machine) List(t *rapid.T) {
	_, ns, want := m.namespace(t)
	q := kv.ListQuery{Prefix: somePrefix.Draw(t, "prefix"), Limit: kv.MinListLimit}
	var got []string
	for {
		page, err := ns.List(t.Context(), q)
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		for _, k := range page.Keys {
			got = append(got, k.Name)
			if item := want[k.Name]; k.Expiration != item.Expiration || !bytes.Equal(k.Metadata, item.Metadata) {
				t.Fatalf("List shows %+v, want expiration %d, metadata %s", k, item.Expiration, item.Metadata)
			}
		}
		if page.Cursor == "" {
			break
		}
		q.Cursor = page.Cursor
	}
	var live []string
	for key, item := range want {
		if strings.HasPrefix(key, q.Prefix) && !kv.Expired(item.Expiration, m.clock.Now()) {
			live = append(live, key)
		}
	}
	if slices.Sort(live); !slices.Equal(got, live) {
		t.Fatalf("List with prefix %q: got %q, want %q", q.Prefix, got, live)
	}
}

// Check is run between all others. One key is enough at each step; checkAll looks at
// the rest now and then.
func (m *machine) Check(t *rapid.T) {
	id, ns, want := m.namespace(t)
	key := someKey.Draw(t, "key to check")
	if err := m.checkKey(t, ns, key, want); err != nil {
		t.Fatalf("namespace %q, key %.20q: %v", id, key, err)
	}
}

// checkAll looks at every key of every namespace, and that nothing lies in the
// database which none of them accounts for.
func (m *machine) checkAll(t *rapid.T) {
	if err := pebblekv.Audit(m.store); err != nil {
		t.Fatalf("audit: %v", err)
	}
	for id, want := range m.want {
		ns := m.store.Namespace(id)
		for _, key := range keysInPlay {
			if err := m.checkKey(t, ns, key, want); err != nil {
				t.Fatalf("namespace %q, key %.20q: %v", id, key, err)
			}
		}
	}
}

func (m *machine) checkKey(t *rapid.T, ns kv.Namespace, key string, want map[string]kv.Item) error {
	item, ok := want[key]
	if kv.Expired(item.Expiration, m.clock.Now()) {
		ok = false
	}
	got, err := ns.Get(t.Context(), key)
	switch {
	case errors.Is(err, kv.ErrKeyNotFound):
		if ok {
			return errors.New("not found, want it there")
		}
	case err != nil:
		return err
	case !ok:
		return errors.New("found, want it gone")
	case !bytes.Equal(got.Value, item.Value), !bytes.Equal(got.Metadata, item.Metadata), got.Expiration != item.Expiration:
		return fmt.Errorf("got %d bytes, metadata %s, expiration %d; want %d bytes, metadata %s, expiration %d",
			len(got.Value), got.Metadata, got.Expiration, len(item.Value), item.Metadata, item.Expiration)
	}
	return nil
}
