package selftest

import (
	"context"

	"github.com/bindery-dev/bindery/internal/fingerprint"
)

// readSeal finds the seventh fact: what the namespace says of itself. It is read only, and left out where nothing was agreed
// and nothing is found: most namespaces were never sealed.
func (r *run) readSeal(ctx context.Context, want *fingerprint.Expected) *fingerprint.Fact {
	if want == nil || r.ns == nil || ctx.Err() != nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, r.options.StageTimeout)
	defer cancel()
	record, digest, err := fingerprint.Read(limited, r.ns)
	fact, err := fingerprint.Judge(*want, record, digest, err)
	if err != nil {
		fact.State, fact.Message, fact.Advice = fingerprint.Unread, err.Error(), "run the self-test again"
	}
	if !fact.Agreed && (fact.State == fingerprint.Unsealed || fact.State == fingerprint.Unread) {
		return nil
	}
	return &fact
}
