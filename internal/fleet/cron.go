package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/bindery-dev/bindery/internal/cron"
)

// eachMinute sends the time when a minute begins. Minutes in which nobody was awake are left out, and
// none comes twice, whatever becomes of the clock.
func eachMinute(ctx context.Context, now func() time.Time) <-chan time.Time {
	ticks := make(chan time.Time)
	go func() {
		defer close(ticks)
		for last := now().Truncate(time.Minute); ; {
			t := now()
			select {
			case <-time.After(t.Truncate(time.Minute).Add(time.Minute).Sub(t)):
			case <-ctx.Done():
				return
			}
			at := now().Truncate(time.Minute)
			if !at.After(last) {
				continue
			}
			last = at
			select {
			case ticks <- at:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ticks
}

// keepTime fires the Cron Triggers of all accounts. What was due while the server was down is not made up.
func (f *Fleet) keepTime(ticks <-chan time.Time) {
	for {
		select {
		case at, more := <-ticks:
			if !more {
				return
			}
			if err := f.fireDue(at); err != nil && f.life.Err() == nil {
				f.o.Log.Error("cron triggers not fired", "minute", at, "error", err)
			}
		case <-f.life.Done():
			return
		}
	}
}

// fireDue fires what is due in the minute. A trigger whose last call has not ended is passed over.
func (f *Fleet) fireDue(at time.Time) error {
	accounts, err := f.o.Accounts(f.life)
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	for _, a := range accounts {
		list, err := f.source.List(f.life, a.ID)
		if err != nil {
			return fmt.Errorf("list the Workers of account %s: %w", a.ID, err)
		}
		for _, w := range list {
			for _, trigger := range w.Schedules {
				s, err := cron.Parse(trigger.Cron)
				if err != nil || !s.Due(at) { // one that was taken by an earlier release may be none
					continue
				}
				f.fire(a.ID, w.Name, trigger.Cron, at)
			}
		}
	}
	return nil
}

func (f *Fleet) fire(account, worker, expression string, at time.Time) {
	log := f.o.Log.With("account", account, "worker", worker, "cron", expression)
	key := account + "/" + worker + "/" + expression
	if _, runs := f.firing.LoadOrStore(key, true); runs {
		log.Warn("cron trigger passed over: its last call has not ended")
		return
	}
	f.tasks.Go(func() {
		defer f.firing.Delete(key)
		outcome, err := f.send(f.life, account, event{Worker: worker, Cron: expression, Time: at.UnixMilli()}, nil)
		switch {
		case err != nil && f.life.Err() != nil: // the server stops
		case err != nil:
			log.Warn("cron trigger not fired", "error", err)
		default:
			log.Info("cron trigger fired", "outcome", outcome)
		}
	})
}

// handlerPath is where a client on this machine fires a cron trigger, as under `wrangler dev`. Below /cdn-cgi/
// no Worker of Cloudflare is asked.
const handlerPath = "/cdn-cgi/handler/scheduled"

// scheduled fires a Worker's scheduled handler on demand: ?cron= is what it is told, ?time= when (Unix
// milliseconds; now without it). It answers with the outcome: 200 for ok, else 500.
func (f *Fleet) scheduled(w http.ResponseWriter, r *http.Request, account, worker string) {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !net.ParseIP(host).IsLoopback() {
		http.Error(w, "bindery: cron triggers are fired from this machine only", http.StatusForbidden)
		return
	}
	query := r.URL.Query()
	e := event{Worker: worker, Cron: query.Get("cron"), Time: f.o.Now().UnixMilli()}
	if text := query.Get("time"); text != "" {
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			http.Error(w, fmt.Sprintf("bindery: time=%q is no number of milliseconds", text), http.StatusBadRequest)
			return
		}
		e.Time = at
	}
	outcome, err := f.send(r.Context(), account, e, nil)
	switch {
	case errors.Is(err, ErrNoWorker), errors.Is(err, ErrNoHandler):
		http.Error(w, fmt.Sprintf("bindery: Worker %q: %v", worker, err), http.StatusNotFound)
		return
	case err != nil:
		f.fail(w, r, account, worker, err)
		return
	}
	if outcome != "ok" {
		w.WriteHeader(http.StatusInternalServerError)
	}
	if query.Get("format") == "json" {
		_ = json.NewEncoder(w).Encode(map[string]string{"outcome": outcome}) // the client may be gone
		return
	}
	_, _ = fmt.Fprint(w, outcome)
}
