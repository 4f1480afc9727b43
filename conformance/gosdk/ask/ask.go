// Package ask lets a test drive a client library: it reads calls from standard input,
// a JSON object a line, and writes an answer for each, in the same way. The test is
// conformance/library_test.go; conformance/sdk.mjs speaks the same.
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime/debug"
)

// Call is what the library is to do: the name of a call, and of the rest what it needs.
type Call struct {
	Call    string `json:"call"`
	BaseURL string `json:"base_url"`
	Token   string `json:"token"`
	Account string `json:"account"`

	Namespace    string          `json:"namespace"`
	Title        string          `json:"title"`
	Key          string          `json:"key"`
	Value        []byte          `json:"value"`
	Metadata     json.RawMessage `json:"metadata"`
	Expiration   int64           `json:"expiration"`     // Unix seconds
	TTL          int64           `json:"expiration_ttl"` // seconds
	Pairs        []Pair          `json:"pairs"`
	Keys         []string        `json:"keys"`
	Type         string          `json:"type"`
	WithMetadata bool            `json:"with_metadata"`

	Prefix    string `json:"prefix"`
	Cursor    string `json:"cursor"`
	Limit     int    `json:"limit"`
	Page      int    `json:"page"`
	PerPage   int    `json:"per_page"`
	Order     string `json:"order"`
	Direction string `json:"direction"`

	// Of a token, whose name is Title, and whose end is Expiration.
	TokenID  string `json:"token_id"`
	Status   string `json:"status"`
	Group    string `json:"group"`    // id of its permission group
	Resource string `json:"resource"` // id of its account
}

// Resources of a token's policy, as the API has them.
func (c Call) Resources() map[string]string {
	return map[string]string{"com.cloudflare.api.account." + c.Resource: "*"}
}

// Pair is one of a bulk.
type Pair struct {
	Key        string          `json:"key"`
	Value      string          `json:"value"`
	Base64     bool            `json:"base64"`
	Expiration int64           `json:"expiration"`
	TTL        int64           `json:"expiration_ttl"`
	Metadata   json.RawMessage `json:"metadata"`
}

// Answer is what came of a call.
type Answer struct {
	Absent bool   `json:"absent,omitempty"` // the library has no such call
	Error  string `json:"error,omitempty"`
	Status int    `json:"status,omitempty"` // of an error: HTTP, and
	Code   int    `json:"code,omitempty"`   // Cloudflare's
	Result any    `json:"result,omitempty"`
}

// Namespace is one, as a result.
type Namespace struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Key is an entry of a list, as a result.
type Key struct {
	Name       string `json:"name"`
	Expiration int64  `json:"expiration"`
	Metadata   any    `json:"metadata"`
}

// KeyPage is a page of a list, as a result.
type KeyPage struct {
	Keys   []Key  `json:"keys"`
	Cursor string `json:"cursor"`
}

// Token is one, or a permission group, as a result.
type Token struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status,omitempty"`
	Value  string `json:"value,omitempty"` // its secret
}

// Bulk is what came of a bulk put or delete, as a result.
type Bulk struct {
	Successful   int      `json:"successful"`
	Unsuccessful []string `json:"unsuccessful"`
}

// Func is a call of the library. describe finds status and code in the library's errors.
type Func func(ctx context.Context, c Call) (result any, err error)

// Serve says which version of library is at work, and answers calls until its input
// ends. The error is one of reading or writing.
func Serve(library string, calls map[string]Func, describe func(error) (status, code int)) error {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	if err := out.Encode(Answer{Result: version(library)}); err != nil {
		return err
	}
	for in.More() {
		var c Call
		if err := in.Decode(&c); err != nil {
			return err
		}
		var a Answer
		call, ok := calls[c.Call]
		a.Absent = !ok
		if ok {
			var err error
			if a.Result, err = call(context.Background(), c); errors.Is(err, ErrAbsent) {
				a.Absent = true
			} else if err != nil {
				a.Error = err.Error()
				a.Status, a.Code = describe(err)
			}
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return nil
}

// ErrAbsent: the library has the call, but not what is asked of it.
var ErrAbsent = errors.New("the library does not have this")

// version is the one that this program was built with.
func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "unknown"
}
