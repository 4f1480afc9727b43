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
	trialExports = "exports" // a socket, and where there is a script the service of it

	exportsModule     = "bindery-exports.js"
	exportsEntrypoint = "BinderyExports" // of exportsCode
	exportsDefault    = "export { default } from \"MAIN\";\n"
)

// Try implements workers.Runtime: it starts the version by itself, with its bindings and no data
// behind them, and asks what it exports. Modules are evaluated once, as in production; a script in
// service-worker format twice, as what is put before it would move the places in errors. Cost: about 60 ms.
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
	trial, err := f.tryProgram(ctx, c.program, app, exportsCode)
	if lacksDefault(err) { // found before anything was evaluated
		trial, err = f.tryProgram(ctx, c.program, app, bytes.Replace(exportsCode, []byte(exportsDefault), nil, 1))
	}
	var script *workerd.ScriptError
	if errors.As(err, &script) {
		refusal := &workers.ScriptError{Text: script.Text}
		f.o.Refused(account, worker, refusal)
		return workers.Trial{}, refusal
	}
	if err != nil {
		return workers.Trial{}, fmt.Errorf("try the script: %w", err)
	}
	return trial, nil
}

// lacksDefault says whether the main module is one of classes alone, so that there is no default export to hand on.
func lacksDefault(err error) bool {
	var script *workerd.ScriptError
	return errors.As(err, &script) && strings.Contains(script.Text, "does not provide an export named 'default'") && strings.Contains(script.Text, exportsModule)
}

func (f *Fleet) tryProgram(ctx context.Context, p workerd.Program, app *workerd.Worker, code []byte) (workers.Trial, error) {
	socket := workerd.Socket{Name: trialExports, Worker: trialApp, Entrypoint: exportsEntrypoint}
	first := *app
	if app.Classic != nil {
		socket = workerd.Socket{Name: trialExports, Worker: trialExports}
		p.Workers = append(slices.Clip(p.Workers), first, listenersOf(*app))
	} else {
		first.Modules = append([]workerd.Module{exportsOf(app.Modules[0].Name, code)}, app.Modules...)
		p.Workers = append(slices.Clip(p.Workers), first)
	}
	p.Sockets = []workerd.Socket{socket}
	began := time.Now()
	process, err := f.o.Workerd.Start(ctx, p, workerd.Options{Dir: f.run, StartLimit: f.o.StartLimit, MemoryMiB: f.o.MemoryMiB})
	if err != nil {
		return workers.Trial{}, err
	}
	took := time.Since(began)
	trial, err := readExports(ctx, process.Socket(trialExports))
	trial.StartupMillis = int(took.Milliseconds())
	return trial, errors.Join(err, process.Stop(0))
}

func exportsOf(main string, code []byte) workerd.Module {
	name, _ := json.Marshal("./" + strings.TrimPrefix(main, "./")) // a string
	return workerd.Module{Name: exportsModule, Kind: workerd.ESModule, Content: bytes.ReplaceAll(code, []byte(`"MAIN"`), name)}
}

// listenersOf is a Worker with the same script and bindings that answers which events the script listens to.
func listenersOf(app workerd.Worker) workerd.Worker {
	app.Name, app.Classes = trialExports, nil
	app.Classic = append(bytes.TrimSpace(slices.Clone(listenersCode)), app.Classic...)
	return app
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
