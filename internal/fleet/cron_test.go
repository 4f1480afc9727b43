package fleet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/workers"
)

const counts = `export default {
	async scheduled(c, env) {
		if (c.cron === "0 0 1 1 *") throw new Error("not today");
		await env.KV.put(c.cron + " " + c.scheduledTime, "fired");
		if (c.cron === "0 1 * * *") await scheduler.wait(1000);
	},
	fetch: () => new Response("fine") }`

func minutes(ticks <-chan time.Time) func(*fleet.Options) {
	return func(o *fleet.Options) { o.Minutes = ticks }
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (h *house) fired(cron string, at time.Time) bool {
	_, err := h.store.Namespace(account+"/"+namespace).Get(h.t.Context(), fmt.Sprint(cron, " ", at.UnixMilli()))
	return err == nil
}

// Triggers fire in their minute, once, and not while their last call goes on.
func TestCronTriggers(t *testing.T) {
	ticks := make(chan time.Time)
	h := newHouse(t, minutes(ticks))
	h.deploy(account, "timed", counts, kvBinding)
	if _, err := h.SetSchedules(t.Context(), account, "timed", []string{"*/5 * * * *", "0 1 * * *", "0 0 1 1 *"}); err != nil {
		t.Fatal(err)
	}
	five, six, one := at(t, "2026-11-22 06:05"), at(t, "2026-11-22 06:06"), at(t, "2026-11-22 01:00")
	for _, tick := range []time.Time{five, six, one, one.AddDate(0, 0, 1), at(t, "2027-01-01 00:00")} {
		ticks <- tick
	}
	eventually(t, "the trigger of 06:05 has not fired", func() bool { return h.fired("*/5 * * * *", five) })
	eventually(t, "the trigger of 01:00 has not fired", func() bool { return h.fired("0 1 * * *", one) })
	h.logged("cron trigger passed over", `cron="0 1 * * *"`)
	h.logged("cron trigger fired", `cron="0 0 1 1 *"`, "outcome=exception")
	h.logged("msg=exception", "worker=timed", "not today")
	if h.fired("*/5 * * * *", six) || h.fired("0 1 * * *", one.AddDate(0, 0, 1)) {
		t.Error("a trigger fired that was not due, or twice at a time")
	}
}

func TestCronOnDemand(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "timed", counts, kvBinding)
	h.deploy(account, "plain", says("plain"), `[]`)
	h.expect("timed.my-test", "/cdn-cgi/handler/scheduled?cron=x&time=7", 200, "ok")
	if _, err := h.store.Namespace(account+"/"+namespace).Get(t.Context(), "x 7"); err != nil {
		t.Errorf("the handler was not told what was asked for: %v", err)
	}
	h.expect("timed.my-test", "/cdn-cgi/handler/scheduled?cron=0+0+1+1+*&format=json", 500, `{"outcome":"exception"}`)
	h.expect("timed.my-test", "/cdn-cgi/handler/scheduled?time=now", 400, `time="now" is no number`)
	h.expect("plain.my-test", "/cdn-cgi/handler/scheduled", 404, "no handler")
	h.expect("none.my-test", "/cdn-cgi/handler/scheduled", 404, "not deployed")
}

// The router needs experimental flags: nobody else gets them.
func TestExperimentalFlagsAreRefused(t *testing.T) {
	h := newHouse(t)
	for _, flag := range []string{"experimental", "service_binding_extra_handlers"} {
		_, err := h.upload(account, "timed", counts, kvBinding, func(u *workers.Upload) { u.CompatibilityFlags = []string{flag} })
		if err == nil || !strings.Contains(err.Error(), "experimental") {
			t.Errorf("flag %s: got %v, want it refused as experimental", flag, err)
		}
	}
}
