package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/bindery-dev/bindery/internal/heap"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// move is keys on their way from a place to a place: what is shown meanwhile, and what is said at the end.
type move struct {
	*app
	doing    string
	from, to *location
	started  time.Time
	progress *progress
	heap     func() // gives the heap back
	spool    *transfer.Sorted
	job      string          // "" without a journal
	api      *locator        // whose calls are counted
	undo     bool            // what is replaced is read
	before   transfer.Counts // what was done before this run
	total    int64           // keys; 0 where nobody knows
	lag      time.Duration   // of the last round of --follow; 0 without
}

func startMove(l *locator, doing string, from, to *location) *move {
	m := &move{heap: heap.Moving(), app: l.app, doing: doing, from: from, to: to, started: l.now(), progress: l.startWork(), api: l}
	l.shows = m.progress
	m.progress.say("%s %s", doing, from)
	return m
}

// sorted brings a source into the order that some sinks need.
func (m *move) sorted(ctx context.Context, src transfer.Source, f transfer.Filter, needed bool) (transfer.Source, error) {
	if !needed || src.Ordered() {
		return src, nil
	}
	m.progress.say("sorting the keys of %s", m.from)
	var err error
	m.spool, err = transfer.Sort(ctx, src, f)
	return m.spool, err
}

// expects takes note of how many keys a source has, if it knows and all of them are meant.
func (m *move) expects(src transfer.Source, f transfer.Filter) {
	if known, ok := src.(interface{ Total() int64 }); ok && f.All() {
		m.total = known.Total()
	}
}

// moved shows how far it is.
func (m *move) moved(c transfer.Counts) {
	m.progress.tally(fmt.Sprintf("%s %s", m.doing, m.from), tally{
		keys: c.Keys, bytes: c.Bytes, total: m.total, fresh: c.Keys - m.before.Keys, took: m.now().Sub(m.started),
	})
}

func (m *move) after(_ transfer.Position, c transfer.Counts) error {
	m.moved(c)
	return nil
}

// stop ends what is shown, and removes temporary files. It may be called twice.
func (m *move) stop() {
	m.progress.stop()
	m.heap()
	if m.spool != nil {
		_ = m.spool.Close() // nothing hangs on temporary files
	}
}

// moveJSON is the report for programs.
type moveJSON struct {
	Version int       `json:"version"`
	From    placeJSON `json:"from"`
	To      placeJSON `json:"to"`
	transfer.Counts
	Calls  int64  `json:"calls"`       // of the API, by this run
	Floor  int64  `json:"calls_floor"` // fewer could not do it
	Job    string `json:"job,omitempty"`
	TookMS int64  `json:"took_ms"`
	LagMS  int64  `json:"lag_ms,omitempty"` // of the last round of --follow
}

// placeJSON is a place in reports: a namespace or a path.
type placeJSON struct {
	Place       string  `json:"place"` // as it was given
	Path        string  `json:"path,omitempty"`
	Form        string  `json:"form,omitempty"`
	AccountID   string  `json:"account_id,omitempty"`
	NamespaceID string  `json:"namespace_id,omitempty"`
	Title       string  `json:"title,omitempty"`
	Environment *string `json:"environment,omitempty"`
	Binding     string  `json:"binding,omitempty"`
}

func (l *location) json() placeJSON {
	p := placeJSON{
		Place: l.text, Path: l.path, Form: string(l.format), AccountID: l.account.ID, NamespaceID: l.id, Title: l.title, Binding: l.binding,
	}
	if l.env != nil {
		p.Environment = &l.env.Name
	}
	return p
}

// report says what was done, on standard error if the keys themselves went to standard output.
func (m *move) report(done string, c transfer.Counts, format formatFlag) error {
	m.stop()
	var w io.Writer = m.out
	if m.to.isStream() {
		w = m.err
	}
	if format.json() {
		return writeJSON(w, moveJSON{
			Version: 1, From: m.from.json(), To: m.to.json(), Counts: c, Calls: m.api.calls(), Floor: m.floor(c),
			Job: m.job, TookMS: m.now().Sub(m.started).Milliseconds(), LagMS: m.lag.Milliseconds(),
		})
	}
	_, err := fmt.Fprintf(w, "%s %s, %s, from %s to %s\n", done, plural(int(c.Keys), "key", "keys"), sizeText(c.Bytes), m.from, m.to)
	if err == nil && c.Deleted > 0 {
		_, err = fmt.Fprintf(w, "deleted %s that only the destination had\n", plural(int(c.Deleted), "key", "keys"))
	}
	if err == nil && c.Expiring > 0 {
		_, err = fmt.Fprintf(w, "left out %s that expired, or will within 60 s: no namespace takes them\n", plural(int(c.Expiring), "key", "keys"))
	}
	if calls := m.api.calls(); err == nil && calls > 0 {
		_, err = fmt.Fprintf(w, "%s of the API, where no fewer than %d would do\n", plural(int(calls), "call", "calls"), m.floor(c))
	}
	return err
}

// floor is how many calls this run takes at the least.
func (m *move) floor(c transfer.Counts) int64 {
	fresh := transfer.Counts{
		Keys: c.Keys - m.before.Keys, Bytes: c.Bytes - m.before.Bytes, Expiring: c.Expiring - m.before.Expiring, Deleted: c.Deleted - m.before.Deleted,
	}
	return transfer.Floor(fresh, m.from.isNamespace(), m.to.isNamespace(), m.undo)
}

// sizeText is a number of bytes for people.
func sizeText(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n)/unit, 0
	for value >= unit && prefix < len("kMGT")-1 {
		value, prefix = value/unit, prefix+1
	}
	return fmt.Sprintf("%.1f %cB", value, "kMGT"[prefix])
}
