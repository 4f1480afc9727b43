package wrangler

import "time"

// dateReader puts a date together from tokens.
type dateReader struct {
	tokens  []dateToken
	day     []int // at most three, in the order of the text
	iso     bool  // day is year, month and day
	month   int   // by its name; 0 if there is none
	time    []int // hour, minute, second, millisecond: as many as are there
	halfDay int   // 0 for am, 12 for pm, -1 for neither
	zone    zoneParts
}

// zoneParts are hour and minute of an offset, -1 where they are not there.
type zoneParts struct {
	signed       bool
	hour, minute int
}

func (d *dateReader) peek() dateToken {
	if len(d.tokens) == 0 {
		return dateToken{}
	}
	return d.tokens[0]
}

func (d *dateReader) next() dateToken {
	t := d.peek()
	if len(d.tokens) > 0 {
		d.tokens = d.tokens[1:]
	}
	return t
}

func (d *dateReader) skip(mark rune) bool {
	if d.peek().kind != mark {
		return false
	}
	d.next()
	return true
}

// number takes a number of two digits in a range.
func (d *dateReader) number(least, most int) (n int, ok bool) {
	if t := d.peek(); !t.isFixed(2) || !between(t.number, least, most) {
		return 0, false
	}
	return d.next().number, true
}

// standard reads a date of ECMAScript as far as it is one, and returns the token behind it; ok is false for one that
// cannot be of any other kind either.
func (d *dateReader) standard() (next dateToken, ok bool) {
	switch t := d.peek(); {
	case t.isSign():
		sign := d.next()
		if !d.peek().isFixed(6) || sign.kind == '-' && d.peek().number == 0 {
			return sign, true
		}
		year := d.next().number
		if sign.kind == '-' {
			year = -year
		}
		d.day = append(d.day, year)
	case t.isFixed(4):
		d.day = append(d.day, d.next().number)
	default:
		return d.next(), true
	}
	for _, most := range []int{12, 31} {
		if !d.skip('-') {
			break
		}
		n, ok := d.number(1, most)
		if !ok {
			return d.next(), true
		}
		d.day = append(d.day, n)
	}
	if d.peek().isWord("t") {
		d.next()
		if !d.standardTime() || !d.standardZone() || d.peek().kind != 0 {
			return dateToken{}, false
		}
	} else if d.peek().kind != 0 {
		return d.next(), true
	}
	d.iso = true
	return dateToken{}, true
}

// standardTime reads hh:mm, hh:mm:ss or hh:mm:ss.fff, the last of them at most 24:00:00.000.
func (d *dateReader) standardTime() bool {
	hour, ok := d.number(0, 24)
	if !ok || !d.skip(':') {
		return false
	}
	most := 59
	if hour == 24 {
		most = 0
	}
	minute, ok := d.number(0, most)
	d.time = append(d.time, hour, minute)
	if !ok || !d.skip(':') {
		return ok
	}
	second, ok := d.number(0, most)
	d.time = append(d.time, second)
	if !ok || !d.skip('.') {
		return ok
	}
	fraction := d.next()
	return fraction.kind == '0' && (hour < 24 || fraction.number == 0)
}

// standardZone reads Z, +hh:mm or +hhmm, if there is one.
func (d *dateReader) standardZone() bool {
	if d.peek().isWord("z") {
		d.next()
		return true
	}
	if !d.peek().isSign() {
		return true
	}
	d.next()
	if t := d.peek(); t.isFixed(4) {
		d.next()
		return t.number/100 <= 23 && t.number%100 <= 59
	}
	_, ok := d.number(0, 23)
	if !ok || !d.skip(':') {
		return false
	}
	_, ok = d.number(0, 59)
	return ok
}

// legacy reads on as older browsers did, from a token on.
func (d *dateReader) legacy(t dateToken) bool {
	hasNumber := len(d.day) > 0
	for ; t.kind != 0; t = d.next() {
		ok := true
		switch {
		case t.kind == '0':
			hasNumber = true
			ok = d.legacyNumber(t)
		case t.kind == 'a':
			ok = d.legacyWord(t, hasNumber)
		case t.isSign() && (d.zone.hour == 0 && d.zone.minute == 0 || len(d.time) > 0):
			hasNumber = true
			ok = d.legacyOffset()
		case t.isSign() || t.kind == ')':
			ok = !hasNumber
		}
		if !ok {
			return false
		}
	}
	return true
}

