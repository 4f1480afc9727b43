package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/workers"
)

// What goes wrong in this room; what goes wrong below it has its errors in kv,
// platform and wire.
var (
	errNoRoute                = errors.New("no such route")
	errNoMethod               = errors.New("no such method on this path")
	errNoKVMethod             = errors.New("no such method on this path of KV")
	errAccountMalformed       = errors.New("account id is malformed")
	errNamespaceMalformed     = errors.New("namespace id is malformed")
	errAuthMissing            = errors.New("nothing says who asks")
	errAuthorizationMalformed = errors.New("authorization header is malformed")
	errKeyMalformed           = errors.New("x-auth-key header is malformed")
	errGlobalKey              = errors.New("a global API key was presented")
	errTokenUnknown           = errors.New("token to verify is unknown")
	errTokenBeyond            = errors.New("token would reach beyond its maker's accounts")
	errAccountHidden          = errors.New("account is not to be seen")
	errQueryMalformed         = errors.New("query is malformed")
	errTitleMissing           = errors.New("title is missing")
	errPageInvalid            = errors.New("page is not valid")
	errPerPageInvalid         = errors.New("per_page is not valid")
	errOrderInvalid           = errors.New("order is not valid")
	errDirectionInvalid       = errors.New("direction is not valid")
	errExpirationMalformed    = errors.New("expiration is no number")
	errTTLNotPositive         = errors.New("expiration_ttl is not positive")
	errTTLTooShort            = errors.New("expiration_ttl is too short")
	errBodyTooLarge           = errors.New("body is too large")
	errBulkGetNone            = errors.New("bulk get of no keys")
	errBulkGetTooMany         = errors.New("bulk get of too many keys")
	errBulkGetNotText         = errors.New("bulk get of a value that is no text")
	errBulkGetNotJSON         = errors.New("bulk get of a value that is no JSON")
	errBulkGetTooLarge        = errors.New("bulk get of too large values")
	errThrottled              = errors.New("too many requests of a token")
	errServiceNotFound        = errors.New("service not found")
	errSettingsNotDeployed    = errors.New("settings of a version that is not deployed")
	errWorkerConsumes         = errors.New("worker consumes queues")
	errFormMalformed          = errors.New("form is malformed")
	errMetadataUnreadable     = errors.New("metadata of the upload cannot be read")
	errPartKind               = errors.New("part is of no known kind")
	errMainModuleKind         = errors.New("main module is no code")
	errTailNotServed          = errors.New("live logs are not served")
	errWorkflowNotFound       = errors.New("workflow not found")
	errBucketNotFound         = errors.New("bucket not found")
	errBucketTaken            = errors.New("bucket is there already")
	errBucketName             = errors.New("bucket name is not valid")
	errDatabaseNotFound       = errors.New("database not found")
	errDatabaseTaken          = errors.New("database is there already")
	errDatabaseName           = errors.New("database name is not valid")
	errDatabaseParams         = errors.New("parameters go with one statement")
	errDatabasesRest          = errors.New("databases do not run")
	errQueueNotFound          = errors.New("queue not found")
	errQueueTaken             = errors.New("queue is there already")
	errQueueName              = errors.New("queue name is not valid")
	errInternal               = errors.New("internal error")
)

// problem is how an error is answered.
type problem struct {
	err    error // errors.Is decides
	status int
	code   int
	// message, in which {operation} is the route's ("get"), {reason} what the error
	// says beyond its kind ({Reason} the same as a sentence), and {method}, {path} and
	// {namespace} the request's; of a binding {binding}, its {type}, and the {resource} and
	// {script} that it names; of a Durable Object {class} and the {step} of its migration.
	message string
}

func problemOf(err error) problem {
	if all := (workers.Refused)(nil); errors.As(err, &all) {
		err = all[0]
	}
	for _, p := range problems {
		if errors.Is(err, p.err) {
			return p
		}
	}
	return broken
}

// envelope is the answer's body: an entry for each thing that speaks against an upload,
// and for other errors one.
func envelope(c *call, err error) wire.Envelope[any] {
	var all workers.Refused
	if !errors.As(err, &all) {
		all = workers.Refused{err}
	}
	var entries []wire.Message
	for _, err := range all {
		p := problemOf(err)
		entries = append(entries, wire.Message{Code: p.code, Message: p.text(c, err)})
		if second, ok := beside[p.err]; ok && p.code == wire.CodeInvalidHeaders {
			entries[0].ErrorChain = []wire.Message{second}
		} else if ok {
			entries = append(entries, second)
		}
	}
	return wire.Failure(entries...)
}

// text fills in the message. Routes that name no operation say only what is quoted.
func (p problem) text(c *call, err error) string {
	message, operation := p.message, ""
	if c.route != nil {
		operation = c.route.operation
	}
	if quoted, ok := strings.CutPrefix(message, "{operation}: '"); ok && operation == "" {
		message = strings.TrimSuffix(quoted, "'")
	}
	why := reason(err, p.err)
	var binding workers.BindingError
	if at := (*workers.BindingError)(nil); errors.As(err, &at) {
		binding = *at
	}
	var class workers.ClassError
	if at := (*workers.ClassError)(nil); errors.As(err, &at) {
		class = *at
	}
	var resource resources.Error
	if at := (*resources.Error)(nil); errors.As(err, &at) {
		resource = *at
	}
	message = strings.NewReplacer(
		"{binding}", binding.Binding,
		"{type}", binding.Type,
		"{resource}", binding.Resource+resource.Name,
		"{script}", binding.Script+class.From,
		"{class}", class.Class,
		"{step}", class.Step,
		"{operation}", operation,
		"{reason}", why,
		"{Reason}", strings.ToUpper(why[:1])+why[1:],
		"{method}", c.r.Method,
		"{path}", c.r.URL.EscapedPath(),
		"{namespace}", c.namespaceID,
	).Replace(message)
	var at *itemError
	if errors.As(err, &at) {
		message += fmt.Sprintf(" (item %d)", at.n)
	}
	return message
}

// reason is what err says beyond being a kind of error: the words after kind's own.
func reason(err, kind error) string {
	var at *kv.ExpirationError
	if errors.As(err, &at) {
		return at.Error()
	}
	if _, text, ok := strings.Cut(err.Error(), kind.Error()+": "); ok && text != "" {
		return text
	}
	return kind.Error()
}

// itemError says which item of a bulk body is wrong, counted from 1.
type itemError struct {
	n   int
	err error
}

func (e *itemError) Error() string { return fmt.Sprintf("item %d: %v", e.n, e.err) }
func (e *itemError) Unwrap() error { return e.err }

// bodyError tells a body that is too long from other failures to read it.
func bodyError(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fmt.Errorf("%w: length exceeds limit of %d", errBodyTooLarge, long.Limit)
	}
	return err
}
