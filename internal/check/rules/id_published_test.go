package rules

import "testing"

// An entry that has not the form of an id, or that isMadeUp finds anyway, would never be looked at.
func TestPublicationsCount(t *testing.T) {
	for id, where := range publications {
		shaped := hexShape.fits(id) || uuidShape.fits(id)
		if !shaped || isMadeUp(id) || where.words == "" {
			t.Errorf("%q of %q: of the form of an id %v, made up %v; want an id that only this table tells", id, where.words, shaped, isMadeUp(id))
		}
	}
}
