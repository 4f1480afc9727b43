package api

import (
	"log/slog"
	"time"
)

// Keys of log lines. A key's name, a value, its metadata and a token are never
// logged.
const (
	keyRay       = "ray"
	keyMethod    = "method"
	keyRoute     = "route" // the pattern, not the path: paths hold keys
	keyStatus    = "status"
	keyCode      = "code" // Cloudflare's, of an error
	keyAccount   = "account"
	keyNamespace = "namespace"
	keyToken     = "token_id"
	keyKeyBytes  = "key_bytes"
	keyTook      = "took"
	keyError     = "error"
	keyPanic     = "panic"
	keyStack     = "stack"
)

// statusGone is logged, never sent: the client went away before the answer.
const statusGone = 499

func (h *handler) logAnswer(c *call, started time.Time) {
	attrs := make([]slog.Attr, 0, 10)
	attrs = append(attrs,
		slog.String(keyRay, c.ray[0]),
		slog.String(keyMethod, c.r.Method),
		slog.String(keyRoute, c.pattern()),
		slog.Int(keyStatus, c.status),
		slog.Duration(keyTook, time.Since(started)))
	if c.code != 0 {
		attrs = append(attrs, slog.Int(keyCode, c.code))
	}
	if c.holder.TokenID != "" { // what a stranger put into the path is not logged
		attrs = append(attrs, slog.String(keyToken, c.holder.TokenID))
		if c.account != "" {
			attrs = append(attrs, slog.String(keyAccount, c.account))
		}
		if c.namespaceID != "" {
			attrs = append(attrs, slog.String(keyNamespace, c.namespaceID))
		}
	}
	if c.key != "" {
		attrs = append(attrs, slog.Int(keyKeyBytes, len(c.key)))
	}
	h.log.LogAttrs(c.r.Context(), slog.LevelDebug, "request answered", attrs...)
}
