package api

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/r2"
)

// bucketUsage is the data set in which clients look for how much a bucket holds.
const bucketUsage = "r2StorageAdaptiveGroups"

// graphql answers questions about use, which wrangler asks to describe a resource: how much a bucket holds.
// Of anything else, such as how often a database was asked, nothing is known. It is no envelope.
func (h *handler) graphql(c *call) error {
	var question struct {
		Query     string `json:"query"`
		Variables struct {
			Account string `json:"accountTag"`
			Filter  struct {
				Bucket string `json:"bucketName"`
			} `json:"filter"`
		} `json:"variables"`
	}
	if err := c.decode(&question); err != nil {
		return err
	}
	account := map[string]any{}
	if strings.Contains(question.Query, bucketUsage) {
		groups, err := h.bucketGroups(c, question.Variables.Account, question.Variables.Filter.Bucket)
		if err != nil {
			return err
		}
		account[bucketUsage] = groups
	}
	return c.json(http.StatusOK, map[string]any{
		"data":   map[string]any{"viewer": map[string]any{"accounts": []any{account}}},
		"errors": nil,
	})
}

// bucketGroups says how much a bucket holds now; nothing of one that no account has. Before the
// name may stand the jurisdiction and "_", which is in no bucket's name.
func (h *handler) bucketGroups(c *call, account, name string) ([]any, error) {
	if !platform.ValidID(account) {
		return []any{}, nil
	}
	if err := c.holder.AllowIn(account, "r2", platform.Read); err != nil {
		return nil, err
	}
	if _, after, ok := strings.Cut(name, "_"); ok {
		name = after
	}
	b, err := h.objects.Bucket(c.r.Context(), account, name)
	if errors.Is(err, r2.ErrBucketNotFound) {
		return []any{}, nil
	}
	if err != nil {
		return nil, err
	}
	u, err := b.Usage(c.r.Context())
	if err != nil {
		return nil, err
	}
	return []any{map[string]any{
		"max":        map[string]any{"objectCount": u.Objects, "payloadSize": u.Bytes, "metadataSize": u.MetadataBytes},
		"dimensions": map[string]any{"datetime": h.now().UTC().Format(time.RFC3339)},
	}}, nil
}
