package fleet

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kvbinding"
	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// Names of services and extensions of ours. A Worker's has "@" in it, so that none can be the same.
const (
	noEgress  = "no-egress"
	notServed = "bindery:not-served"
)

//go:embed js/no_egress.js
var noEgressCode []byte

//go:embed js/not_served.js
var notServedCode []byte

// oldestDate is what Cloudflare takes where an upload has no compatibility date.
const oldestDate = "2021-11-02"

// composer makes a program of versions.
type composer struct {
	fleet   *Fleet
	account string
	plan    *plan // nil in a trial: there are no other Workers then
	program workerd.Program
	grants  map[string]http.Handler // by word
	granted map[string]bool         // services that have one
	content func(workers.Module) ([]byte, error)
}

func (f *Fleet) newComposer(account string, content func(workers.Module) ([]byte, error)) *composer {
	c := &composer{fleet: f, account: account, content: content, grants: map[string]http.Handler{}, granted: map[string]bool{}}
	c.program.HeapMiB = f.o.HeapMiB
	c.program.Extensions = []workerd.Extension{{Name: notServed, Content: notServedCode}}
	if f.o.NoEgress {
		c.program.Workers = append(c.program.Workers, workerd.Worker{
			Name: noEgress, CompatibilityDate: oldestDate,
			Modules: []workerd.Module{{Name: "no_egress.js", Kind: workerd.ESModule, Content: noEgressCode}},
		})
	}
	return c
}

// compose makes the program of a plan. Folders of Durable Objects are made where they are missing.
func (f *Fleet) compose(ctx context.Context, p *plan) (*composer, error) {
	if p.databases {
		return f.composeDatabases(p.account)
	}
	c := f.newComposer(p.account, func(m workers.Module) ([]byte, error) { return f.source.Content(ctx, p.account, m) })
	c.plan = p
	for _, name := range slices.Sorted(maps.Keys(p.members)) {
		m := p.members[name]
		for i := range m.shares {
			v := &m.shares[i].version
			if len(v.Modules) == 0 {
				continue // static files only
			}
			w, err := c.worker(m.service(v), m, v)
			if err != nil {
				return nil, fmt.Errorf("version of %s: %w", name, err)
			}
			if v == &m.main().version && len(m.worker.Classes) > 0 {
				if err := c.keepObjects(w, m); err != nil {
					return nil, err
				}
			}
			if p.tailed() {
				c.tail(w, m, v)
			}
			c.program.Workers = append(c.program.Workers, *w)
			c.program.Sockets = append(c.program.Sockets, workerd.Socket{Name: w.Name, Worker: w.Name})
		}
	}
	c.route()
	return c, nil
}

// keepObjects gives a Worker its classes, and the disk that they are on.
func (c *composer) keepObjects(w *workerd.Worker, m *member) error {
	disk := workerd.Disk{Name: "objects of " + m.worker.Name, Path: filepath.Join(c.fleet.objectsFolder(c.account), m.worker.Tag)}
	if err := os.MkdirAll(disk.Path, 0o700); err != nil {
		return fmt.Errorf("make a folder of Durable Objects: %w", err)
	}
	c.program.Disks = append(c.program.Disks, disk)
	w.Storage = disk.Name
	w.Classes = classes(m.worker)
	return c.moveObjects(m.worker, disk.Path)
}

// moveObjects brings the objects of classes that the Worker took over into its folder. The Worker that had
// them is of the same plan, or gone, so that no other process has them open.
func (c *composer) moveObjects(w workers.Worker, folder string) error {
	for name, class := range w.Classes {
		to := filepath.Join(folder, class.Key)
		for _, tag := range class.From {
			if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
				break
			}
			err := os.Rename(filepath.Join(c.fleet.objectsFolder(c.account), tag, class.Key), to)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("move the objects of class %s: %w", name, err)
			}
		}
	}
	return nil
}

func classes(w workers.Worker) (all []workerd.Class) {
	for _, name := range slices.Sorted(maps.Keys(w.Classes)) {
		all = append(all, workerd.Class{Name: name, Key: w.Classes[name].Key, SQLite: w.Classes[name].SQLite})
	}
	return all
}

