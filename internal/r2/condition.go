package r2

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// Condition is what has to hold of an object for a call to be made.
type Condition struct {
	Matches, DoesNotMatch []ETag    // nil: not asked
	Before, After         time.Time // of its upload; zero: not asked
	Seconds               bool      // times are compared by the second, as those in headers are
}

// ETag is one that a condition names.
type ETag struct {
	Value    string
	Weak     bool
	Wildcard bool // any
}

// holds judges an object, or that there is none (nil). Source: RFC 9110, section 13, as R2 reads it:
// times are strictly before or after, and yield to ETags.
func (c *Condition) holds(o *Object) bool {
	if c == nil {
		return true
	}
	if o == nil {
		return c.Matches == nil && c.After.IsZero()
	}
	precision := time.Millisecond
	if c.Seconds {
		precision = time.Second
	}
	uploaded := o.Uploaded.Truncate(precision)
	match := c.Matches == nil || slices.ContainsFunc(c.Matches, func(e ETag) bool { return e.Wildcard || !e.Weak && e.Value == o.ETag })
	noMatch := c.DoesNotMatch == nil || !slices.ContainsFunc(c.DoesNotMatch, func(e ETag) bool { return e.Wildcard || e.Value == o.ETag })
	after := c.After.IsZero() || c.After.Truncate(precision).Before(uploaded) || c.DoesNotMatch != nil && noMatch
	before := c.Before.IsZero() || uploaded.Before(c.Before.Truncate(precision)) || c.Matches != nil && match
	return match && noMatch && after && before
}

// Range is a part of an object's content: its first fields, or a header. The zero value is all.
type Range struct {
	Offset, Length, Suffix *int64
	Header                 string // as "bytes=0-9"; what is not one range is ignored
}

// of returns the part of an object of this size: ErrRange.
func (r Range) of(size int64) (offset, length int64, err error) {
	if r.Header != "" {
		offset, length = parseRange(r.Header, size)
		return offset, length, nil
	}
	if r.Offset == nil && r.Length == nil && r.Suffix == nil {
		return 0, size, nil
	}
	if r.Suffix != nil {
		if *r.Suffix <= 0 {
			return 0, 0, ErrRange
		}
		length = min(*r.Suffix, size)
		offset = size - length
	} else {
		if r.Offset != nil {
			offset = *r.Offset
		}
		length = size - offset
		if r.Length != nil {
			length = *r.Length
		}
	}
	if offset < 0 || offset > size || length <= 0 {
		return 0, 0, ErrRange
	}
	return offset, min(length, size-offset), nil
}

var oneRange = pattern.New(`(?i)^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$`)

// parseRange reads a Range header; all of the object if it is not one range within it.
func parseRange(header string, size int64) (offset, length int64) {
	parts := oneRange.Regexp().FindStringSubmatch(header)
	if parts == nil || strings.Contains(header, ",") || parts[1]+parts[2] == "" {
		return 0, size
	}
	first, errFirst := strconv.ParseInt(parts[1], 10, 64)
	last, errLast := strconv.ParseInt(parts[2], 10, 64)
	switch {
	case parts[1] == "": // the last bytes
		if errLast != nil || last == 0 || last >= size {
			return 0, size
		}
		return size - last, last
	case parts[2] == "":
		last = size - 1
	case errLast != nil:
		return 0, size
	}
	if errFirst != nil || first > last || first >= size {
		return 0, size
	}
	return first, min(last, size-1) - first + 1
}
