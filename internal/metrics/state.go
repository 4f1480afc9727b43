package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// state is what is looked up at a scrape rather than counted along the way.
type state struct {
	held  func() (platform.Counts, error)
	store func() (pebblekv.Stats, error)
	ready func() bool
}

// series is one figure of a T.
type series[T any] struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(T) float64
}

func gauge[T any](name, help string, of func(T) float64) series[T] {
	return series[T]{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, of}
}

func counter[T any](name, help string, of func(T) float64) series[T] {
	return series[T]{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, of}
}

var (
	ready = gauge("bindery_ready", "1 while requests are welcome, 0 while the server drains or its store fails.", func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	})
	held = []series[platform.Counts]{
		gauge("bindery_accounts", "Accounts that the server keeps.", func(c platform.Counts) float64 { return float64(c.Accounts) }),
		gauge("bindery_namespaces", "KV namespaces of all accounts.", func(c platform.Counts) float64 { return float64(c.Namespaces) }),
		gauge("bindery_tokens", "API tokens, expired ones too.", func(c platform.Counts) float64 { return float64(c.Tokens) }),
	}
	stored = []series[pebblekv.Stats]{
		gauge("bindery_store_disk_bytes", "Bytes of all files of the store.", func(s pebblekv.Stats) float64 { return float64(s.DiskBytes) }),
		gauge("bindery_store_table_files", "Table files of the store.", func(s pebblekv.Stats) float64 { return float64(s.TableFiles) }),
		gauge("bindery_store_memtable_bytes", "Bytes written that are in no table yet.", func(s pebblekv.Stats) float64 { return float64(s.MemTableBytes) }),
		gauge("bindery_store_log_bytes", "Bytes of the write-ahead log that a start would read.", func(s pebblekv.Stats) float64 { return float64(s.LogBytes) }),
		counter("bindery_store_log_written_bytes_total", "Bytes written to the write-ahead log.", func(s pebblekv.Stats) float64 { return float64(s.LogWrittenBytes) }),
		gauge("bindery_store_read_amplification", "Tables that a read may have to look at.", func(s pebblekv.Stats) float64 { return float64(s.ReadAmp) }),
		counter("bindery_store_flushes_total", "Memtables written to tables.", func(s pebblekv.Stats) float64 { return float64(s.Flushes) }),
		counter("bindery_store_compactions_total", "Compactions done.", func(s pebblekv.Stats) float64 { return float64(s.Compactions) }),
		counter("bindery_store_compaction_seconds_total", "Time spent in compactions.", func(s pebblekv.Stats) float64 { return s.CompactionTime.Seconds() }),
		counter("bindery_store_compacted_bytes_total", "Bytes written by compactions.", func(s pebblekv.Stats) float64 { return float64(s.CompactedBytes) }),
		gauge("bindery_store_compaction_debt_bytes", "Bytes that wait to be compacted.", func(s pebblekv.Stats) float64 { return float64(s.CompactionDebt) }),
		gauge("bindery_store_cache_bytes", "Bytes in the block cache.", func(s pebblekv.Stats) float64 { return float64(s.CacheBytes) }),
		counter("bindery_store_cache_hits_total", "Blocks found in the cache.", func(s pebblekv.Stats) float64 { return float64(s.CacheHits) }),
		counter("bindery_store_cache_misses_total", "Blocks read from disk.", func(s pebblekv.Stats) float64 { return float64(s.CacheMisses) }),
	}
)

func (s series[T]) collect(of T, ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(s.desc, s.kind, s.of(of))
}

// Describe names what Collect may show.
func (s state) Describe(ch chan<- *prometheus.Desc) {
	ch <- ready.desc
	for _, f := range held {
		ch <- f.desc
	}
	for _, f := range stored {
		ch <- f.desc
	}
}

// Collect leaves out what cannot be had just now, as while the store closes.
func (s state) Collect(ch chan<- prometheus.Metric) {
	ready.collect(s.ready(), ch)
	if now, err := s.held(); err == nil {
		for _, f := range held {
			f.collect(now, ch)
		}
	}
	if s.store == nil {
		return
	}
	if now, err := s.store(); err == nil {
		for _, f := range stored {
			f.collect(now, ch)
		}
	}
}
