package resources_test

import (
	"errors"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/resources"
)

const (
	account = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	other   = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// A resource is found by name and id, in its account and kind only, over a restart too.
func TestResources(t *testing.T) {
	ctx, store := t.Context(), memkv.New(memkv.Options{})
	r := resources.Open(store, resources.Options{})
	for _, kind := range []resources.Kind{resources.Bucket, resources.Database, resources.Queue} {
		made, err := r.Create(ctx, account, kind, "jobs", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Create(ctx, account, kind, "jobs", nil); !errors.Is(err, resources.ErrTaken) {
			t.Errorf("%s jobs again: got %v, want ErrTaken", kind, err)
		}
		if _, err := r.Create(ctx, account, kind, "../jobs", nil); !errors.Is(err, resources.ErrNameInvalid) {
			t.Errorf("%s ../jobs: got %v, want ErrNameInvalid", kind, err)
		}
		r = resources.Open(store, resources.Options{})
		for _, by := range []string{"jobs", made.ID} {
			if found, err := r.Get(ctx, account, kind, by); err != nil || found.ID != made.ID {
				t.Errorf("%s by %s: got %+v, %v", kind, by, found, err)
			}
			if _, err := r.Get(ctx, other, kind, by); !errors.Is(err, resources.ErrNotFound) {
				t.Errorf("%s by %s, of the other account: got %v, want ErrNotFound", kind, by, err)
			}
		}
		if err := r.Delete(ctx, account, kind, made.ID); err != nil {
			t.Error(err)
		}
		if all, err := r.List(ctx, account, kind); len(all) != 0 || err != nil {
			t.Errorf("%s after delete: got %+v, %v", kind, all, err)
		}
	}
}

// A queue goes to one Worker, until that is gone.
func TestConsumers(t *testing.T) {
	ctx := t.Context()
	r := resources.Open(memkv.New(memkv.Options{}), resources.Options{})
	if _, err := r.Create(ctx, account, resources.Queue, "jobs", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddConsumer(ctx, account, "jobs", resources.Consumer{Worker: "api"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddConsumer(ctx, account, "jobs", resources.Consumer{Worker: "else"}); !errors.Is(err, resources.ErrConsumerTaken) {
		t.Errorf("a second one: got %v, want ErrConsumerTaken", err)
	}
	if err := r.Release(ctx, account, "jobs", "api"); err != nil {
		t.Fatal(err)
	}
	if queues, err := r.ConsumedBy(ctx, account, "api"); len(queues) != 0 || err != nil {
		t.Errorf("after it is gone it consumes %q, %v", queues, err)
	}
}
