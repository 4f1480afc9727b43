package fingerprint_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
)

var (
	now  = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	mine = fingerprint.Record{Account: "account", Namespace: "namespace", Title: "orders", Worker: "api", Environment: "production"}
)

func TestSeal(t *testing.T) {
	ns := memkv.New(memkv.Options{}).Namespace("namespace")
	if _, _, err := fingerprint.Read(t.Context(), ns); !errors.Is(err, fingerprint.ErrUnsealed) {
		t.Fatalf("an empty namespace: got %v, want ErrUnsealed", err)
	}
	digest, err := fingerprint.Seal(t.Context(), ns, mine, now)
	if err != nil || !strings.HasPrefix(digest, "sha256:") || len(digest) != len("sha256:")+64 {
		t.Fatalf("seal: %q, %v", digest, err)
	}
	record, read, err := fingerprint.Read(t.Context(), ns)
	if err != nil || read != digest || record.Environment != "production" || !record.Sealed.Equal(now) || len(record.Nonce) != 32 {
		t.Errorf("read: %+v, %q, %v", record, read, err)
	}
	if again, err := fingerprint.Seal(t.Context(), ns, mine, now.Add(time.Hour)); err != nil || again != digest {
		t.Errorf("sealed again for the same: got %q, %v, want the first record's %q", again, err, digest)
	}
	other := mine
	other.Environment = "test"
	var sealed *fingerprint.SealedError
	if _, err := fingerprint.Seal(t.Context(), ns, other, now); !errors.As(err, &sealed) || sealed.Record.Environment != "production" {
		t.Errorf("sealed for another environment: got %v", err)
	}
}

func TestSealOverDamage(t *testing.T) {
	ns := memkv.New(memkv.Options{}).Namespace("namespace")
	if err := ns.Put(t.Context(), kv.Pair{Key: fingerprint.Key, Item: kv.Item{Value: []byte("hello")}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := fingerprint.Read(t.Context(), ns); !errors.Is(err, fingerprint.ErrDamaged) {
		t.Errorf("what is no record: got %v, want ErrDamaged", err)
	}
	if _, err := fingerprint.Seal(t.Context(), ns, mine, now); err != nil {
		t.Errorf("seal over damage: %v", err)
	}
}

func TestJudge(t *testing.T) {
	with := func(change func(*fingerprint.Record)) fingerprint.Record {
		r := mine
		change(&r)
		return r
	}
	for _, c := range []struct {
		name           string
		agreed, digest string
		got            fingerprint.Record
		err            error
		want           fingerprint.State
		failed         bool
	}{
		{"as agreed", "sha256:a", "sha256:a", mine, nil, fingerprint.Right, false},
		{"nothing agreed", "", "sha256:a", mine, nil, fingerprint.Right, false},
		{"sealed anew", "sha256:a", "sha256:b", mine, nil, fingerprint.Changed, true},
		{"of another environment", "", "sha256:a", with(func(r *fingerprint.Record) { r.Environment = "" }), nil, fingerprint.Other, true},
		{"of another Worker", "", "sha256:a", with(func(r *fingerprint.Record) { r.Worker = "shop" }), nil, fingerprint.Other, true},
		{"copied from another namespace", "", "sha256:a", with(func(r *fingerprint.Record) { r.Namespace = "n2" }), nil, fingerprint.Other, true},
		{"copied from another account", "", "sha256:a", with(func(r *fingerprint.Record) { r.Account = "a2" }), nil, fingerprint.Other, true},
		{"retitled", "sha256:a", "sha256:a", with(func(r *fingerprint.Record) { r.Title = "before" }), nil, fingerprint.Right, false},
		{"never sealed", "", "", fingerprint.Record{}, fingerprint.ErrUnsealed, fingerprint.Unsealed, false},
		{"seal lost", "sha256:a", "", fingerprint.Record{}, fingerprint.ErrUnsealed, fingerprint.Unsealed, true},
		{"overwritten", "", "sha256:x", fingerprint.Record{}, fingerprint.ErrDamaged, fingerprint.Damaged, true},
	} {
		got, err := fingerprint.Judge(fingerprint.Expected{Record: mine, Digest: c.agreed}, c.got, c.digest, c.err)
		if err != nil || got.State != c.want || got.Failed() != c.failed || got.Message == "" {
			t.Errorf("%s: got %+v (failed %v), %v; want %q (failed %v)", c.name, got, got.Failed(), err, c.want, c.failed)
		}
	}
	unreachable := errors.New("unreachable")
	if _, err := fingerprint.Judge(fingerprint.Expected{}, fingerprint.Record{}, "", unreachable); !errors.Is(err, unreachable) {
		t.Errorf("a namespace that does not answer: got %v", err)
	}
}
