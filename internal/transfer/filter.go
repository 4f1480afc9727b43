package transfer

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/fingerprint"
)

// Filter says which keys are meant; the zero value means all but fingerprints.
type Filter struct {
	Prefix  string   `json:"prefix,omitempty"`
	Include []string `json:"include,omitempty"` // globs, see Match; none means all
	Exclude []string `json:"exclude,omitempty"` // globs; they win over Include
	// MinSize and MaxSize bound values, in bytes; 0 is no bound. Where sizes are unknown, all keys are meant.
	MinSize int64 `json:"min_size,omitempty"`
	MaxSize int64 `json:"max_size,omitempty"`
	// Fingerprint says that the namespace's record of itself is meant too: for whoever shows keys, never for copies.
	Fingerprint bool `json:"fingerprint,omitempty"`
}

// All says whether all keys are meant.
func (f *Filter) All() bool {
	return f.Prefix == "" && len(f.Include)+len(f.Exclude) == 0 && f.MinSize == 0 && f.MaxSize == 0
}

// key says whether a key is meant, as far as its name says.
func (f *Filter) key(key string) bool {
	if !strings.HasPrefix(key, f.Prefix) || key == fingerprint.Key && !f.Fingerprint {
		return false
	}
	return (len(f.Include) == 0 || matchAny(f.Include, key)) && !matchAny(f.Exclude, key)
}

// size says whether a value of so many bytes is meant.
func (f *Filter) size(n int64) bool {
	return n < 0 || n >= f.MinSize && (f.MaxSize == 0 || n <= f.MaxSize)
}

func matchAny(globs []string, key string) bool {
	for _, g := range globs {
		if Match(g, key) {
			return true
		}
	}
	return false
}

// Match says whether a whole key matches a glob: * stands for any bytes, slashes too, as keys are no paths; ? for any
// character; and \ takes the next character as it is.
func Match(glob, key string) bool {
	want, got := []rune(glob), []rune(key)
	star, from := -1, 0 // the last * seen, and where in key what it stands for ends
	w, k := 0, 0
	for k < len(got) {
		switch {
		case w < len(want) && want[w] == '*':
			star, from = w, k
			w++
			continue
		case w+1 < len(want) && want[w] == '\\' && want[w+1] == got[k]:
			w, k = w+2, k+1
			continue
		case w < len(want) && want[w] != '\\' && (want[w] == '?' || want[w] == got[k]):
			w, k = w+1, k+1
			continue
		case star < 0:
			return false
		}
		from++
		w, k = star+1, from
	}
	for w < len(want) && want[w] == '*' {
		w++
	}
	return w == len(want)
}
