package check

import "github.com/bindery-dev/bindery/internal/wrangler"

// A fact is what rules ask of a configuration.
type fact struct {
	config *wrangler.Config
	what   string
}

// Fact returns what find finds in the pass's file, found once a run: several rules ask for it. It is not to be changed.
func Fact[T any](p *Pass, what string, find func() T) T {
	key := fact{p.Config, what}
	if known, ok := p.facts[key]; ok {
		return known.(T)
	}
	found := find()
	p.facts[key] = found
	return found
}
