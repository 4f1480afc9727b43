package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// run deploys, and proves what is deployed. What became of it stands in d.g; the error is that it was stopped on the way.
func (d *delivery) run(ctx context.Context) error {
	if d.canary && d.before.there() {
		return d.runCanary(ctx)
	}
	c, err := d.wrangler(ctx, []string{"deploy"}, d.rest...)
	if c == nil {
		d.g.deployed = happenedNo
		return err
	}
	d.settle(ctx, c)
	if d.g.deployed != happenedYes || ctx.Err() != nil {
		return cmp.Or(err, ctx.Err())
	}
	d.g.proof, err = d.prove(ctx, d.address(c.said))
	return err
}

// runCanary uploads a version, which serves nobody; has it prove itself; lets it serve; and looks again. Where that does not
// hold, what served before is to serve again.
func (d *delivery) runCanary(ctx context.Context) error {
	g := d.g
	g.deployed = happenedNo
	up, err := d.wrangler(ctx, []string{"versions", "upload"}, d.rest...)
	if up == nil || err != nil || up.outcome.Code != 0 {
		return err
	}
	if g.version = up.said.VersionID; g.version == "" {
		return withHint(errors.New("wrangler does not say which version it has uploaded"), "`wrangler versions list` shows it; nobody is served by it")
	}
	if g.first, err = d.prove(ctx, d.preview(up.said)); err != nil || !g.first.holds() {
		return err
	}
	promotion, err := d.wrangler(ctx, []string{"versions", "deploy", g.version + "@100%", "--yes"})
	if promotion == nil {
		return err
	}
	d.settle(ctx, promotion)
	if g.deployed != happenedYes || ctx.Err() != nil {
		return cmp.Or(err, ctx.Err())
	}
	if g.proof, err = d.prove(ctx, d.address(up.said)); err != nil || g.proof.holds() {
		return err
	}
	return d.rollBack(ctx)
}

// rollBack lets the versions serve that did before, in their parts, and looks whether they do.
func (d *delivery) rollBack(ctx context.Context) error {
	d.g.rolledBack = happenedUnknown
	_, failed := d.wrangler(ctx, slices.Concat([]string{"versions", "deploy"}, d.before.shares(), []string{"--yes"}), "--message", "rolled back by bindery")
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), afterwards)
		defer cancel()
	}
	now, err := d.serves(ctx)
	switch {
	case err != nil:
		d.g.unknown = err
	case slices.Equal(now.Versions, d.before.Versions):
		d.g.rolledBack = happenedYes
	default:
		d.g.rolledBack = happenedNo
	}
	return failed
}

// proof is what the KV bindings are, seen from the account and from the Worker.
type proof struct {
	account []selftest.Result
	titles  func(binding string) string
	worker  throughWorker
}

// holds says whether nothing critical has failed. That the Worker was not asked is no failure, and is said.
func (p *proof) holds() bool {
	return p != nil && (len(p.account) == 0 || selftest.Summarize(p.account).Data.CriticalTestsPassed) && p.worker.state != workerFailed
}

// prove runs the six stages on each KV binding in the account, looks at its fingerprint, and has the Worker do the same.
func (d *delivery) prove(ctx context.Context, at address) (*proof, error) {
	progress := startProgress(d.err)
	defer progress.stop()
	progress.say("proving the KV bindings")
	locked, _, err := readLock(d.env.lockPath())
	if err != nil {
		return nil, err
	}
	remote := &remoteAccount{client: d.client, id: d.g.plan.Account.ID, titles: map[string]string{}}
	targets := d.env.targets(remote.open)
	for i, b := range d.env.Of(wrangler.KVNamespace) { // they stand first, in this order
		targets[i].Expected = d.env.expected(b, d.g.plan.Account.ID, locked)
		if len(d.g.overridden) > 0 && targets[i].Expected != nil {
			targets[i].Expected.Digest = "" // what the lock says was overridden; whose namespace it is was not
		}
	}
	p := &proof{titles: remote.title}
	p.account = selftest.RunAll(ctx, targets, selftest.Options{Now: d.now, StageTimeout: d.timeout})
	if ctx.Err() == nil {
		progress.say("asking the Worker")
		p.worker = d.askWorker(ctx, at)
	}
	return p, ctx.Err()
}
