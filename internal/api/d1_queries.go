package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/resources"
)

// Databases are what is in D1 databases; the account's record of each is in resources.
type Databases interface {
	// Query runs statements as one transaction, and returns each one's result with rows as objects, or as
	// columns and rows: d1.ErrQuery, d1.ErrNotFound.
	Query(ctx context.Context, account, id string, all []d1.Statement, columns bool) ([]json.RawMessage, error)
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
	if errors.Is(err, d1.ErrNotFound) { // meanwhile
		return &kindError{errDatabaseNotFound, &resources.Error{Err: resources.ErrNotFound, Kind: resources.Database, Name: c.item}}
	}
	if err != nil {
		return err
	}
	return c.ok(results)
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

// transferDatabase refuses files that go in or come out as a whole.
func (h *handler) transferDatabase(c *call) error {
	if _, err := h.database(c); err != nil {
		return err
	}
	what := "imports"
	if strings.HasSuffix(c.r.URL.Path, "/export") {
		what = "exports"
	}
	return fmt.Errorf("%w: %s", errDatabaseTransfer, what)
}
