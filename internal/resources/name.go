package resources

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// What names are made of. Sources: Cloudflare's naming of R2 buckets; wrangler's check
// of queues. Of D1 databases only that they are no path.
var names = map[Kind]struct {
	form *pattern.Pattern
	says string
}{
	Bucket:   {pattern.New(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`), "3 to 63 lower-case letters, digits and hyphens, which neither begin nor end it"},
	Queue:    {pattern.New(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`), "1 to 63 lower-case letters, digits and hyphens, which neither begin nor end it"},
	Database: {pattern.New(`^[^/\x00-\x1f\x7f]{1,512}$`), "1 to 512 characters without a slash"},
}

func checkName(kind Kind, name string) error {
	if rule := names[kind]; !rule.form.MatchString(name) {
		return &Error{fmt.Errorf("%w: it must be %s", ErrNameInvalid, rule.says), kind, name}
	}
	return nil
}
