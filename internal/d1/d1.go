// Package d1 is what a client of D1 says to a database: statements, and how a text of several is cut
// into them. What they mean is for who runs them.
//
// Start with [Split].
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
