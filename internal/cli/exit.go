package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/transfer"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Exit codes, the same for every command.
const (
	exitOK           = 0 // fine
	exitProblems     = 1 // it ran, and found problems
	exitUsage        = 2 // the command line asks for something that is not there
	exitFailed       = 3 // it could not run
	exitUnauthorised = 4 // a token is missing, or the account refused it
)

// What ends a command that has already printed all there is to say.
var (
	errProblems = errors.New("problems found")
	errRefused  = errors.New("the account refused the token")
	// errUnanswered: nobody answered, and the output says so already.
	errUnanswered = errors.New("nobody answered")
)

// usageError is a mistake on the command line.
type usageError struct {
	message string
	advice  string
}

func usagef(format string, args ...any) *usageError {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// hint adds what was meant.
func (e *usageError) hint(format string, args ...any) *usageError {
	e.advice = fmt.Sprintf(format, args...)
	return e
}

func (e *usageError) Error() string { return e.message }
func (e *usageError) Hint() string  { return e.advice }

// hinted carries advice beside an error of another room.
type hinted struct {
	error
	advice string
}

func withHint(err error, format string, args ...any) error {
	return &hinted{error: err, advice: fmt.Sprintf(format, args...)}
}

func (e *hinted) Hint() string  { return e.advice }
func (e *hinted) Unwrap() error { return e.error }

// refusedOrders are what a server answers to an order that is wrong in itself.
var refusedOrders = []error{
	platform.ErrAccountNotFound, platform.ErrAccountInvalid, platform.ErrAccountConflict,
	platform.ErrTokenNotFound, platform.ErrTokenInvalid, platform.ErrAPIKeyNotFound, platform.ErrAPIKeyInvalid,
}

func isAny(err error, targets []error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var usage *usageError
	var unknownEnv *wrangler.UnknownEnvironmentError
	var undeclared *check.UnknownEnvironmentError
	var otherBuild *wrangler.RedirectedEnvironmentError
	var noConfig *wrangler.NotFoundError
	var path *check.PathError
	var address *server.AddressError
	var job *transfer.JobError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errProblems), errors.Is(err, kv.ErrKeyNotFound):
		return exitProblems
	case errors.As(err, &usage), errors.As(err, &unknownEnv), errors.As(err, &undeclared), errors.As(err, &otherBuild), errors.As(err, &noConfig),
		errors.As(err, &address) && address.Mistake, errors.As(err, &job) && job.Unknown,
		errors.As(err, &path) && (path.Err == nil || errors.Is(path.Err, fs.ErrNotExist)), isAny(err, refusedOrders):
		return exitUsage
	case errors.Is(err, errRefused), errors.Is(err, kv.ErrUnauthenticated), errors.Is(err, kv.ErrPermission):
		return exitUnauthorised
	}
	return exitFailed
}

// report prints err, unless it was printed already, and returns the exit code.
func (a *app) report(err error) int {
	code := exitCode(err)
	if code == exitOK || isAny(err, []error{errProblems, errRefused, errUnanswered}) {
		return code
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.err, "bindery: interrupted")
		return code
	}
	fmt.Fprintln(a.err, a.err.bad("bindery:")+" "+strings.TrimSpace(err.Error()))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintln(a.err, "hint: "+hint)
	}
	return code
}

// hintOf is what an error advises; "" if it does not.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// reportPanic says that it is our fault, and how to tell us.
func (a *app) reportPanic(p any, args []string) int {
	fmt.Fprintf(a.err, "bindery: this is a bug in bindery: %v\n", p)
	fmt.Fprintln(a.err, "hint: report it at https://github.com/bindery-dev/bindery/issues with the lines below;"+
		" take out of them what is private")
	fmt.Fprintf(a.err, "\nbindery %s\narguments: %q\n\n%s", a.version, args, debug.Stack())
	return exitFailed
}
