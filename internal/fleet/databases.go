package fleet

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/workerd"
)

// D1 is served by workerd itself, so that SQL means what it means on Cloudflare: a process for each
// account, started when a database is first asked, with a Durable Object for each.

//go:embed js/databases.js
var databasesCode []byte

const (
	databases = "d1" // the service
	// headerDatabase names a database of the account whose process it is. Only we reach its socket.
	headerDatabase = "Bindery-Database"
	// moduleD1 is workerd's own, which makes a D1 binding of a service.
	moduleD1 = "cloudflare-internal:d1-api"
)

// databasesOf returns what runs an account's databases.
func (f *Fleet) databasesOf(account string) *group {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.databases[account]
	if g == nil {
		g = &group{fleet: f, plan: &plan{account: account, databases: true}}
		f.databases[account] = g
	}
	return g
}

func (f *Fleet) databasesFolder(account string) string {
	return filepath.Join(f.o.Data, "databases", account)
}

// composeDatabases makes the program of an account's databases.
func (f *Fleet) composeDatabases(account string) (*composer, error) {
	c := &composer{fleet: f, account: account, grants: map[string]http.Handler{}}
	disk := workerd.Disk{Name: "databases", Path: f.databasesFolder(account)}
	if err := os.MkdirAll(disk.Path, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder of databases: %w", err)
	}
	c.program = workerd.Program{
		HeapMiB: f.o.HeapMiB, Experimental: true, // for statements that are prepared
		Disks:   []workerd.Disk{disk},
		Sockets: []workerd.Socket{{Name: databases, Worker: databases}},
		Workers: []workerd.Worker{{
			Name: databases, CompatibilityDate: "2026-01-01", CompatibilityFlags: []string{"experimental"}, Storage: disk.Name,
			Modules:  []workerd.Module{{Name: "databases.js", Kind: workerd.ESModule, Content: databasesCode}},
			Classes:  []workerd.Class{{Name: "Database", Key: databases, SQLite: true}},
			Bindings: []workerd.Binding{{Name: "DATABASES", Value: workerd.Objects{Class: "Database"}}},
		}},
	}
	return c, nil
}

// database returns what is behind a D1 binding.
func (c *composer) database(id string) workerd.Value {
	f, account := c.fleet, c.account
	service := c.served("d1 "+id, func() http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := f.serveDatabase(w, r, account, id); err != nil {
				f.o.Log.Warn("database not asked", "account", account, "database", id, "error", err)
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(map[string]any{"success": false, "error": err.Error()}) // fails only when the Worker is gone
			}
		})
	})
	return workerd.Wrapped{Extension: moduleD1, Inner: []workerd.Binding{{Name: "fetcher", Value: workerd.Service{Worker: service}}}}
}

// serveDatabase lets a database answer, or says why none does.
func (f *Fleet) serveDatabase(w http.ResponseWriter, r *http.Request, account, id string) (err error) {
	u, release, err := f.openDatabase(r.Context(), account, id)
	if err != nil {
		return err
	}
	defer release()
	proxy := &httputil.ReverseProxy{
		Transport: u.transports[databases],
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", databases
			p.Out.Header.Set(headerDatabase, id)
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, failed error) { err = lost(failed) },
	}
	proxy.ServeHTTP(w, r)
	return err
}

// lost says that a query ended without an answer: the process did, or was killed for a query without end.
func lost(err error) error { return fmt.Errorf("the database has ended while it was asked: %w", err) }

// openDatabase returns the process that has a database, which release lets go of: d1.ErrNotFound.
func (f *Fleet) openDatabase(ctx context.Context, account, id string) (u *unit, release func(), err error) {
	switch found, err := f.o.HasDatabase(ctx, account, id); {
	case err != nil:
		return nil, nil, fmt.Errorf("look for the database: %w", err)
	case !found:
		return nil, nil, fmt.Errorf("%w: %s", d1.ErrNotFound, id)
	}
	g := f.databasesOf(account)
	if u, err = g.acquire(ctx); err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	return u, func() { g.release(u) }, nil
}

