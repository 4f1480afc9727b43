package server

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/platform"
)

// operatorPrefix is where a server with a data folder takes orders from commands
// that can read the folder's running.json.
const operatorPrefix = "/bindery/v1/"

// accountOrder asks for an account by name, id or both.
type accountOrder struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// apiKeyOrder asks for an API key.
type apiKeyOrder struct {
	Name string `json:"name"`
}

// secretMade is the only answer that a secret is ever in.
type secretMade[I any] struct {
	Secret string `json:"secret"`
	Info   I      `json:"info"`
}

// none is the body of a call that has nothing to say.
type none struct{}

// presence is the answer of ping: which process it is that answers.
type presence struct {
	PID int `json:"pid"`
}

// checkpointOrder asks for the store's files.
type checkpointOrder struct {
	Dir string `json:"dir"` // absolute
}

// checkpointer is a store that can write its files elsewhere.
type checkpointer interface {
	Checkpoint(ctx context.Context, dir string) error
}

// newOperatorAPI serves p, and the store below it, to whoever presents secret.
func newOperatorAPI(p *platform.Platform, files checkpointer, secret string) http.Handler {
	mux := http.NewServeMux()
	handle(mux, "GET /bindery/v1/ping", func(context.Context, *http.Request, none) (presence, error) {
		return presence{PID: os.Getpid()}, nil
	})

	handle(mux, "GET /bindery/v1/accounts", func(ctx context.Context, _ *http.Request, _ none) ([]platform.Account, error) {
		return p.Accounts(ctx)
	})
	handle(mux, "POST /bindery/v1/accounts", func(ctx context.Context, _ *http.Request, o accountOrder) (platform.Account, error) {
		return p.EnsureAccount(ctx, o.Name, o.ID)
	})

	handle(mux, "GET /bindery/v1/tokens", func(ctx context.Context, _ *http.Request, _ none) ([]platform.TokenInfo, error) {
		return p.Tokens(ctx)
	})
	handle(mux, "POST /bindery/v1/tokens", func(ctx context.Context, _ *http.Request, o platform.TokenInfo) (secretMade[platform.TokenInfo], error) {
		secret, info, err := p.CreateToken(ctx, o)
		return secretMade[platform.TokenInfo]{secret, info}, err
	})
	handle(mux, "DELETE /bindery/v1/tokens/{id}", func(ctx context.Context, r *http.Request, _ none) (none, error) {
		return none{}, p.RevokeToken(ctx, r.PathValue("id"))
	})

	handle(mux, "GET /bindery/v1/api-keys", func(ctx context.Context, _ *http.Request, _ none) ([]platform.APIKeyInfo, error) {
		return p.APIKeys(ctx)
	})
	handle(mux, "POST /bindery/v1/api-keys", func(ctx context.Context, _ *http.Request, o apiKeyOrder) (secretMade[platform.APIKeyInfo], error) {
		secret, info, err := p.CreateAPIKey(ctx, o.Name)
		return secretMade[platform.APIKeyInfo]{secret, info}, err
	})
	handle(mux, "DELETE /bindery/v1/api-keys/{id}", func(ctx context.Context, r *http.Request, _ none) (none, error) {
		return none{}, p.RevokeAPIKey(ctx, r.PathValue("id"))
	})

	handle(mux, "POST /bindery/v1/checkpoint", func(ctx context.Context, _ *http.Request, o checkpointOrder) (none, error) {
		if !filepath.IsAbs(o.Dir) {
			return none{}, errors.New("the folder is not an absolute path")
		}
		err := files.Checkpoint(ctx, o.Dir)
		if ctx.Err() != nil && !errors.Is(err, fs.ErrExist) {
			// Whoever asked was killed, or has removed what there was while files were still being added.
			_ = os.RemoveAll(o.Dir)
			_ = os.Remove(filepath.Dir(o.Dir)) // empty, if it was made for this
		}
		return none{}, err
	})
	return guard(mux, secret)
}

// guard lets only requests with the secret pass.
func guard(next http.Handler, secret string) http.Handler {
	want := []byte("Bearer " + secret)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			writeJSON(w, http.StatusUnauthorized, problem{Error: "the operator's secret is missing or wrong"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// handle serves one order: a JSON body in, JSON or a problem out.
func handle[In, Out any](mux *http.ServeMux, pattern string, do func(context.Context, *http.Request, In) (Out, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if r.Method == http.MethodPost {
			body := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
			body.DisallowUnknownFields()
			if err := body.Decode(&in); err != nil {
				writeJSON(w, http.StatusBadRequest, problem{Error: "the body is not the JSON of this order"})
				return
			}
		}
		out, err := do(r.Context(), r, in)
		if err != nil {
			writeJSON(w, http.StatusConflict, problemOf(err))
			return
		}
		writeJSON(w, http.StatusOK, out)
	})
}

// kinds names the errors that cross the operator API and stay what they are.
var kinds = map[string]error{
	"account_not_found": platform.ErrAccountNotFound,
	"account_invalid":   platform.ErrAccountInvalid,
	"account_conflict":  platform.ErrAccountConflict,
	"token_not_found":   platform.ErrTokenNotFound,
	"token_invalid":     platform.ErrTokenInvalid,
	"api_key_invalid":   platform.ErrAPIKeyInvalid,
	"api_key_not_found": platform.ErrAPIKeyNotFound,
	"too_many_api_keys": platform.ErrTooManyAPIKeys,
}

func problemOf(err error) problem {
	p := problem{Error: err.Error()}
	for kind, sentinel := range kinds {
		if errors.Is(err, sentinel) {
			p.Kind = kind
		}
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		p.Hint = hinted.Hint()
	}
	return p
}
