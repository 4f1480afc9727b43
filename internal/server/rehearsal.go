package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/workers"
)

// What a rehearsal needs beside what clients of the API may do.

// Settled waits until what was deployed serves, or has failed to start; not at all where no Worker runs.
func (s *Server) Settled(ctx context.Context) error {
	if s.fleet == nil {
		return nil
	}
	return s.fleet.Settled(ctx)
}

// Holding is something that an account holds beside KV namespaces.
type Holding struct {
	Kind HoldingKind
	ID   string // of a database; the others have one of their own
	Name string
	// Classes are the Durable Objects of a Worker.
	Classes []string
}

// HoldingKind says what it is.
type HoldingKind string

// The kinds of holdings.
const (
	Bucket   = HoldingKind(resources.Bucket)
	Database = HoldingKind(resources.Database)
	Queue    = HoldingKind(resources.Queue)
	Worker   = HoldingKind("worker") // a stand-in, for bindings of other Workers to lead to: it answers 501
)

// Provide gives an account something to hold. What it holds already stays as it is, and what has no valid name is not
// provided: no account could hold it.
func (s *Server) Provide(ctx context.Context, account string, h Holding) (err error) {
	switch {
	case h.Kind == Worker:
		err = s.provideWorker(ctx, account, h)
	case h.ID != "":
		_, err = s.held.Add(ctx, account, resources.Kind(h.Kind), h.ID, h.Name, nil)
	default:
		_, err = s.held.Create(ctx, account, resources.Kind(h.Kind), h.Name, nil)
	}
	if errors.Is(err, resources.ErrTaken) || errors.Is(err, resources.ErrNameInvalid) || errors.Is(err, workers.ErrNameInvalid) {
		return nil
	}
	return err
}

func (s *Server) provideWorker(ctx context.Context, account string, h Holding) error {
	if _, err := s.workers.Worker(ctx, account, h.Name); !errors.Is(err, workers.ErrNotFound) {
		return err
	}
	const standIn = `import { DurableObject } from "cloudflare:workers";
const answer = () => new Response("a stand-in of the rehearsal for this Worker\n", { status: 501 });
export default { fetch: answer };
class StandIn extends DurableObject { fetch() { return answer(); } }
`
	upload := workers.Upload{Deploy: true, CompatibilityDate: witnessDate}
	code := standIn
	for i, class := range h.Classes {
		quoted, err := json.Marshal(class)
		if err != nil {
			return err
		}
		code += fmt.Sprintf("class Object%d extends StandIn {}\nexport { Object%d as %s };\n", i, i, quoted)
	}
	if len(h.Classes) > 0 {
		upload.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{{NewSQLiteClasses: h.Classes}}}
	}
	upload.Modules = []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(code)}}
	_, err := s.workers.Upload(ctx, account, h.Name, upload)
	return err
}

// BoundNamespace is a KV binding of a deployed Worker: its name and its namespace's id.
type BoundNamespace struct{ Binding, ID string }

// BoundNamespaces are the KV bindings of what was deployed last as a Worker; found is false if nothing was.
func (s *Server) BoundNamespaces(ctx context.Context, account, worker string) (bound []BoundNamespace, found bool, err error) {
	versions, err := s.workers.Versions(ctx, account, worker)
	if errors.Is(err, workers.ErrNotFound) || err == nil && len(versions) == 0 {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for _, b := range versions[0].Bindings {
		if b.Type == "kv_namespace" {
			bound = append(bound, BoundNamespace{b.Name, b.Field("namespace_id")})
		}
	}
	return bound, true, nil
}

// PutSecret gives a deployed Worker a secret, in a new version of it.
func (s *Server) PutSecret(ctx context.Context, account, worker, name, text string) error {
	return s.workers.PutSecrets(ctx, account, worker, map[string]string{name: text})
}

const witnessDate = "2026-01-01"

// Module is one ES module of a Worker.
type Module struct {
	Name string
	Text []byte
}

// DeployWitness deploys a Worker with exactly the KV bindings that another one of the account was deployed with, and a
// secret. It begins with the first module.
func (s *Server) DeployWitness(ctx context.Context, account, of, name, secret, text string, modules ...Module) error {
	versions, err := s.workers.Versions(ctx, account, of)
	if err != nil {
		return err
	}
	upload := workers.Upload{Deploy: true, CompatibilityDate: witnessDate, Bindings: []workers.Binding{workers.Secret(secret, text)}}
	for _, b := range versions[0].Bindings {
		if b.Type == "kv_namespace" {
			upload.Bindings = append(upload.Bindings, b)
		}
	}
	for _, m := range modules {
		upload.Modules = append(upload.Modules, workers.SentModule{Name: m.Name, Kind: workers.KindESModule, Content: m.Text})
	}
	if _, err := s.workers.Upload(ctx, account, name, upload); err != nil {
		return fmt.Errorf("deploy %s with the KV bindings of %s: %w", name, of, err)
	}
	return nil
}
