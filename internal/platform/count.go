package platform

import "context"

// Counts is how much there is of what a platform keeps.
type Counts struct{ Accounts, Namespaces, Tokens int }

// Count costs a scan of the records of accounts that nobody has asked for yet, once.
func (p *Platform) Count(ctx context.Context) (c Counts, err error) {
	for a := range p.everyAccount {
		n, err := p.countNamespaces(ctx, a)
		if err != nil {
			return Counts{}, err
		}
		c.Accounts++
		c.Namespaces += n
	}
	for range p.everyToken {
		c.Tokens++
	}
	return c, nil
}

// countNamespaces does not load those of an account: that would keep all of them in
// memory for a number. They change in accounts that are loaded only.
func (p *Platform) countNamespaces(ctx context.Context, a *account) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.loaded {
		return len(a.byID), nil
	}
	if !a.counted {
		n := 0
		err := p.records.Scan(ctx, namespaceKey(a.ID, ""), func(string, []byte) error { n++; return nil })
		if err != nil {
			return 0, err
		}
		a.count, a.counted = n, true
	}
	return a.count, nil
}
