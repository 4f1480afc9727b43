package selftest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// calls is what each stage asks of the namespace, in the words of a Worker's code.
var calls = map[string]string{
	WriteTest:     "Direct KV put()",
	ReadTest:      "Direct KV get()",
	ListTest:      "Direct KV list()",
	DeleteTest:    "Direct KV delete()",
	CleanupVerify: "Cleanup check",
}

const adviceTooLate = "the namespace answers too slowly or not at all: check the network and the server's load, " +
	"then run the self-test again; a Worker that meets this fails its requests"

// callFailed is the outcome of a call that returned an error.
func (r *run) callFailed(name string, err error) outcome {
	if errors.Is(err, context.DeadlineExceeded) {
		return failed(fmt.Sprintf("%s did not finish within %v", calls[name], r.options.StageTimeout), r.advise(name, err), err)
	}
	return failed(fmt.Sprintf("%s failed: %v", calls[name], err), r.advise(name, err), err)
}

// advise names the probable cause of err and what to do next. What an error
// itself advises comes first where the cause lies outside KV.
func (r *run) advise(name string, err error) string {
	advice := r.cause(name, err)
	switch {
	case name == DeleteTest, name == CleanupVerify:
		return r.leftBehind(advice)
	case name == WriteTest && errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%s; should the write land after all, its key expires by itself at %s", advice, r.expires.UTC().Format(time.RFC3339))
	}
	return advice
}

func (r *run) cause(name string, err error) string {
	switch {
	case errors.Is(err, ErrNotBound):
		return fmt.Sprintf("this environment does not bind %s to a namespace: add it with its id under kv_namespaces of the environment itself "+
			"(bindings are not inherited from the top level), then run `bindery check`", r.binding)
	case errors.Is(err, kv.ErrNamespaceNotFound):
		return "the account holds no namespace with this id: it is mistyped, deleted, or belongs to another account; compare it with " +
			"`wrangler kv namespace list` for this environment's account, or let `bindery rehearse` say which account holds it"
	case errors.Is(err, kv.ErrPermission):
		return fmt.Sprintf("the token is known but may not do this here: give it the permission \"Workers KV Storage %s\" on this account, "+
			"and check with `wrangler whoami` that it covers the account", permission(name))
	case errors.Is(err, kv.ErrUnauthenticated):
		return "the token is missing, mistyped, expired or revoked: set CLOUDFLARE_API_TOKEN and check it with `wrangler whoami`"
	case errors.Is(err, context.DeadlineExceeded):
		return adviceTooLate
	case errors.Is(err, kv.ErrExpirationInvalid):
		return fmt.Sprintf("the test key was to expire in %v and the account takes that for too soon: this machine's clock is slow, set it right", KeyTTL)
	case errors.Is(err, kv.ErrKeyNotFound):
		return "the key is gone before its time: another process deletes keys in this namespace, or the clocks differ by minutes"
	case errors.Is(err, errListPrefix):
		return "the store does not filter lists by prefix: code that lists by prefix gets keys that are not its own"
	}
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) && hinter.Hint() != "" {
		return hinter.Hint()
	}
	if errors.Is(err, kv.ErrUnavailable) {
		return "the service is not reachable, or asked to try again later: check the network and CLOUDFLARE_API_BASE_URL, " +
			"wait a minute, then run the self-test again"
	}
	return "an answer that the self-test does not know: run it again, and look into the log of the server if it stays so"
}

// permission is the weaker of the two that the stage needs, as the dashboard calls it.
func permission(name string) string {
	if name == WriteTest || name == DeleteTest {
		return "Edit"
	}
	return "Read"
}

// leftBehind adds to advice what becomes of a key that may still be there.
func (r *run) leftBehind(advice string) string {
	return fmt.Sprintf("%s; the test key expires by itself at %s, or remove it now: wrangler kv key delete '%s' --binding %s --remote",
		advice, r.expires.UTC().Format(time.RFC3339), r.key, r.binding)
}