// kinds of modules; a source map is no module of a running Worker.
var kinds = map[workers.ModuleKind]workerd.Kind{
	workers.KindESModule: workerd.ESModule, workers.KindCommonJS: workerd.CommonJS, workers.KindText: workerd.Text,
	workers.KindData: workerd.Data, workers.KindWasm: workerd.Wasm, workers.KindJSON: workerd.JSON,
}

func (c *composer) worker(service string, m *member, v *workers.Version) (*workerd.Worker, error) {
	date, err := c.fleet.compatibilityDate(v.CompatibilityDate)
	if err != nil {
		return nil, err
	}
	w := &workerd.Worker{Name: service, CompatibilityDate: date, CompatibilityFlags: v.CompatibilityFlags, Cache: c.cache()}
	if c.fleet.o.NoEgress {
		w.Outbound = noEgress
	}
	for i, module := range v.Modules {
		if module.Kind == workers.KindSourceMap {
			continue
		}
		if v.Classic && i > 0 {
			continue // reached by bindings
		}
		content, err := c.content(module)
		if err != nil {
			return nil, err
		}
		if v.Classic {
			w.Classic = append([]byte{}, content...)
			continue
		}
		kind, ok := kinds[module.Kind]
		if !ok {
			return nil, &workers.ScriptError{Text: fmt.Sprintf("Module %q is of kind %s, which this server does not run.", module.Name, module.Kind)}
		}
		w.Modules = append(w.Modules, workerd.Module{Name: module.Name, Kind: kind, Content: content})
	}
	for _, b := range v.Bindings {
		value, err := c.value(m, v, b)
		if err != nil {
			return nil, fmt.Errorf("binding %s: %w", b.Name, err)
		}
		w.Bindings = append(w.Bindings, workerd.Binding{Name: b.Name, Value: value})
	}
	return w, nil
}

// compatibilityDate is the date of an upload, or the newest that workerd takes where it is older
// than the upload.
func (f *Fleet) compatibilityDate(sent string) (string, error) {
	if sent == "" {
		return oldestDate, nil
	}
	date, err := time.Parse(time.DateOnly, sent)
	if err != nil {
		return "", &workers.ScriptError{Text: fmt.Sprintf("Invalid compatibility date: %s", sent)}
	}
	if newest := f.o.Workerd.Date; date.After(newest) {
		f.o.Log.Warn("workerd is older than a compatibility date", "date", sent, "taken", newest.Format(time.DateOnly))
		return newest.Format(time.DateOnly), nil
	}
	return sent, nil
}

// value says what is behind a binding. Of a type that is not served the binding is there, and
// fails when it is used.
func (c *composer) value(m *member, v *workers.Version, b workers.Binding) (workerd.Value, error) {
	switch b.Type {
	case "plain_text", workers.TypeSecretText:
		return workerd.TextValue(b.Field("text")), nil
	case "json":
		var compact bytes.Buffer
		if err := json.Compact(&compact, b.Raw("json")); err != nil {
			return nil, fmt.Errorf("no JSON: %w", err)
		}
		return workerd.JSONValue(compact.String()), nil
	case "version_metadata":
		about, err := json.Marshal(map[string]string{
			"id": v.ID, "tag": v.Annotations["workers/tag"], "timestamp": v.Created.Format(time.RFC3339Nano),
		})
		return workerd.JSONValue(about), err
	case "kv_namespace":
		return workerd.KV(c.namespace(b.Field("namespace_id"))), nil
	case "ai":
		return c.ai(b), nil
	case "d1":
		return c.database(b.Field("id")), nil
	case "r2_bucket":
		return c.bucket(b), nil
	case "queue":
		return c.queue(b), nil
	case "assets":
		return c.assets(m, v), nil
	case "service":
		return c.service(b), nil
	case "durable_object_namespace":
		return c.objects(m, v, b), nil
	case "wasm_module", "text_blob", "data_blob":
		return c.part(v, b)
	}
	return refuse("binding %s: this server does not serve bindings of type %s", b.Name, b.Type), nil
}

// refuse is a binding whose every use throws an Error with this text.
func refuse(format string, args ...any) workerd.Value {
	return workerd.Wrapped{Extension: notServed, Inner: []workerd.Binding{{Name: "text", Value: workerd.TextValue(fmt.Sprintf(format, args...))}}}
}

