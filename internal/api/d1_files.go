package api

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/kv"
)

// databaseFile is where a file of SQL is brought and fetched. Who may is in its last segment.
const databaseFile = "/d1/files/{file}"

// wireTransfer is how far a file of SQL has come. Clients ask again until it is complete.
type wireTransfer struct {
	Success  bool     `json:"success"`
	Type     string   `json:"type"`
	Status   string   `json:"status,omitempty"`
	Bookmark string   `json:"at_bookmark,omitempty"`
	Messages []string `json:"messages"`
	Error    string   `json:"error,omitempty"`
	Filename string   `json:"filename,omitempty"`
	Upload   string   `json:"upload_url,omitempty"`
	Result   any      `json:"result,omitempty"`
}

// importDatabase runs a file of SQL in three steps, as wrangler does: init says where to bring the file, ingest
// runs it, and poll asks how far that is. Here ingest answers when it is done.
func (h *handler) importDatabase(c *call) error {
	d, err := h.database(c)
	if err != nil {
		return err
	}
	var body struct {
		Action string `json:"action"`
		Digest string `json:"etag"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if body.Action == "poll" {
		return c.ok(wireTransfer{Type: "import", Error: "Not currently importing anything.", Messages: []string{}})
	}
	if sum, err := hex.DecodeString(body.Digest); err != nil || len(sum) != 16 {
		return fmt.Errorf("%w: etag is no MD5 in hex", wire.ErrShape)
	}
	body.Digest = strings.ToLower(body.Digest)
	switch body.Action {
	case "init":
		word := h.files.Announce(c.account, d.ID, body.Digest)
		return c.ok(wireTransfer{Success: true, Type: "import", Messages: []string{}, Filename: d.ID + "." + body.Digest + ".sql", Upload: c.fileURL(word)})
	case "ingest":
		text, err := h.files.Take(c.account, d.ID, body.Digest)
		if err != nil {
			return err
		}
		return h.loadDatabase(c, d.ID, string(text))
	}
	return fmt.Errorf("%w: action is %q, must be init, ingest or poll", wire.ErrShape, body.Action)
}

func (h *handler) loadDatabase(c *call, id, text string) error {
	var all []d1.Statement
	for _, sql := range d1.Split(text) {
		all = append(all, d1.Statement{SQL: sql})
	}
	if len(all) == 0 {
		all = []d1.Statement{{SQL: text}} // which says that there is none
	}
	done, err := h.databases.Load(c.r.Context(), c.account, id, all)
	if err != nil {
		return c.ofDatabase(err)
	}
	return c.ok(wireTransfer{
		Success: true, Type: "import", Status: "complete", Bookmark: done.Bookmark, Messages: []string{fmt.Sprintf("Processed %d queries.", len(all))},
		Result: struct {
			Queries int `json:"num_queries"`
			d1.Loaded
		}{len(all), done},
	})
}

// exportDatabase writes a database as SQL, and says where to fetch that.
func (h *handler) exportDatabase(c *call) error {
	d, err := h.database(c)
	if err != nil {
		return err
	}
	var body struct {
		Options struct {
			Tables   []string `json:"tables"`
			NoSchema bool     `json:"no_schema"`
			NoData   bool     `json:"no_data"`
		} `json:"dump_options"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	text, err := h.databases.Export(c.r.Context(), c.account, d.ID, d1.Export(body.Options))
	if err != nil {
		return c.ofDatabase(err)
	}
	return c.ok(wireTransfer{
		Success: true, Type: "export", Status: "complete", Messages: []string{"Uploaded part 1"},
		Result: map[string]string{"filename": d.ID + ".sql", "signed_url": c.fileURL(h.files.Add(text))},
	})
}

// fileURL is where a file is brought or fetched, on the host that the client asked.
func (c *call) fileURL(word string) string {
	scheme := "http://"
	if c.r.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.r.Host + Prefix + strings.Replace(databaseFile, "{file}", word, 1)
}

// putFile takes a file that was announced. What it answers is R2's: a digest and no body.
func (h *handler) putFile(c *call) error {
	if h.files.Announced(c.item) != nil {
		return kv.ErrUnauthenticated // the word is what lets in
	}
	release, err := h.admit(c, c.r.ContentLength)
	if err != nil {
		return err
	}
	defer release()
	text, err := io.ReadAll(c.body(d1.MaxFileBytes))
	if err != nil {
		return bodyError(err)
	}
	digest, err := h.files.Put(c.item, text)
	if err != nil {
		return err
	}
	c.w.Header().Set("ETag", `"`+digest+`"`)
	c.status = http.StatusOK
	c.w.WriteHeader(c.status)
	return nil
}

func (h *handler) getFile(c *call) error {
	text, err := h.files.Get(c.item)
	if err != nil {
		return kv.ErrUnauthenticated // the word is what lets in
	}
	c.w.Header().Set("Content-Type", "application/sql")
	c.status = http.StatusOK
	_, _ = c.Write(text) // fails only when the client is gone
	return nil
}
