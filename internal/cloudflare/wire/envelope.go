// Package wire is what travels between a client of Cloudflare's v4 API and
// whoever serves it: the envelope, the error codes, and the bodies of the calls
// that Bindery knows. The client and the server both use it, so they cannot drift.
//
// Start with [Envelope]. [Array] reads the long bodies of bulk calls one element
// at a time.
package wire

import (
	"bytes"
	"encoding/json"
)

// Envelope is the body of every answer except a value's raw bytes. Its fields
// stand in the order in which Cloudflare sends them.
type Envelope[R any] struct {
	Result   R         `json:"result"`
	Errors   []Message `json:"errors"`
	Messages []Message `json:"messages"`
	Success  bool      `json:"success"`
	// ResultInfo is a PageInfo or a CursorInfo on lists, else nil. To decode one,
	// set it to a pointer of the kind that the route answers.
	ResultInfo any `json:"result_info,omitempty"`
}

// OK is the envelope of a success.
func OK[R any](result R) Envelope[R] {
	return Envelope[R]{Result: result, Errors: []Message{}, Messages: []Message{}, Success: true}
}

// Listed is the envelope of one page of a list; info is a PageInfo or a CursorInfo.
func Listed[R any](result []R, info any) Envelope[[]R] {
	if result == nil {
		result = []R{} // a page past the end is [], never null
	}
	e := OK(result)
	e.ResultInfo = info
	return e
}

// Failure is the envelope of an error: result null, success false.
func Failure(errs ...Message) Envelope[any] {
	return Envelope[any]{Errors: errs, Messages: []Message{}}
}

// Message is an entry of errors or messages.
type Message struct {
	Code       int       `json:"code"`
	Message    string    `json:"message"`
	ErrorChain []Message `json:"error_chain,omitempty"` // causes; on refused headers
}

// UnmarshalJSON also takes a bare string, as entries of messages sometimes are.
func (m *Message) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '"' {
		*m = Message{}
		return json.Unmarshal(b, &m.Message)
	}
	type plain Message
	return json.Unmarshal(b, (*plain)(m))
}

// PageInfo is result_info of lists in numbered pages.
type PageInfo struct {
	Count      int `json:"count"` // items on this page
	Page       int `json:"page"`  // from 1
	PerPage    int `json:"per_page"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

// CursorInfo is result_info of lists that go on from a cursor.
type CursorInfo struct {
	Count  int    `json:"count"`  // items on this page
	Cursor string `json:"cursor"` // "" on the last page
}