// namespace returns the service of a KV namespace.
func (c *composer) namespace(id string) string {
	return c.served("kv "+id, func() http.Handler {
		open, account := c.fleet.o.Namespace, c.account
		pace, now := c.fleet.o.Pace, c.fleet.o.Now
		return kvbinding.Handler(func(r *http.Request) (kv.Namespace, error) { return open(r.Context(), account, id) }, kvbinding.Options{
			Log: c.fleet.o.Log, Now: now,
			AdmitPut: func(_ *http.Request, key string) error { return pace.Admit(account, id, key, now()) },
		})
	})
}

// served returns the service of this name, whose requests the handler answers that handler makes.
// It is made once in a process, and answers nobody else.
func (c *composer) served(name string, handler func() http.Handler) string {
	if !c.granted[name] {
		word := newGrantWord()
		c.granted[name], c.grants[word] = true, handler()
		c.program.Externals = append(c.program.Externals, workerd.External{
			Name: name, Socket: c.fleet.grants.socket, Headers: []workerd.Header{{Name: headerGrant, Value: word}},
		})
	}
	return name
}

// servedURLs is served, for a handler that is to know the scheme of the URLs that it answers for.
func (c *composer) servedURLs(name string, handler func() http.Handler) string {
	if !c.granted[name] {
		c.served(name, handler)
		c.program.Externals[len(c.program.Externals)-1].Scheme = true
	}
	return name
}

func (c *composer) service(b workers.Binding) workerd.Value {
	name := b.Field("service")
	to := c.member(name)
	if to == nil {
		return refuse("binding %s: Worker %s does not run", b.Name, name)
	}
	v := &to.main().version
	if len(v.Modules) == 0 {
		return c.assets(to, v)
	}
	entrypoint := b.Field("entrypoint")
	if entrypoint == "default" {
		entrypoint = ""
	}
	if entrypoint != "" && !exports(v, entrypoint) { // workerd would start neither of the two
		return refuse("binding %s: Worker %s exports no entry point %s", b.Name, name, entrypoint)
	}
	return workerd.Service{Worker: to.service(v), Entrypoint: entrypoint, Props: string(b.Raw("props"))}
}

// exports says whether a version exports a class. One that was never tried is taken to.
func exports(v *workers.Version, class string) bool {
	return !tried(v) || slices.Contains(v.Trial.Classes, class)
}

func (c *composer) objects(m *member, v *workers.Version, b workers.Binding) workerd.Value {
	class, script := b.Field("class_name"), b.Field("script_name")
	if m != nil && c.plan != nil {
		script, class = c.plan.whereIs(cmp.Or(script, m.worker.Name), class)
	}
	if script == "" || m != nil && script == m.worker.Name {
		if v != &m.main().version {
			return workerd.Objects{Class: class, Worker: m.service(&m.main().version)}
		}
		return workerd.Objects{Class: class}
	}
	to := c.member(script)
	if to == nil {
		return refuse("binding %s: Worker %s does not run", b.Name, script)
	}
	if _, there := to.worker.Classes[class]; !there { // workerd would start neither of the two
		return refuse("binding %s: Worker %s has no class %s of Durable Objects", b.Name, script, class)
	}
	return workerd.Objects{Class: class, Worker: to.service(&to.main().version)}
}

func (c *composer) member(name string) *member {
	if c.plan == nil {
		return nil
	}
	return c.plan.members[name]
}

// part is a file of an upload in service-worker format.
func (c *composer) part(v *workers.Version, b workers.Binding) (workerd.Value, error) {
	i := slices.IndexFunc(v.Modules, func(m workers.Module) bool { return m.Name == b.Field("part") })
	if i < 0 {
		return nil, fmt.Errorf("the upload has no part %q", b.Field("part"))
	}
	content, err := c.content(v.Modules[i])
	if err != nil {
		return nil, err
	}
	switch b.Type {
	case "wasm_module":
		return workerd.WasmValue(content), nil
	case "text_blob":
		return workerd.TextValue(content), nil
	}
	return workerd.DataValue(content), nil
}
