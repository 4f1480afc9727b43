package probe

import (
	"context"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/selftest"
)

// brokenBinding is a binding with a fault, the stage that finds it, the status of
// a report in which it is critical, and a part of the advice.
type brokenBinding struct {
	fault  string
	target *selftest.Target
	stage  string
	status int
	advice string
}

// brokenBindings has every fault, at least one for each stage.
func brokenBindings() []brokenBinding {
	with := func(f *kvtest.Faulty) *selftest.Target {
		f.Inner = namespace()
		return leadsTo(f)
	}
	elsewhere := &selftest.Target{Open: func(context.Context) (kv.Namespace, error) { return nil, kv.ErrNamespaceNotFound }}
	refuses := func(ops ...kvtest.Op) map[kvtest.Op]error {
		errs := map[kvtest.Op]error{}
		for _, op := range ops {
			errs[op] = kv.ErrPermission
		}
		return errs
	}
	return []brokenBinding{
		{"the binding is missing", nil, selftest.BindingCheck, 500, "bindings are not inherited"},
		{"another account holds the id", elsewhere, selftest.BindingCheck, 500, "belongs to another account"},
		{"the token may only read", with(&kvtest.Faulty{Errors: refuses(kvtest.Put, kvtest.Delete)}), selftest.WriteTest, 500, "Workers KV Storage Edit"},
		{"writes are answered too late", with(&kvtest.Faulty{Delay: map[kvtest.Op]time.Duration{kvtest.Put: time.Hour}}), selftest.WriteTest, 500, "too slowly or not at all"},
		{"writes are dropped", with(&kvtest.Faulty{DropPuts: true}), selftest.ReadTest, 500, "acknowledged and dropped"},
		{"reads return other bytes", with(&kvtest.Faulty{Garble: kvtest.OtherBytes}), selftest.ReadTest, 500, "alters values"},
		{"lists hide keys", with(&kvtest.Faulty{HideFromLists: true}), selftest.ListTest, 200, "lag or hide keys"},
		{"deletes are refused", with(&kvtest.Faulty{Errors: refuses(kvtest.Delete)}), selftest.DeleteTest, 200, "expires by itself"},
		{"deletes are ignored", with(&kvtest.Faulty{IgnoreDeletes: true}), selftest.CleanupVerify, 200, "acknowledged and not done"},
	}
}
