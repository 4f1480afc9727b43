package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
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
	errKeyThrottled           = errors.New("too many puts of a key")
	errInternal               = errors.New("internal error")
)

// problem is how an error is answered.
type problem struct {
	err    error // errors.Is decides
	status int
	code   int
	// message, in which {operation} is the route's ("get"), {reason} what the error
	// says beyond its kind ({Reason} the same as a sentence), and {method}, {path} and
	// {namespace} the request's.
	message string
}

func problemOf(err error) problem {
	for _, p := range problems {
		if errors.Is(err, p.err) {
			return p
		}
	}
	return broken
}

// envelope is the answer's body.
func (p problem) envelope(c *call, err error) wire.Envelope[any] {
	first := wire.Message{Code: p.code, Message: p.text(c, err)}
	second, ok := beside[p.err]
	switch {
	case !ok:
		return wire.Failure(first)
	case p.code == wire.CodeInvalidHeaders:
		first.ErrorChain = []wire.Message{second}
		return wire.Failure(first)
	}
	return wire.Failure(first, second)
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
	message = strings.NewReplacer(
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
