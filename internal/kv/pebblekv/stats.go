package pebblekv

import (
	"context"
	"time"
)

// Stats are figures of the storage engine. Sizes are in bytes; what is counted is counted since Open.
type Stats struct {
	DiskBytes       uint64 // of all files, those not yet deleted included
	MemTableBytes   uint64 // written, and not yet in a table
	LogBytes        uint64 // of the log that a start would read
	LogWrittenBytes uint64 // counted
	TableFiles      int64
	ReadAmp         int // tables that a get may have to look at

	Compactions    int64 // counted
	CompactionTime time.Duration
	CompactionDebt uint64 // bytes that wait to be compacted
	CompactedBytes uint64 // counted
	Flushes        int64  // counted
	CacheBytes     int64
	CacheHits      int64 // counted
	CacheMisses    int64 // counted
}

// Stats asks the engine; ErrClosed after Close.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	if err := s.begin(ctx); err != nil {
		return Stats{}, err
	}
	defer s.inUse.Done()
	m := s.db.Metrics()
	total := m.Total()
	return Stats{
		DiskBytes: m.DiskSpaceUsage(), MemTableBytes: m.MemTable.Size,
		LogBytes: m.WAL.Size, LogWrittenBytes: m.WAL.BytesWritten,
		TableFiles: total.TablesCount, ReadAmp: m.ReadAmp(),
		Compactions: m.Compact.Count, CompactionTime: m.Compact.Duration, CompactionDebt: m.Compact.EstimatedDebt,
		CompactedBytes: total.TableBytesCompacted, Flushes: m.Flush.Count,
		CacheBytes: m.BlockCache.Size, CacheHits: m.BlockCache.Hits, CacheMisses: m.BlockCache.Misses,
	}, nil
}
