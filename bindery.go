// Package bindery gives a Go service the KV namespaces that a wrangler configuration binds, by the names that its Workers call
// them: in Cloudflare's account, on a server of `bindery serve`, in a folder of this machine, or in memory for tests.
//
//	env, err := bindery.Open(ctx, "wrangler.toml", bindery.Options{
//		Environment: "production",
//		Token:       os.Getenv("CLOUDFLARE_API_TOKEN"),
//	})
//	if err != nil {
//		log.Fatal(err, "\n", bindery.Hint(err))
//	}
//	defer env.Close()
//
//	cache, err := env.KV("API_GATEWAY_STORAGE")
//	…
//	item, err := cache.Get(ctx, "greeting")
//	if errors.Is(err, bindery.ErrKeyNotFound) {
//		…
//	}
//
// [Open] reads the configuration as wrangler does, and beside it bindery.toml and bindery.lock. Nothing is assumed and nothing is
// made: an environment that is not declared, an account that nobody names, a binding without a namespace are errors.
// [Environment.Describe] says at the start where each binding leads, and [Environment.DataHandler] answers the two data
// endpoints, by which a monitor proves the bindings while the service runs.
//
// Every namespace keeps the limits of Workers KV, wherever it is: keys of at most 512 bytes, values of at most 25 MiB, metadata of at
// most 1,024 bytes, expirations at least 60 seconds ahead
// (https://developers.cloudflare.com/kv/platform/limits/). In Cloudflare's account a write may take a minute or more to be
// seen from elsewhere; the other places see it at once.
package bindery

import (
	"context"
	"fmt"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Environment is an open environment of a configuration. It is safe for concurrent use.
type Environment struct {
	env      *wrangler.Environment
	settings *settings.Settings
	locked   *lock.File
	options  Options
	place    place
}

// Open opens an environment of the configuration at path: a file, a folder that holds one, or "" for the one that wrangler would take
// in the working directory. What a build redirects a deploy to is not followed: name that file itself.
//
// Where the namespaces are is for o to say. Only one thing is asked over the network, and only where neither the files nor
// o name an account: which accounts the token sees. The environment is to be closed.
//
// Errors: ErrEnvironment if the configuration does not declare the environment, ErrUnauthenticated and ErrUnavailable from the API, ErrInUse
// for a folder that another process has open; others name the file and the line. [Hint] says what to do.
func Open(ctx context.Context, path string, o Options) (*Environment, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	e, err := load(path, o)
	if err != nil {
		return nil, err
	}
	if e.place, err = e.open(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// Close lets go of the folder or the connections. Namespaces of the environment are not to be used afterwards. Closing twice is no error.
func (e *Environment) Close() error { return e.place.close() }

// Name is the environment's name, "" for the top level.
func (e *Environment) Name() string { return e.env.Name }

// Worker is the name of the environment's Worker, "" if the configuration gives none.
func (e *Environment) Worker() string { return e.env.WorkerName() }

// Account is the id of the account, "" in a folder or in memory.
func (e *Environment) Account() string { return e.place.account() }

// String is the environment in a line: its name, its configuration, and where its namespaces are.
func (e *Environment) String() string {
	return fmt.Sprintf("%s of %s, %s", e.env.Label(), e.env.Config.Path, e.place)
}

// KV returns the namespace that a KV binding leads to. It asks nobody: that the namespace is not there, its first use tells, or
// [Environment.Describe]. Everybody who asks for a binding gets the same keys.
//
// ErrBindingNotFound: the environment has no KV binding of this name. ErrNotBound: it has, but nothing says which namespace it is.
func (e *Environment) KV(binding string) (*Namespace, error) {
	b, err := e.binding(binding)
	if err != nil {
		return nil, err
	}
	id, err := e.namespaceID(b)
	if err != nil {
		return nil, err
	}
	return &Namespace{binding: binding, id: id, ns: e.place.namespace(e.key(binding, id))}, nil
}
