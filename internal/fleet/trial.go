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

// exportsCode is a module that imports the main module and says what it exports; listenersCode is
// the same for a script in service-worker format, which it stands before.
var (
	//go:embed js/exports.js
	exportsCode []byte
	//go:embed js/listeners.js
	listenersCode []byte
)

// Services of a trial.
const (
	trialApp     = "app"
	trialExports = "exports"
)

// Try implements workers.Runtime: it starts the version by itself, with its bindings and no data
// behind them, and asks what it exports. The code is evaluated twice: as it was sent, which is what
// errors speak of, and once more as the import of a module of ours. Cost: about 60 ms.
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
	c.program.Workers = append(c.program.Workers, *app, exportsOf(*app))
	c.program.Sockets = []workerd.Socket{{Name: trialExports, Worker: trialExports}}
	began := time.Now()
	process, err := f.o.Workerd.Start(ctx, c.program, workerd.Options{Dir: f.run, StartLimit: f.o.StartLimit, MemoryMiB: f.o.MemoryMiB})
	took := time.Since(began)
	var script *workerd.ScriptError
	if errors.As(err, &script) {
		return workers.Trial{}, &workers.ScriptError{Text: script.Text}
	}
	if err != nil {
		return workers.Trial{}, fmt.Errorf("try the script: %w", err)
	}
	trial, err := readExports(ctx, process.Socket(trialExports))
	trial.StartupMillis = int(took.Milliseconds())
	return trial, errors.Join(err, process.Stop(0))
}

// exportsOf is a Worker with the same code and bindings that answers what the code exports.
func exportsOf(app workerd.Worker) workerd.Worker {
	app.Name, app.Classes = trialExports, slices.Clone(app.Classes)
	for i := range app.Classes { // of ours, as the module of ours is what workerd looks at
		app.Classes[i].Key = "exports-" + app.Classes[i].Key
	}
	if app.Classic != nil {
		app.Classic = append(bytes.TrimSpace(slices.Clone(listenersCode)), app.Classic...)
		return app
	}
	first := app.Modules[0]
	name, _ := json.Marshal("./" + strings.TrimPrefix(first.Name, "./")) // a string
	app.Modules = append([]workerd.Module{{
		Name: "bindery-exports.js", Kind: workerd.ESModule, Content: bytes.Replace(exportsCode, []byte(`"MAIN"`), name, 1),
	}}, app.Modules...)
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