// legacyNumber takes a number for a part of the time, of the offset or of the day.
func (d *dateReader) legacyNumber(t dateToken) bool {
	switch {
	case d.skip(':'):
		if !d.skip(':') {
			d.time = append(d.time, t.number)
			d.skip('.')
			return len(d.time) <= 4
		}
		if len(d.time) > 0 {
			return false
		}
		d.time = append(d.time, t.number, 0)
	case d.skip('.') && d.expectsTime(t.number):
		fraction := d.next()
		d.time = append(d.time, t.number, fraction.milliseconds()) // which count as seconds where those are left out
		d.endTime()
		return fraction.kind == '0'
	case d.zone.hour >= 0 && d.zone.minute < 0 && t.number <= 59:
		d.zone.minute = t.number
	case d.expectsTime(t.number):
		d.time = append(d.time, t.number)
		d.endTime()
		after := d.peek()
		return after.kind == 0 || after.kind == ' ' || after.isSign() || after.isWord("z")
	default:
		d.day = append(d.day, t.number)
		d.skip('-')
		return len(d.day) <= 3
	}
	return true
}

func (d *dateReader) expectsTime(n int) bool {
	switch len(d.time) {
	case 1, 2:
		return n <= 59
	case 3:
		return n <= 999
	}
	return false
}

// endTime fills up with zeros, so that no more can come.
func (d *dateReader) endTime() {
	for len(d.time) < 4 {
		d.time = append(d.time, 0)
	}
}

// legacyWord takes a word for am or pm, a month or a zone. Others may stand in front of the first number only, and not
// right in front of it.
func (d *dateReader) legacyWord(t dateToken, hasNumber bool) bool {
	named, isMonth := month(t)
	hours, isZone := zone(t)
	switch {
	case t.isWord("am") && len(d.time) > 0:
		d.halfDay = 0
	case t.isWord("pm") && len(d.time) > 0:
		d.halfDay = 12
	case isMonth:
		d.month = named
		d.skip('-')
	case isZone && hasNumber:
		d.zone = zoneParts{signed: true, hour: max(hours, -hours)}
	default:
		return !hasNumber && d.peek().kind != '0'
	}
	return true
}

// legacyOffset reads what follows the sign of an offset: h, hh, hmm, hhmm or hh:mm, or nothing at all.
func (d *dateReader) legacyOffset() bool {
	n := dateToken{}
	if d.peek().kind == '0' {
		n = d.next()
	}
	d.zone.signed = true
	switch {
	case d.peek().kind == ':':
		d.zone.hour, d.zone.minute = n.number, -1
	case n.length == 1 || n.length == 2:
		d.zone.hour, d.zone.minute = n.number, 0
	case n.length == 3 || n.length == 4:
		d.zone.hour, d.zone.minute = n.number/100, n.number%100
	default:
		return false
	}
	return true
}

// valid says whether the parts make a date that JavaScript can hold.
func (d *dateReader) valid() bool {
	if len(d.day) == 0 {
		return false
	}
	parts := append(d.day, 1, 1)[:3]
	isDay := func(n int) bool { return between(n, 1, 31) }
	var year, month, day int
	switch {
	case d.month > 0 && isDay(parts[0]):
		year, month, day = parts[1], d.month, parts[0]
	case d.month > 0:
		year, month, day = parts[0], d.month, parts[1]
	case d.iso || !isDay(parts[0]):
		year, month, day = parts[0], parts[1], parts[2]
	default:
		year, month, day = parts[2], parts[0], parts[1]
	}
	switch {
	case d.iso:
	case between(year, 0, 49):
		year += 2000
	case between(year, 50, 99):
		year += 1900
	}
	if !between(month, 1, 12) || !isDay(day) || !d.validTime() {
		return false
	}
	const most = 8_640_000_000_000 // seconds from 1970 on, either way
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix()
	return -most <= at && at <= most
}

func (d *dateReader) validTime() bool {
	parts := append(d.time, 0, 0, 0, 0)[:4]
	hour := parts[0]
	if d.halfDay >= 0 {
		if hour > 12 {
			return false
		}
		hour = hour%12 + d.halfDay
	}
	rest := parts[1] + parts[2] + parts[3]
	return hour == 24 && rest == 0 || hour <= 23 && parts[1] <= 59 && parts[2] <= 59 && parts[3] <= 999
}
