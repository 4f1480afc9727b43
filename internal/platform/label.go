package platform

import "strings"

// maxLabel is how long a part of a host's name may be. Source: RFC 1035.
const maxLabel = 63

// Label is the account's part of a host's name: its own name in lower case, with a hyphen
// for whatever hosts cannot have; the id where that leaves nothing. Two accounts may have
// the same one.
func (a Account) Label() string {
	var b strings.Builder
	for _, r := range strings.ToLower(a.Name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	label := b.String()
	if len(label) > maxLabel {
		label = label[:maxLabel]
	}
	if label = strings.Trim(label, "-"); label == "" {
		return a.ID
	}
	return label
}
