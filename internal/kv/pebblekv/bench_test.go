package pebblekv_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// medianValue is the median size of a Workers KV value, in bytes.
const medianValue = 288

// filled opens a store on disk with n keys.
func filled(b *testing.B, n int) kv.Namespace {
	b.Helper()
	ns := open(b, pebblekv.Options{Dir: b.TempDir()}).Namespace("0123456789abcdef0123456789abcdef")
	value := make([]byte, medianValue)
	for first := 0; first < n; first += kv.MaxBulkPut {
		pairs := make([]kv.Pair, 0, kv.MaxBulkPut)
		for i := first; i < min(n, first+kv.MaxBulkPut); i++ {
			pairs = append(pairs, kv.Pair{Key: benchKey(i), Item: kv.Item{Value: value, Metadata: json.RawMessage(`{"n":1}`)}})
		}
		if err := ns.(kv.Bulk).PutMany(b.Context(), pairs); err != nil {
			b.Fatal(err)
		}
	}
	return ns
}

func benchKey(i int) string { return fmt.Sprintf("user:%08d", i) }

func BenchmarkGet(b *testing.B) {
	const n = 100_000
	ns := filled(b, n)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ns.Get(b.Context(), benchKey(rand.IntN(n))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetLargest(b *testing.B) {
	ns := filled(b, 1)
	if err := ns.Put(b.Context(), kv.Pair{Key: "large", Item: kv.Item{Value: make([]byte, kv.MaxValueBytes)}}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(kv.MaxValueBytes)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ns.Get(b.Context(), "large"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	ns := filled(b, 1)
	p := kv.Pair{Item: kv.Item{Value: make([]byte, medianValue)}}
	for b.Loop() {
		p.Key = benchKey(rand.IntN(1 << 20))
		if err := ns.Put(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPutTogether has many writers, who share syncs.
func BenchmarkPutTogether(b *testing.B) {
	ns := filled(b, 1)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		p := kv.Pair{Item: kv.Item{Value: make([]byte, medianValue)}}
		for pb.Next() {
			p.Key = benchKey(rand.IntN(1 << 20))
			if err := ns.Put(b.Context(), p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPutMany(b *testing.B) {
	ns := filled(b, 1).(kv.Bulk)
	pairs := make([]kv.Pair, 1000)
	for b.Loop() {
		for i := range pairs {
			pairs[i] = kv.Pair{Key: benchKey(rand.IntN(1 << 20)), Item: kv.Item{Value: make([]byte, medianValue)}}
		}
		if err := ns.PutMany(b.Context(), pairs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListPage(b *testing.B) {
	ns := filled(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		page, err := ns.List(b.Context(), kv.ListQuery{Prefix: "user:0005"})
		if err != nil || len(page.Keys) != kv.MaxListLimit {
			b.Fatalf("%d keys, %v", len(page.Keys), err)
		}
	}
}

// BenchmarkOpen is what a server waits for when it starts: 100,000 keys are there.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	ns := store.Namespace("n").(kv.Bulk)
	for first := 0; first < 100_000; first += 1000 {
		pairs := make([]kv.Pair, 1000)
		for i := range pairs {
			pairs[i] = kv.Pair{Key: benchKey(first + i), Item: kv.Item{Value: make([]byte, medianValue)}}
		}
		if err := ns.PutMany(b.Context(), pairs); err != nil {
			b.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
