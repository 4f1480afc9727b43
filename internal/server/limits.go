package server

import (
	"cmp"
	"time"
)

// Limits bound what a client may cost. What is 0 takes the default beside it.
//
// No limit is on how long a request takes as a whole: 25 MiB over a slow link take minutes and are
// welcome. A client is cut off when nothing moves for Stall, or when what it sends moves slower than
// MinRate in the long run.
type Limits struct {
	Header      time.Duration // 10 s: to send the request's header, and for the TLS handshake
	Stall       time.Duration // 30 s: without a byte of the body, or without taking pieceBytes of the answer, then up to a quarter more
	MinRate     int64         // 1024 bytes a second of a request's body, once Stall has been waited for in total
	Idle        time.Duration // 2 min: between requests; longer than clients keep idle connections, so that they close first
	Drain       time.Duration // 10 s: for requests under way once Wait is told to stop
	HeaderBytes int           // 64 KiB: of a request
	Connections int           // 1024: open at a time; others wait to be accepted
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Header:      cmp.Or(l.Header, 10*time.Second),
		Stall:       cmp.Or(l.Stall, 30*time.Second),
		MinRate:     cmp.Or(l.MinRate, 1024),
		Idle:        cmp.Or(l.Idle, 2*time.Minute),
		Drain:       cmp.Or(l.Drain, 10*time.Second),
		HeaderBytes: cmp.Or(l.HeaderBytes, 64<<10),
		Connections: cmp.Or(l.Connections, 1024),
	}
}

// patience is how much longer a client is waited for that has been waited for this long and has sent
// this many bytes of a body.
func (l Limits) patience(waited time.Duration, sent int64) time.Duration {
	earned := time.Duration(float64(sent) / float64(l.MinRate) * float64(time.Second))
	return min(l.Stall, l.Stall+earned-waited)
}
