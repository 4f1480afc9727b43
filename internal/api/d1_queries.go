package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/resources"
)

// Databases are what is in D1 databases; the account's record of each is in resources.
type Databases interface {
	// Query runs statements as one transaction, and returns each one's result with rows as objects, or as
	// columns and rows: d1.ErrQuery, d1.ErrNotFound.
	Query(ctx context.Context, account, id string, all []d1.Statement, columns bool) ([]json.RawMessage, error)
	// Load runs statements of whose results nobody asks, as one transaction: d1.ErrQuery, d1.ErrNotFound.
	Load(ctx context.Context, account, id string, all []d1.Statement) (d1.Loaded, error)
	// Export writes a database as SQL: d1.ErrQuery, d1.ErrNotFound.
	Export(ctx context.Context, account, id string, what d1.Export) ([]byte, error)
	// Usage says how much a database holds: d1.ErrNotFound.
	Usage(ctx context.Context, account, id string) (d1.Usage, error)
	// Drop removes all that a database holds.
	Drop(ctx context.Context, account, id string) error
}

// queryDatabase and rawDatabase differ in how they show rows.
func (h *handler) queryDatabase(c *call) error { return h.runSQL(c, false) }
func (h *handler) rawDatabase(c *call) error   { return h.runSQL(c, true) }

func (h *handler) runSQL(c *call, columns bool) error {
	d, err := h.database(c)
	if err != nil {
		return err
	}
	var body struct {
		d1.Statement
		Batch []d1.Statement `json:"batch"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	all := body.Batch
	if all == nil {
		for _, sql := range d1.Split(body.SQL) {
			all = append(all, d1.Statement{SQL: sql, Params: body.Params})
		}
	}
	if len(all) == 0 {
		all = []d1.Statement{{SQL: body.SQL}} // which says that there is none
	}
	for _, s := range all {
		if s.Params != nil && (len(all) > 1 && body.Batch == nil || !bytes.HasPrefix(s.Params, []byte("[")) && string(s.Params) != "null") {
			return errDatabaseParams
		}
	}
	results, err := h.databases.Query(c.r.Context(), c.account, d.ID, all, columns)
	if err != nil {
		return c.ofDatabase(err)
	}
	return c.ok(results)
}

// ofDatabase makes of an error the one that the table knows: the database may be gone meanwhile.
func (c *call) ofDatabase(err error) error {
	if errors.Is(err, d1.ErrNotFound) {
		return &kindError{errDatabaseNotFound, &resources.Error{Err: resources.ErrNotFound, Kind: resources.Database, Name: c.item}}
	}
	return err
}

// database is the one that the path names, which something must run.
func (h *handler) database(c *call) (resources.Resource, error) {
	d, err := h.resources.Get(c.r.Context(), c.account, resources.Database, c.item)
	switch {
	case err != nil:
		return d, ofKind(err)
	case h.databases == nil:
		return d, errDatabasesRest
	}
	return d, nil
}
