package api

import (
	"fmt"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/resources"
)

type wireDatabase struct {
	UUID            string            `json:"uuid"`
	Name            string            `json:"name"`
	Created         time.Time         `json:"created_at"`
	Version         string            `json:"version"`
	Tables          int               `json:"num_tables"`
	FileSize        int64             `json:"file_size"` // bytes
	ReadReplication map[string]string `json:"read_replication"`
}

func newDatabase(d resources.Resource) wireDatabase {
	return wireDatabase{UUID: d.ID, Name: d.Name, Created: d.Created, Version: "production", ReadReplication: map[string]string{"mode": "disabled"}}
}

func (h *handler) listDatabases(c *call) error {
	all, err := h.resources.List(c.r.Context(), c.account, resources.Database)
	if err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	var named []resources.Resource
	for _, d := range all {
		if strings.Contains(d.Name, query.Get("name")) {
			named = append(named, d)
		}
	}
	return page(c, named, newDatabase)
}

func (h *handler) createDatabase(c *call) error {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	d, err := h.resources.Create(c.r.Context(), c.account, resources.Database, body.Name, nil)
	if err != nil {
		return ofKind(err)
	}
	return c.ok(newDatabase(d))
}

// getDatabase takes an id or a name, as wrangler sends either.
func (h *handler) getDatabase(c *call) error {
	d, err := h.resources.Get(c.r.Context(), c.account, resources.Database, c.item)
	if err != nil {
		return ofKind(err)
	}
	answer := newDatabase(d)
	if h.databases != nil {
		used, err := h.databases.Usage(c.r.Context(), c.account, d.ID)
		if err != nil { // it is there, whether or not it runs
			h.log.Warn("database does not say how much it holds", "account", c.account, "database", d.ID, keyError, err)
		}
		answer.Tables, answer.FileSize = used.Tables, used.Bytes
	}
	return c.ok(answer)
}

// deleteDatabase removes what is in the database first: after the record, nobody would look for it.
func (h *handler) deleteDatabase(c *call) error {
	if d, err := h.database(c); err == nil {
		if err := h.databases.Drop(c.r.Context(), c.account, d.ID); err != nil {
			return fmt.Errorf("remove what is in the database: %w", err)
		}
	}
	if err := h.resources.Delete(c.r.Context(), c.account, resources.Database, c.item); err != nil {
		return ofKind(err)
	}
	return c.ok(nil)
}
