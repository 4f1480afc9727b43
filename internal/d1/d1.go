// Package d1 is what a client of D1 says to a database: statements, how a text of several is cut into them,
// and files of SQL on their way in and out. What they mean is for who runs them.
//
// Start with [Split], or with [Files].
package d1

import (
	"encoding/json"
	"errors"
)

var (
	// ErrNotFound: the account has no database of this id.
	ErrNotFound = errors.New("database not found")
	// ErrQuery: SQL failed, and nothing of its batch was done. *QueryError says why.
	ErrQuery = errors.New("query failed")
)

// QueryError is an ErrQuery, in SQLite's words.
type QueryError struct{ Text string }

func (e *QueryError) Error() string { return ErrQuery.Error() + ": " + e.Text }
func (e *QueryError) Unwrap() error { return ErrQuery }

// Statement is one statement of SQL with what its parameters are bound to: a JSON array of numbers,
// texts, null, and arrays of bytes; nil for none.
type Statement struct {
	SQL    string          `json:"sql"`
	Params json.RawMessage `json:"params,omitempty"`
}

// Loaded is what running a file has done. Meta is as of a query.
type Loaded struct {
	Meta     json.RawMessage `json:"meta"`
	Bookmark string          `json:"final_bookmark"`
}

// Export says what of a database is wanted. No tables are all.
type Export struct {
	Tables   []string `json:"tables,omitempty"`
	NoSchema bool     `json:"no_schema,omitempty"`
	NoData   bool     `json:"no_data,omitempty"`
}

// Usage is how much a database holds.
type Usage struct {
	Tables int
	Bytes  int64 // of its file
}
