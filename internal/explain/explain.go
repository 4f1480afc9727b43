// Package explain says what an error of wrangler or of Cloudflare's API means: what it is about, what probably caused it,
// which line of a configuration that is, and what to run.
//
// Start with [Code] for a number, or [Read] for the output of wrangler and the log of a CI job. [Failure.Entry] is what the
// catalogue knows of a failure, [Failure.Places] where a configuration names what it is about, [Entry.Commands] what to do.
//
// Cloudflare's services number their errors each for itself, so one code may stand for several things. The request that
// failed, and the words of the message, tell them apart.
package explain

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Area is the service whose error it is.
type Area string

// The areas.
const (
	Account Area = "account" // tokens, accounts, what every route may answer
	Workers Area = "Workers" // uploads, versions, secrets, triggers
	KV      Area = "Workers KV"
	R2      Area = "R2"
	D1      Area = "D1"
	Queues  Area = "Queues"
)

// Entry is what is known of an error.
type Entry struct {
	Code   int // 0 for one that wrangler words itself
	Area   Area
	Means  string
	Causes []string // the likeliest first
	Cures  []string // commands, NAME standing for what the failure names; one of wrangler's is completed by the environment

	says  *pattern.Pattern // how its message reads; tells entries of one code apart
	types []wrangler.Type  // the bindings that it may be about
	keys  []string         // the keys of the configuration that it may be about
}

// Code returns all that a code may mean, none if it is not in the catalogue.
func Code(code int) []Entry {
	var all []Entry
	for _, e := range catalogue {
		if e.Code == code && code != 0 {
			all = append(all, e)
		}
	}
	return all
}

// Unknown is the advice for a code that is not in the catalogue.
var Unknown = Entry{
	Area:  Account,
	Means: "a code that this catalogue does not have",
	Causes: []string{
		"the configuration names what the account does not hold",
		"the token may not do it there, or the account is another than was meant",
		"Cloudflare has trouble: https://www.cloudflarestatus.com says so",
	},
	Cures: []string{"bindery check", "bindery plan", "wrangler whoami"},
}

// Failure is one error of a log.
type Failure struct {
	Code    int    // 0 for one that wrangler words itself
	Message string // without its code, on one line
	Request string // the path that failed, "" if the log does not say
	Line    int    // of the log, from 1; 0 for none
}

// Entry is what the catalogue knows of the failure; false, and Unknown, if it does not have it.
func (f Failure) Entry() (Entry, bool) {
	if f.Code == 0 {
		for _, e := range catalogue {
			if e.Code == 0 && e.says.MatchString(f.Message) {
				return e, true
			}
		}
		return Unknown, false
	}
	all := Code(f.Code)
	if len(all) == 0 {
		e := Unknown
		e.Code = f.Code
		return e, false
	}
	for _, e := range all {
		if e.says != nil && e.says.MatchString(f.Message) {
			return e, true
		}
	}
	area := f.area()
	for _, fits := range []func(Entry) bool{
		func(e Entry) bool { return e.Area == area && e.says == nil },
		func(e Entry) bool { return e.Area == area },
	} {
		if i := slices.IndexFunc(all, fits); i >= 0 {
			return all[i], true
		}
	}
	return all[0], true
}

// area is the service that the request went to.
func (f Failure) area() Area {
	for _, s := range []struct {
		path string
		area Area
	}{{"/storage/kv/", KV}, {"/r2/", R2}, {"/d1/", D1}, {"/queues", Queues}, {"/workers/", Workers}} {
		if strings.Contains(f.Request, s.path) {
			return s.area
		}
	}
	return Account
}
