// Package aibinding answers what workerd sends for an AI binding by a model behind an endpoint that speaks
// OpenAI's API: env.AI.run(model, inputs) becomes a chat completion, or an embedding.
//
// Start with [Handler]. The model's name is handed on as the Worker gives it.
package aibinding

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Options of Handler. Endpoint is needed.
type Options struct {
	Endpoint *url.URL // that /chat/completions and /embeddings are below, as http://127.0.0.1:11434/v1
	Key      string   // sent as a bearer token; "" sends none. It is told nobody else
	Log      *slog.Logger
}

// Limits of what is held in memory, in bytes.
const (
	maxInputs = 16 << 20
	maxAnswer = 64 << 20
	maxLine   = 1 << 20 // of a stream
)

// Codes of errors. Source: Cloudflare's list of errors of Workers AI; codeBroken stands for all else.
const (
	codeInputs   = 5004
	codeNoModel  = 5007
	codeCapacity = 3040
	codeBroken   = 3043
)

// failure is an answer that a Worker sees as InferenceUpstreamError, "CODE: TEXT".
type failure struct {
	status int
	code   int
	text   string
}

func (f *failure) Error() string { return fmt.Sprintf("%d: %s", f.code, f.text) }

func inputsError(format string, args ...any) error {
	return &failure{http.StatusBadRequest, codeInputs, fmt.Sprintf(format, args...)}
}

// Handler answers for one binding, or many.
func Handler(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := o.serve(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		var f *failure
		if !errors.As(err, &f) {
			f = &failure{http.StatusBadGateway, codeBroken, err.Error()}
		}
		o.Log.Warn("AI not answered", "error", f)
		type entry struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(f.status)
		_ = json.NewEncoder(w).Encode(struct { // fails only when the Worker is gone
			Code        int     `json:"internalCode"`
			Name        string  `json:"name"`
			Description string  `json:"description"`
			Errors      []entry `json:"errors"` // which all but run look at
		}{f.code, "InferenceUpstreamError", f.text, []entry{{f.code, f.text}}})
	})
}

func (o *Options) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/run") {
		return &failure{http.StatusNotImplemented, codeBroken, "this server serves run() of AI bindings only"}
	}
	var sent struct {
		Inputs map[string]json.RawMessage `json:"inputs"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxInputs)).Decode(&sent); err != nil {
		return inputsError("the inputs are not JSON, or too large: %v", err)
	}
	model := r.Header.Get("Cf-Consn-Model-Id")
	q, err := newQuestion(model, sent.Inputs)
	if err != nil {
		return err
	}
	answer, err := o.ask(r, q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if q.stream {
		return relay(w, answer.Body)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the endpoint's answer: %w", err)
	}
	result, err := q.result(text)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json") // exactly: workerd compares
	return json.NewEncoder(w).Encode(result)
}

func (o *Options) ask(r *http.Request, q *question) (*http.Response, error) {
	body, err := json.Marshal(q.body)
	if err != nil {
		return nil, err
	}
	to, err := http.NewRequestWithContext(r.Context(), http.MethodPost, o.Endpoint.JoinPath(q.path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	to.Header.Set("Content-Type", "application/json")
	if o.Key != "" {
		to.Header.Set("Authorization", "Bearer "+o.Key)
	}
	answer, err := http.DefaultClient.Do(to)
	if err != nil {
		return nil, fmt.Errorf("ask the endpoint: %w", err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refused(answer)
}

// refused makes of an endpoint's error one of Workers AI. Its own status would say more than a Worker is to
// know: that the key is wrong, say.
func refused(answer *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)) // what cannot be read says nothing
	var said struct{ Error struct{ Message string } }
	_ = json.Unmarshal(text, &said) // the same
	why := said.Error.Message
	if why == "" {
		why = "the endpoint answers " + answer.Status
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return &failure{http.StatusBadRequest, codeNoModel, why}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return &failure{http.StatusBadRequest, codeInputs, why}
	case http.StatusTooManyRequests:
		return &failure{http.StatusTooManyRequests, codeCapacity, why}
	case http.StatusUnauthorized, http.StatusForbidden:
		return &failure{http.StatusBadGateway, codeBroken, "the endpoint takes no requests with this server's key"}
	}
	return &failure{http.StatusBadGateway, codeBroken, why}
}
