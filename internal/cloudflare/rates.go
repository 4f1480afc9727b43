package cloudflare

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// rate is what an answer says of one limit: `"default";r=50;t=30` in Ratelimit means that 50 calls are left for 30
// seconds, `"default";q=1200;w=300` in Ratelimit-Policy that there are 1,200 in 300 seconds.
// developers.cloudflare.com/fundamentals/api/reference/limits
type rate struct {
	name   string
	left   int
	resets time.Duration // from the answer on
	policy limit         // zero if it is not said
}

// readRates reads both headers. What it does not understand, it passes over: to call too fast is no harm that a refusal
// does not cure.
func readRates(h http.Header) (rates []rate) {
	policies := map[string]limit{}
	var only limit
	for _, item := range rateItems(h["Ratelimit-Policy"]) {
		calls, ok := item.number("q")
		length, ok2 := item.number("w")
		if ok && ok2 && calls > 0 && length > 0 {
			only = limit{calls, time.Duration(length) * time.Second}
			policies[item.name] = only
		}
	}
	for _, item := range rateItems(h["Ratelimit"]) {
		left, ok := item.number("r")
		resets, ok2 := item.number("t")
		if !ok || !ok2 {
			continue
		}
		r := rate{name: item.name, left: left, resets: time.Duration(resets) * time.Second, policy: policies[item.name]}
		if r.policy == (limit{}) && len(policies) == 1 {
			r.policy = only // the two headers were seen to call it by different names
		}
		rates = append(rates, r)
	}
	return rates
}

// rateItem is one member of either header's list.
type rateItem struct {
	name   string
	values map[string]string
}

// maxRate bounds the numbers of a header: more is no limit.
const maxRate = 1_000_000_000

func (i rateItem) number(name string) (int, bool) {
	n, err := strconv.Atoi(i.values[name])
	return n, err == nil && n >= 0 && n <= maxRate
}

func rateItems(lines []string) (items []rateItem) {
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			name, rest, _ := strings.Cut(member, ";")
			item := rateItem{name: strings.Trim(strings.TrimSpace(name), `"`), values: map[string]string{}}
			for parameter := range strings.SplitSeq(rest, ";") {
				key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				item.values[key] = value
			}
			items = append(items, item)
		}
	}
	return items
}
