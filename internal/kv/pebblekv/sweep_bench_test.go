package pebblekv_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// BenchmarkPutWhileSweeping puts with 100,000 expired keys due, beside puts with none: the
// 99th percentile of either, and how many of the keys went meanwhile. With them due it
// should stay under twice what it is without.
func BenchmarkPutWhileSweeping(b *testing.B) {
	const due, puts = 100_000, 3000
	for _, sweeping := range []bool{false, true} {
		b.Run(fmt.Sprintf("sweeping=%v", sweeping), func(b *testing.B) {
			var p99 time.Duration
			var removed int
			for range b.N {
				clock := kvtest.NewClock()
				store := open(b, pebblekv.Options{Dir: b.TempDir(), Now: clock.Now, SweepEvery: -1})
				ns := store.Namespace("n")
				for first := 0; first < due; first += kv.MaxBulkPut {
					pairs := make([]kv.Pair, kv.MaxBulkPut)
					for i := range pairs {
						pairs[i] = kv.Pair{Key: benchKey(first + i), Item: kv.Item{Value: make([]byte, medianValue), Expiration: clock.Now().Add(time.Hour).Unix()}}
					}
					if err := ns.(kv.Bulk).PutMany(b.Context(), pairs); err != nil {
						b.Fatal(err)
					}
				}
				swept := make(chan int, 1)
				if sweeping {
					clock.Advance(2 * time.Hour)
					go func() {
						n, _ := pebblekv.SweepAtRest(store)
						swept <- n
					}()
				}
				took := make([]time.Duration, puts)
				for i := range took {
					start := time.Now()
					if err := ns.Put(b.Context(), pair(fmt.Sprint("new ", i), "value")); err != nil {
						b.Fatal(err)
					}
					took[i] = time.Since(start)
				}
				slices.Sort(took)
				p99 += took[puts*99/100]
				if sweeping {
					removed += <-swept
				}
			}
			b.ReportMetric(float64(p99.Microseconds())/float64(b.N), "p99-µs")
			b.ReportMetric(float64(removed)/float64(b.N), "removed")
		})
	}
}
