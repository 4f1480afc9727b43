package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/probemodule"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// running is what the deployed Worker did on workerd.
type running struct {
	status    int               // of its answer to GET /; 0: none came in answerTime
	egress    bool              // its outbound requests were let out
	ownProbe  bool              // it mounts a probe; else a Worker of ours with the same bindings stood in for it
	inside    []selftest.Result // what the bindings are from inside
	exchanges []exchange
}

// exchange is whether the Worker and the account's API see in a namespace what the other one wrote.
type exchange struct {
	binding string
	id      string
	err     error
}

func (r *running) ok() bool {
	if r.silent() {
		return false
	}
	for _, e := range r.exchanges {
		if e.err != nil {
			return false
		}
	}
	for _, p := range r.inside {
		if !p.Critical() && !p.Optional {
			return false
		}
	}
	return true
}

// silent: nothing that a Worker may need and lacks here explains that it does not even fail.
func (r *running) silent() bool { return r.status == 0 }

// witnessName is what the Worker of ours is called, on a server that nobody else deploys to.
const witnessName = "bindery-rehearsal"

// play has the deployed Worker answer, prove its bindings, and exchange values with the API.
func (r *rehearsal) play(ctx context.Context, o *rehearseOptions, s *server.Server, client *cloudflare.Client, progress *progress) error {
	progress.say("running %s on workerd", r.env.WorkerName())
	began := o.now()
	if err := s.Settled(ctx); err != nil {
		return err
	}
	worker := r.worker(s, r.env.WorkerName())
	status, err := worker.knock(ctx)
	if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return fmt.Errorf("ask %s for /: %w", worker.name, err)
	}
	played := &running{status: status, egress: o.allowEgress}
	if err := r.deployWitness(ctx, s, worker.key); err != nil {
		return err
	}
	// A variable of the name, or a Worker that does not start with one more secret, is as good as no probe.
	asked := !played.silent() && s.PutSecret(ctx, r.account.ID, worker.name, probeSecret, worker.key) == nil
	if err := s.Settled(ctx); err != nil {
		return err
	}
	r.times.workerd = o.now().Sub(began)

	witness := *worker
	witness.name = witnessName
	progress.say("proving the bindings of %s from inside", worker.name)
	var answer *probe.Answer
	if asked {
		answer, err = worker.prove(ctx)
		played.ownProbe = err == nil
	}
	if !played.ownProbe {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if answer, err = witness.prove(ctx); err != nil {
			return fmt.Errorf("prove the bindings of %s: %w", worker.name, err)
		}
	}
	if bound, _, err := s.BoundNamespaces(ctx, r.account.ID, worker.name); err != nil {
		return err
	} else if len(bound) > 0 {
		played.inside = answer.Results
		for i := range played.inside {
			played.inside[i].Fingerprint = nil // of the account's namespaces; ours are new, and nobody has sealed them
		}
		for _, b := range bound {
			played.exchanges = append(played.exchanges, exchange{b.Binding, b.ID, r.exchange(ctx, o, &witness, client, b)})
		}
	}
	r.ran = played
	return ctx.Err()
}

// deployWitness deploys a Worker of ours with the KV bindings of the user's.
func (r *rehearsal) deployWitness(ctx context.Context, s *server.Server, key string) error {
	options := &probeOptions{secret: probeSecret, js: true, file: "-"}
	only := []*environment{r.env}
	module := options.module(only, nil, "probe.js") // no namespace of a rehearsal is sealed
	text, err := probemodule.Write(module)
	if err != nil {
		return err
	}
	return s.DeployWitness(ctx, r.account.ID, r.env.WorkerName(), witnessName, probeSecret, key,
		server.Module{Name: "index.js", Text: probemodule.Witness}, server.Module{Name: "probe.js", Text: text})
}

// exchange writes on either side and reads on the other.
func (r *rehearsal) exchange(ctx context.Context, o *rehearseOptions, w *askedWorker, client *cloudflare.Client, b server.BoundNamespace) error {
	if named := r.namedID(b.Binding); named != "" && named != b.ID {
		return fmt.Errorf("it was deployed with %s, and the configuration names %s", b.ID, named)
	}
	ns := client.Namespace(r.account.ID, b.ID)
	key, text := selftest.KeyPrefix+"rehearsal-"+rand.Text(), rand.Text()
	path := "/?" + url.Values{"binding": {b.Binding}, "key": {key}}.Encode()
	if status, _, err := w.ask(ctx, http.MethodPut, path, text); err != nil || status != http.StatusNoContent {
		return fmt.Errorf("the Worker cannot write: status %d: %w", status, cmpError(err, errNotDone))
	}
	item, err := ns.Get(ctx, key)
	switch {
	case err != nil:
		return fmt.Errorf("what the Worker wrote is not seen over the API of the account: %w", err)
	case string(item.Value) != text:
		return errors.New("what the Worker wrote is seen over the API of the account, and differs")
	}
	text = rand.Text()
	pair := kv.Pair{Key: key, Item: kv.Item{Value: []byte(text), Expiration: o.now().Add(selftest.KeyTTL).Unix()}}
	if err := ns.Put(ctx, pair); err != nil {
		return fmt.Errorf("write over the API of the account: %w", err)
	}
	switch status, got, err := w.ask(ctx, http.MethodGet, path, ""); {
	case err != nil:
		return fmt.Errorf("read through the binding: %w", err)
	case status != http.StatusOK || got != text:
		return fmt.Errorf("what was written over the API of the account is not what the Worker sees: status %d", status)
	}
	return ns.Delete(ctx, key)
}

var errNotDone = errors.New("it was not done")

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// namedID is the id that the configuration gives a KV binding; "" if it gives none.
func (r *rehearsal) namedID(binding string) string {
	for _, b := range r.env.Of(wrangler.KVNamespace) {
		if b.Text() == binding && b.Resource() != nil {
			return b.Resource().Str()
		}
	}
	return ""
}

// askedWorker is a Worker on the rehearsal's server, and the key of its probe.
type askedWorker struct {
	root, name, account, key string
}

func (r *rehearsal) worker(s *server.Server, name string) *askedWorker {
	return &askedWorker{root: s.URL(), name: name, account: r.account.ID, key: rand.Text()}
}

func (w *askedWorker) host() string { return w.name + "." + w.account + ".localhost" }

// prove asks for both data endpoints. A Worker that has none may answer their paths without end.
func (w *askedWorker) prove(ctx context.Context) (*probe.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return probe.Ask(ctx, probe.Question{URL: w.root, Host: w.host(), Key: w.key})
}

// answerTime is how long a Worker may take to answer: half of what its code may loop before its process is killed, so that it
// is the same that a report says each time.
const answerTime = 15 * time.Second

// knock asks for /, and does not wait for the end of the answer, which may have none.
func (w *askedWorker) knock(ctx context.Context) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := w.send(ctx, http.MethodGet, "/", "")
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// ask sends one request, and reads the answer.
func (w *askedWorker) ask(ctx context.Context, method, path, body string) (status int, text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := w.send(ctx, method, path, body)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, b.String(), err
}

// send sends one request, with the key of the witness.
func (w *askedWorker) send(ctx context.Context, method, path, body string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, w.root+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Host = w.host()
	if w.name == witnessName { // nobody else is to see it
		q.Header.Set(probe.KeyHeader, w.key)
	}
	return http.DefaultTransport.RoundTrip(q)
}
