// Package apitest holds what a server takes and answers, in the v4 API and beside it, against
// the OpenAPI document that it publishes. It is for tests, which wrap the handler that they
// drive in [Check].
package apitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/bindery-dev/bindery/internal/api"
)

// Check returns next, reporting every exchange below api.Prefix, or on another path of the
// document, that differs from it: an answer that is not described, to whatever request; and
// a request that is not described, but succeeds. report is a test's Errorf.
func Check(next http.Handler, report func(format string, args ...any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !described(r) {
			next.ServeHTTP(w, r)
			return
		}
		asked := &copied{ReadCloser: r.Body}
		if r.Body != nil {
			r.Body = asked
		}
		answer := &answer{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		if answer.status == 0 && r.Context().Err() != nil {
			return // nobody was there to be answered
		}
		if err := check(r, asked, answer); err != nil {
			report("the OpenAPI document differs: %s %s: %v\nsent: %s\nanswered: %d %s", r.Method, r.URL, err, &asked.text, answer.status, &answer.text)
		}
	})
}

// described says whether the document has something to say of the request: a Worker's
// host has paths of its own.
func described(r *http.Request) bool {
	host, _, _ := strings.Cut(r.Host, ":")
	if strings.HasSuffix(host, ".localhost") {
		return false
	}
	path := r.URL.EscapedPath()
	if strings.HasPrefix(path, api.Prefix+"/") {
		return true
	}
	doc, err := Load()
	if err != nil {
		return true // to be reported
	}
	_, item, _ := find(doc, path)
	return item != nil
}

// Load returns the document, once it is seen to be valid itself.
var Load = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.Document)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

func check(r *http.Request, asked *copied, got *answer) error {
	doc, err := Load()
	if err != nil {
		return err
	}
	path, item, parameters := find(doc, r.URL.EscapedPath())
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var operation *openapi3.Operation
	if item != nil {
		operation = item.GetOperation(method)
	}
	described := operation != nil
	switch {
	case described:
	case item != nil && beside(item):
		if got.status < 400 {
			return fmt.Errorf("the answer: %d to a method that the path does not have", got.status)
		}
		return nil
	default: // as the document says in its description
		operation = &openapi3.Operation{Responses: openapi3.NewResponses()}
		operation.Responses.Set("404", doc.Components.Responses["NotFound"])
		operation.Responses.Set("405", doc.Components.Responses["MethodNotAllowed"])
	}
	input := &openapi3filter.RequestValidationInput{
		Request:    asked.request(r, operation),
		PathParams: parameters,
		Route:      &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation},
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true,
			ExcludeRequestBody:    asked.more,
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc, // a token is looked for by the server
		},
	}
	if described && got.status < 300 {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			return fmt.Errorf("the request: %w", err)
		}
	}
	if err := openapi3filter.ValidateResponse(r.Context(), got.input(input)); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return nil
}

// beside says whether a path is beside the v4 API: its own server is then the root.
func beside(item *openapi3.PathItem) bool { return len(item.Servers) > 0 }

// find looks up the path as it was sent, as the document means it: a slash in a
// parameter is escaped, and a path without parameters counts before one with.
func find(doc *openapi3.T, escaped string) (path string, item *openapi3.PathItem, parameters map[string]string) {
	sent := strings.Split(escaped, "/")
	for candidate, its := range doc.Paths.Map() {
		whole := candidate
		if !beside(its) {
			whole = api.Prefix + candidate
		}
		named, ok := match(strings.Split(whole, "/"), sent)
		if ok && (item == nil || len(named) < len(parameters)) {
			path, item, parameters = candidate, its, named
		}
	}
	return path, item, parameters
}

func match(template, sent []string) (parameters map[string]string, ok bool) {
	if last := len(template) - 1; template[last] == "{object}" && len(sent) > last { // the only one that may have slashes
		sent = append(slices.Clone(sent[:last]), strings.Join(sent[last:], "/"))
	}
	if len(template) != len(sent) {
		return nil, false
	}
	parameters = map[string]string{}
	for i, segment := range template {
		name, isParameter := strings.CutPrefix(segment, "{")
		if !isParameter {
			if segment != sent[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(sent[i])
		if err != nil || value == "" {
			return nil, false
		}
		parameters[strings.TrimSuffix(name, "}")] = value
	}
	return parameters, true
}

func init() {
	openapi3filter.RegisterBodyDecoder("application/openmetrics-text", openapi3filter.FileBodyDecoder)
}

// most of a body that is kept and looked at.
const most = 1 << 20

// copied is a request's body, and what was read of it.
type copied struct {
	io.ReadCloser
	text bytes.Buffer
	more bool // than is kept
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.more = c.more || c.text.Len()+n > most
	if !c.more {
		c.text.Write(p[:n])
	}
	return n, err
}

// request is r for a validator, which decodes a body as Content-Type says. The server
// does not, but for forms.
func (c *copied) request(r *http.Request, o *openapi3.Operation) *http.Request {
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(c.text.Bytes()))
	again.URL.RawQuery = strings.ReplaceAll(again.URL.RawQuery, ";", "%3B")
	if o.RequestBody == nil {
		return again
	}
	content := o.RequestBody.Value.Content
	kind, _, err := mime.ParseMediaType(again.Header.Get("Content-Type"))
	switch {
	case content["application/json"] != nil:
		again.Header.Set("Content-Type", "application/json")
	case content["*/*"] != nil && (err != nil || content[kind] == nil): // which may be no media type at all
		again.Header.Set("Content-Type", "application/octet-stream")
	}
	return again
}

// answer is what was answered.
type answer struct {
	http.ResponseWriter
	status int
	text   bytes.Buffer
	more   bool
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Answering is for whoever is behind, if it wants to know.
func (a *answer) Answering(operation string) {
	if w, ok := a.ResponseWriter.(api.Witness); ok {
		w.Answering(operation)
	}
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	a.more = a.more || a.text.Len()+len(p) > most
	if !a.more {
		a.text.Write(p)
	}
	return a.ResponseWriter.Write(p)
}

func (a *answer) input(request *openapi3filter.RequestValidationInput) *openapi3filter.ResponseValidationInput {
	options := *request.Options
	options.ExcludeResponseBody = a.more
	return &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 a.status,
		Header:                 a.Header(),
		Body:                   io.NopCloser(bytes.NewReader(a.text.Bytes())),
		Options:                &options,
	}
}