// Query runs statements as one transaction, and returns the result of each as Cloudflare's API shows it: with
// rows as objects, or as columns and rows. Errors: d1.ErrNotFound, *d1.QueryError.
func (f *Fleet) Query(ctx context.Context, account, id string, all []d1.Statement, columns bool) (results []json.RawMessage, err error) {
	format := "ARRAY_OF_OBJECTS"
	if columns {
		format = "ROWS_AND_COLUMNS"
	}
	body, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	text, err := f.askDatabase(ctx, account, id, "/query?"+url.Values{"resultsFormat": {format}}.Encode(), body)
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(text, &results) == nil {
		return results, nil
	}
	return nil, readAnswer(text, &results)
}

// Load runs statements as one transaction, and what they return goes nowhere: d1.ErrNotFound, *d1.QueryError.
func (f *Fleet) Load(ctx context.Context, account, id string, all []d1.Statement) (done d1.Loaded, err error) {
	body, err := json.Marshal(all)
	if err != nil {
		return done, err
	}
	text, err := f.askDatabase(ctx, account, id, "/load", body)
	if err != nil {
		return done, err
	}
	err = readAnswer(text, &done)
	return done, err
}

// Export returns a database as SQL: d1.ErrNotFound, *d1.QueryError for what cannot be written so.
func (f *Fleet) Export(ctx context.Context, account, id string, what d1.Export) ([]byte, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	text, err := f.askDatabase(ctx, account, id, "/export", body)
	if err != nil {
		return nil, err
	}
	var all struct{ SQL string }
	err = readAnswer(text, &all)
	return []byte(all.SQL), err
}

// readAnswer reads what a database says into answer, unless that is why it did nothing.
func readAnswer(text []byte, answer any) error {
	var failed struct{ Error *string }
	if err := json.Unmarshal(text, &failed); err != nil {
		return fmt.Errorf("read the answer of the database: %w", err)
	}
	if failed.Error != nil {
		return &d1.QueryError{Text: *failed.Error}
	}
	return json.Unmarshal(text, answer)
}

// Usage says how much is in a database: d1.ErrNotFound. No process starts for one that nobody can have used.
func (f *Fleet) Usage(ctx context.Context, account, id string) (d1.Usage, error) {
	if _, err := os.Stat(f.databasesFolder(account)); errors.Is(err, fs.ErrNotExist) {
		return d1.Usage{}, nil
	}
	results, err := f.Query(ctx, account, id, []d1.Statement{{
		SQL: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, 4) <> '_cf_'",
	}}, true)
	if err != nil {
		return d1.Usage{}, err
	}
	var one struct {
		Results struct{ Rows [][]int }
		Meta    struct {
			Size int64 `json:"size_after"`
		}
	}
	if err := json.Unmarshal(results[0], &one); err != nil {
		return d1.Usage{}, fmt.Errorf("read how much a database holds: %w", err)
	}
	return d1.Usage{Tables: one.Results.Rows[0][0], Bytes: one.Meta.Size}, nil
}

// Drop removes all that is in a database, which the account still has.
func (f *Fleet) Drop(ctx context.Context, account, id string) error {
	if _, err := os.Stat(f.databasesFolder(account)); errors.Is(err, fs.ErrNotExist) {
		return nil // none was ever used
	}
	_, err := f.askDatabase(ctx, account, id, "/drop", nil)
	return err
}

func (f *Fleet) askDatabase(ctx context.Context, account, id, path string, body []byte) ([]byte, error) {
	u, release, err := f.openDatabase(ctx, account, id)
	if err != nil {
		return nil, err
	}
	defer release()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+databases+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set(headerDatabase, id)
	answer, err := u.transports[databases].RoundTrip(r)
	if err != nil {
		return nil, lost(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, lost(err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the database answers %s", answer.Status)
	}
	return text, nil
}
