package tails

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// ErrFilter: a filter is none that there is.
var ErrFilter = errors.New("tail filter is not valid")

// filter is what a client wants to see; of its fields one is set. Source: wrangler's tail.
type filter struct {
	SamplingRate *float64 `json:"sampling_rate"` // the part of the events that is shown
	Outcome      []string `json:"outcome"`
	Method       []string `json:"method"`
	Header       *struct {
		Key   string `json:"key"`
		Query string `json:"query"` // what is in the value; "" is anything
	} `json:"header"`
	ClientIP      []string `json:"client_ip"` // "self" is that of the client which watches
	Query         *string  `json:"query"`     // what is in a line of the console
	ScriptVersion *string  `json:"scriptVersion"`
}

// parseFilters reads filters, all of which an event has to pass: ErrFilter.
func parseFilters(sent []json.RawMessage) (all []filter, err error) {
	for _, raw := range sent {
		var f filter
		if err := json.Unmarshal(raw, &f); err != nil {
			return nil, fmt.Errorf("%w: %s", ErrFilter, raw)
		}
		if f.SamplingRate == nil && f.Outcome == nil && f.Method == nil && f.Header == nil && f.ClientIP == nil && f.Query == nil && f.ScriptVersion == nil {
			return nil, fmt.Errorf("%w: %s", ErrFilter, raw)
		}
		all = append(all, f)
	}
	return all, nil
}

// event is what filters look at in a trace event, and how it is sent.
type event struct {
	Outcome string `json:"outcome"`
	Logs    []struct {
		Message json.RawMessage `json:"message"`
	} `json:"logs"`
	Event *struct {
		Request *struct {
			Method  string            `json:"method"`
			Headers map[string]string `json:"headers"` // in lower case
		} `json:"request"`
	} `json:"event"`
	version string
	text    []byte
}

// readEvent reads an event, and says in it whose it is: the runtime does not know.
func readEvent(raw json.RawMessage, worker, version string) (*event, error) {
	e := &event{version: version}
	if err := json.Unmarshal(raw, e); err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	if all == nil {
		return nil, errors.New("it is null")
	}
	all["scriptName"], _ = json.Marshal(worker) // strings
	all["scriptVersion"], _ = json.Marshal(map[string]string{"id": version})
	var err error
	e.text, err = json.Marshal(all)
	return e, err
}

// passes says whether an event is shown to a client of this address.
func (f *filter) passes(e *event, client string) bool {
	switch {
	case f.SamplingRate != nil:
		return rand.Float64() < *f.SamplingRate
	case f.Outcome != nil:
		return slices.Contains(f.Outcome, e.Outcome)
	case f.Query != nil:
		return e.says(*f.Query)
	case f.ScriptVersion != nil:
		return e.version == *f.ScriptVersion
	case e.Event == nil || e.Event.Request == nil:
		return false // the rest is of requests
	}
	request := e.Event.Request
	switch {
	case f.Method != nil:
		return slices.ContainsFunc(f.Method, func(m string) bool { return strings.EqualFold(m, request.Method) })
	case f.Header != nil:
		value, there := request.Headers[strings.ToLower(f.Header.Key)]
		return there && strings.Contains(value, f.Header.Query)
	}
	from := request.Headers["cf-connecting-ip"]
	return slices.ContainsFunc(f.ClientIP, func(ip string) bool { return ip == from || ip == "self" && client == from })
}

// says looks for a text in what was written to the console.
func (e *event) says(text string) bool {
	for _, l := range e.Logs {
		var parts []any
		if json.Unmarshal(l.Message, &parts) != nil {
			parts = []any{string(l.Message)}
		}
		for _, part := range parts {
			line, isText := part.(string)
			if !isText {
				raw, _ := json.Marshal(part) // came from JSON
				line = string(raw)
			}
			if strings.Contains(line, text) {
				return true
			}
		}
	}
	return false
}
