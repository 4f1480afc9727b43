//go:build npm

package conformance

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/compatibility.md from what TestClients saw")

// operation is something that clients do, and a row of the matrix. C is the client.
type operation[C any] struct {
	name    string
	refused bool // the right answer is the error that Cloudflare gives
	// run does it and looks for its effect in another way. It skips what the client
	// does not have.
	run func(*testing.T, C)
}

// The cells of the matrix.
const (
	works   = "works"
	refused = "refused"
	fails   = "FAILS"
	absent  = "–"
)

// perform runs an operation as a subtest and puts the outcome into its cell.
func perform[C any](t *testing.T, m *matrix, client string, c C, o operation[C]) {
	t.Run(o.name, func(t *testing.T) {
		defer func() {
			outcome := works
			switch {
			case t.Failed():
				outcome = fails
			case t.Skipped():
				outcome = absent
			case o.refused:
				outcome = refused
			}
			m.set(o.name, client, outcome)
		}()
		o.run(t, c)
	})
}

// matrix is a table of docs/compatibility.md: operations × clients.
type matrix struct {
	title         string
	rows, columns []string

	mu    sync.Mutex
	cells map[[2]string]string // row and column
}

func newMatrix[C any](title string, groups [][]operation[C]) *matrix {
	m := &matrix{title: title, cells: map[[2]string]string{}}
	for _, group := range groups {
		for _, o := range group {
			m.rows = append(m.rows, o.name)
		}
	}
	return m
}

// column adds a client, which returns by what name its cells are set.
func (m *matrix) column(client string) string {
	m.columns = append(m.columns, client)
	return client
}

func (m *matrix) set(row, column, outcome string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[[2]string{row, column}] = outcome
}

// complete says whether every operation of every client ran, as it does without -run.
func (m *matrix) complete() bool {
	return len(m.cells) > 0 && len(m.cells) == len(m.rows)*len(m.columns)
}

func (m *matrix) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n| %s | %s |\n|---|%s\n", m.title, strings.Join(m.columns, " | "), strings.Repeat("---|", len(m.columns)))
	for _, row := range m.rows {
		fmt.Fprintf(b, "| %s |", row)
		for _, column := range m.columns {
			fmt.Fprintf(b, " %s |", m.cells[[2]string{row, column}])
		}
		b.WriteByte('\n')
	}
}

// compatibility is the page that shows the matrices.
const compatibility = "../docs/compatibility.md"

var (
	generated = regexp.MustCompile(`(?s)<!-- begin: written by .make compatibility. -->\n.*<!-- end -->\n`)
	date      = regexp.MustCompile(`Seen on \d{4}-\d{2}-\d{2}\.`)
)

// checkCompatibility compares the page with what was seen, or writes it with -update.
func checkCompatibility(t *testing.T, matrices ...*matrix) {
	t.Helper()
	for _, m := range matrices {
		if !m.complete() {
			t.Logf("not every operation ran; %s is left alone", compatibility)
			return
		}
	}
	page, err := os.ReadFile(compatibility)
	if err != nil {
		t.Fatal(err)
	}
	seen := withMatrices(page, time.Now(), matrices...)
	if *update {
		if err := os.WriteFile(compatibility, seen, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := staleRows(page, seen); diff != "" {
		t.Errorf("%s is stale; run: make compatibility (-page +seen)\n%s", compatibility, diff)
	}
}

// withMatrices returns the page with its generated part made anew.
func withMatrices(page []byte, now time.Time, matrices ...*matrix) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- begin: written by `make compatibility` -->\nSeen on %s.\n", now.UTC().Format(time.DateOnly))
	for _, m := range matrices {
		m.write(&b)
	}
	b.WriteString("<!-- end -->\n")
	return generated.ReplaceAllLiteral(page, b.Bytes())
}

// staleRows is the difference between two pages, but for the date.
func staleRows(page, seen []byte) string {
	undated := func(page []byte) string { return date.ReplaceAllString(string(page), "Seen on a day.") }
	return cmp.Diff(undated(page), undated(seen))
}

// TestStaleRows: another day is no reason to write the page again, another outcome is.
func TestStaleRows(t *testing.T) {
	seen := func(day int, outcome string) []byte {
		m := &matrix{title: "client", rows: []string{"get"}, columns: []string{"1.0"}, cells: map[[2]string]string{{"get", "1.0"}: outcome}}
		page := []byte("# Title\n<!-- begin: written by `make compatibility` -->\n<!-- end -->\nAfterwards.\n")
		return withMatrices(page, time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC), m)
	}
	const want = `# Title
<!-- begin: written by ` + "`make compatibility`" + ` -->
Seen on 2026-11-01.

| client | 1.0 |
|---|---|
| get | works |
<!-- end -->
Afterwards.
`
	if diff := cmp.Diff(want, string(seen(1, works))); diff != "" {
		t.Errorf("the page (-want +got):\n%s", diff)
	}
	if diff := staleRows(seen(1, works), seen(2, works)); diff != "" {
		t.Errorf("a day later the page is stale:\n%s", diff)
	}
	if staleRows(seen(1, works), seen(1, fails)) == "" {
		t.Error("the page is not stale after another outcome")
	}
}
