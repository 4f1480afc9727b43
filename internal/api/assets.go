package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/workers"
)

// maxManifest bounds the list of static files, of which there may be 100,000.
const maxManifest = 32 << 20

// maxAssetPart bounds a static file as it is sent: in base64, with a little room.
const maxAssetPart = workers.MaxAssetBytes/3*4 + 16

// beginAssets is told which static files a version will have, and asks for those that
// the account lacks.
func (h *handler) beginAssets(c *call) error {
	var body struct {
		Manifest map[string]workers.File `json:"manifest"`
	}
	if err := bodyError(wire.Object(c.body(maxManifest), &body)); err != nil {
		return err
	}
	key, missing, err := h.workers.BeginAssets(c.r.Context(), c.account, c.worker, body.Manifest)
	if err != nil {
		return err
	}
	return c.ok(struct {
		JWT     string     `json:"jwt"`
		Buckets [][]string `json:"buckets"`
	}{assetToken(key, h.now()), missing})
}

// uploadAssets takes files: parts named by their hash, in base64. Who sends them shows
// the token of the upload in place of one of ours.
func (h *handler) uploadAssets(c *call) error {
	ctx := c.r.Context()
	token, ok := bearer(c.r.Header.Get("Authorization"))
	if !ok {
		return kv.ErrUnauthenticated
	}
	key := assetKey(token)
	if err := h.workers.Uploading(ctx, c.account, key); err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	size := c.r.ContentLength
	release, err := h.admit(c, size)
	if err != nil {
		return err
	}
	defer release()
	form, err := c.form(bulkRoom)
	if err != nil {
		return err
	}
	for {
		part, err := form.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		content, err := readPart(part, maxAssetPart, fmt.Errorf("%w: a static file", errBodyTooLarge))
		if err != nil {
			return err
		}
		if query.Get("base64") == "true" {
			if content, err = base64.StdEncoding.AppendDecode(nil, content); err != nil {
				return fmt.Errorf("%w: %s is not base64", workers.ErrFileUnknown, part.FormName())
			}
		}
		if err := h.workers.AddAsset(ctx, c.account, key, part.FormName(), part.Header.Get("Content-Type"), content); err != nil {
			return err
		}
	}
	complete, err := h.workers.Complete(ctx, c.account, key)
	if err != nil {
		return err
	}
	if !complete {
		return c.ok(struct{}{})
	}
	return c.json(http.StatusCreated, wire.OK(map[string]string{"jwt": token}))
}

// assetToken wraps the key of an upload as the JSON web token that clients expect: they
// read of it when it ends. Nobody signs it, as the key is secret.
func assetToken(key string, now time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	payload, _ := json.Marshal(assetClaims{Expires: now.Add(time.Hour).Unix(), Key: key}) // numbers and strings
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + "." + encode([]byte("bindery"))
}

type assetClaims struct {
	Expires int64  `json:"exp"` // Unix seconds
	Key     string `json:"key"`
}

// assetKey is the key in a token; "" of anything else.
func assetKey(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims assetClaims
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if errors.Join(err, json.Unmarshal(payload, &claims)) != nil {
		return ""
	}
	return claims.Key
}
