// Package workers is what an account knows of its Workers: which there are, their
// versions and what each is bound to, which of them is deployed, secrets, schedules,
// Durable Object classes; and the judgement that an upload has to pass.
//
// Start with [Open], then [Workers.Upload] and [Workers.Deploy]. Everything is looked
// up as (account, name): a Worker of another account does not exist. An upload is
// stored whole or not at all, and one that is refused leaves what is deployed as it was.
//
// The room runs nothing. Whoever does is the [Runtime] that it is given: asked to try a
// version before that is accepted, and told when what is deployed has changed.
package workers

import (
	"context"
)

// Runtime runs Workers. A nil Runtime accepts every script and runs none.
type Runtime interface {
	// Try starts a version that is not stored yet and stops it again: a
	// *ScriptError when it does not start, as Cloudflare answers with code 10021.
	// It is told the content of the modules by digest. What it returns is kept with the version.
	Try(ctx context.Context, account, worker string, v Version, content func(Module) ([]byte, error)) (Trial, error)
	// Deployed says that another version of the Worker is to serve, or none (it was
	// deleted). It returns at once; requests go on being answered by the former
	// version until the new one is up.
	Deployed(account, worker string)
}

// Trial is what a start of a version showed.
type Trial struct {
	StartupMillis int
	Handlers      []string // of the default export: fetch, scheduled, queue, …; sorted
	Classes       []string // exported classes that extend DurableObject or WorkerEntrypoint, or any other export; sorted
}
