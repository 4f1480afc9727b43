// Package cron reads the expressions of Cron Triggers and says when they are due, in UTC.
//
// Start with [Parse]. An expression has five fields: minute, hour, day of the month, month, day of
// the week. Cloudflare counts the days of the week from 1, Sunday, to 7, Saturday, and takes L, W and #
// as Quartz does; where both kinds of day are given, one of them is enough.
//
// Source: Cloudflare's page on Cron Triggers, and its parser, saffron.
package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// ErrInvalid: the text is no cron expression.
var ErrInvalid = errors.New("cron expression is not valid")

// Schedule is an expression that was read.
type Schedule struct{ expression *cronexpr.Expression }

// forms are what the fields are made of. Numbers out of range are the library's to refuse.
var forms = []*pattern.Pattern{
	pattern.New(`^[0-9*,/-]+$`),
	pattern.New(`^[0-9*,/-]+$`),
	pattern.New(`^[0-9*,/LW-]+$`),
	pattern.New(`^[0-9A-Z*,/-]+$`),
	pattern.New(`^[0-9A-Z*,/#-]+$`),
}

// numbered are the days of the week by Cloudflare's number, as the library writes them.
var numbered = [...]string{"", "0", "1", "2", "3", "4", "5", "6"}

// days finds what is no part of another word or number: a day, and not an ordinal (2#1) or a step (*/2).
var days = pattern.New(`(^|[,-])([0-9]+)`)

// Parse reads an expression: ErrInvalid.
func Parse(text string) (Schedule, error) {
	fields := strings.Fields(strings.ToUpper(text))
	if len(fields) != len(forms) {
		return Schedule{}, fmt.Errorf("%w: %q has %d fields, not %d", ErrInvalid, text, len(fields), len(forms))
	}
	for i, form := range forms {
		if !form.MatchString(fields[i]) {
			return Schedule{}, fmt.Errorf("%w: %q in %q", ErrInvalid, fields[i], text)
		}
	}
	week, ok := renumber(fields[4])
	if !ok {
		return Schedule{}, fmt.Errorf("%w: %q in %q: days of the week are 1 (Sunday) to 7 (Saturday)", ErrInvalid, fields[4], text)
	}
	fields[4] = week
	expression, err := cronexpr.Parse(strings.Join(fields, " "))
	if err != nil {
		return Schedule{}, fmt.Errorf("%w: %q: %v", ErrInvalid, text, err)
	}
	return Schedule{expression}, nil
}

// renumber writes the days of the week with the library's numbers, 0 for Sunday to 6.
func renumber(field string) (string, bool) {
	if field == "L" {
		field = "7" // the last day of a week
	}
	ok := true
	return days.Regexp().ReplaceAllStringFunc(field, func(found string) string {
		number := strings.TrimLeft(found, ",-")
		if len(number) != 1 || number < "1" || number > "7" {
			ok = false
			return found
		}
		return strings.TrimSuffix(found, number) + numbered[number[0]-'0']
	}), ok
}

// Due says whether the minute that t is in is one of the schedule's.
func (s Schedule) Due(t time.Time) bool {
	minute := t.UTC().Truncate(time.Minute)
	return s.expression.Next(minute.Add(-time.Second)).Equal(minute)
}
