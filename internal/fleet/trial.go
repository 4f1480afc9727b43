package fleet

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// exportsCode is a module that stands before the main module and says what it exports; listenersCode is
// the same for a script in service-worker format.
var (
	//go:embed js/exports.js
	exportsCode []byte
	//go:embed js/listeners.js
	listenersCode []byte
)

const (
	trialApp     = "app"     // a service
	trialExports = "exports" // a socket

	exportsModule     = "bindery-exports.js"
	exportsEntrypoint = "BinderyExports" // of exportsCode
	exportsDefault    = "export { default } from \"MAIN\";\n"
)

// Try implements workers.Runtime: it starts the version by itself, with its bindings and no data
// behind them, and asks what it exports. Code that starts is evaluated once, as in production. Cost: about 60 ms.
func (f *Fleet) Try(ctx context.Context, account, worker string, v workers.Version, content func(workers.Module) ([]byte, error)) (workers.Trial, error) {
	c := f.newComposer(account, content)
	alone := &member{worker: workers.Worker{Name: worker}, shares: []share{{version: v}}}
	app, err := c.worker(trialApp, alone, &alone.shares[0].version)
	if err != nil {
		return workers.Trial{}, err
	}
	for _, b := range app.Bindings { // objects are kept nowhere, and none is ever made
		if to, ok := b.Value.(workerd.Objects); ok && to.Worker == "" && !slices.ContainsFunc(app.Classes, func(o workerd.Class) bool { return o.Name == to.Class }) {
			app.Classes = append(app.Classes, workerd.Class{Name: to.Class, Key: to.Class, SQLite: true})
		}
	}
	var trial workers.Trial
	if app.Classic != nil {
		trial, err = f.tryScript(ctx, c.program, app)
	} else {
		trial, err = f.tryModules(ctx, c.program, app)
	}
	var script *workerd.ScriptError
	if errors.As(err, &script) {
		refusal := &workers.ScriptError{Text: script.Text}
		f.o.Refused(account, worker, refusal)
		return workers.Trial{}, refusal
	}
	if errors.As(err, new(*workerd.StartError)) || errors.As(err, new(*workerd.MissingError)) {
		f.o.Log.Error("upload not tried", "account", account, "worker", worker, "error", err)
		return workers.Trial{}, fmt.Errorf("%w: %w", workers.ErrNotTried, err)
	}
	if err != nil {
		return workers.Trial{}, fmt.Errorf("try the script: %w", err)
	}
	return trial, nil
}

// tryModules starts modules behind one that says what the main module exports.
func (f *Fleet) tryModules(ctx context.Context, p workerd.Program, app *workerd.Worker) (workers.Trial, error) {
	behind := func(code []byte) (workers.Trial, error) {
		first := *app
		first.Modules = append([]workerd.Module{exportsOf(app.Modules[0].Name, code)}, app.Modules...)
		return f.tryWorker(ctx, p, first, exportsEntrypoint, readExports)
	}
	trial, err := behind(exportsCode)
	if lacksDefault(err) { // found before anything was evaluated
		trial, err = behind(bytes.Replace(exportsCode, []byte(exportsDefault), nil, 1))
	}
	return trial, err
}

// lacksDefault says whether the main module is one of classes alone, so that there is no default export to hand on.
func lacksDefault(err error) bool {
	var script *workerd.ScriptError
	return errors.As(err, &script) && strings.Contains(script.Text, "does not provide an export named 'default'") && strings.Contains(script.Text, exportsModule)
}

// tryScript starts a script in service-worker format behind code that notes what it listens to. Where that does not start the
// script is tried as it is: what stands before it moves the places in its errors.
func (f *Fleet) tryScript(ctx context.Context, p workerd.Program, app *workerd.Worker) (workers.Trial, error) {
	noted := *app
	noted.Classic = append(bytes.TrimSpace(slices.Clone(listenersCode)), app.Classic...)
	trial, err := f.tryWorker(ctx, p, noted, "", readExports)
	var script *workerd.ScriptError
	if !errors.As(err, &script) || script.TooMuch {
		return trial, err
	}
	return f.tryWorker(ctx, p, *app, "", func(context.Context, string) (trial workers.Trial, err error) { return trial, nil })
}

// tryWorker starts a Worker, and asks at the socket of one of its entry points what there is.
func (f *Fleet) tryWorker(ctx context.Context, p workerd.Program, w workerd.Worker, entrypoint string, ask func(context.Context, string) (workers.Trial, error)) (trial workers.Trial, err error) {
	p.Workers = append(slices.Clip(p.Workers), w)
	p.Sockets = []workerd.Socket{{Name: trialExports, Worker: w.Name, Entrypoint: entrypoint}}
	began := time.Now()
	process, err := f.o.Workerd.Start(ctx, p, workerd.Options{Dir: f.run, StartLimit: f.o.StartLimit, MemoryMiB: f.o.MemoryMiB})
	if err != nil {
		return trial, err
	}
	took := time.Since(began)
	trial, err = ask(ctx, process.Socket(trialExports))
	trial.StartupMillis = int(took.Milliseconds())
	return trial, errors.Join(err, process.Stop(0))
}

func exportsOf(main string, code []byte) workerd.Module {
	name, _ := json.Marshal("./" + strings.TrimPrefix(main, "./")) // a string
	return workerd.Module{Name: exportsModule, Kind: workerd.ESModule, Content: bytes.ReplaceAll(code, []byte(`"MAIN"`), name)}
}

func readExports(ctx context.Context, socket string) (trial workers.Trial, err error) {
	transport := newTransport(socket)
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://exports/", nil)
	if err != nil {
		return trial, err
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return trial, fmt.Errorf("ask for the exports: %w", err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&trial); err != nil {
		return trial, fmt.Errorf("read the exports (status %d): %w", answer.StatusCode, err)
	}
	return trial, nil
}
