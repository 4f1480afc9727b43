package probemodule_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/probemodule"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func module(file string, environments ...probemodule.Environment) probemodule.Module {
	return probemodule.Module{
		Command: "bindery probe", File: file, Secret: "X_API_KEY", Environments: environments,
		SelfTestPath: "/api/v1/data/kv-self-test", BindingsPath: "/api/v1/data/bindings",
		KeyHeader: "X-API-KEY", KeyPrefix: "__bindery_selftest__/", KeyTTL: 5 * time.Minute,
		FingerprintKey: "__bindery__/fingerprint",
	}
}

func kv(name string, critical bool, id string) probemodule.Binding {
	return probemodule.Binding{Name: name, Kind: "KVNamespace", Critical: critical, Detail: id}
}

func texts(name, value string) map[string]string { return map[string]string{name: value} }

// TestWrite compares whole modules, and of others the part that their configuration decides.
func TestWrite(t *testing.T) {
	shop := probemodule.Environment{
		Worker: "shop", Vars: []string{"GREETING"}, Texts: texts("GREETING", "must not appear"),
		Bindings: []probemodule.Binding{
			kv("CACHE", true, "11111111111111111111111111111111"), kv("SESSIONS", false, ""),
			{Name: "FILES", Kind: "R2Bucket", Detail: "files"}, {Name: "LOST", Critical: true, Detail: "critical in bindery.toml"},
		},
	}
	production := probemodule.Environment{
		Name: "production", Worker: "shop-production", Account: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Vars: []string{"ENVIRONMENT"}, Texts: texts("ENVIRONMENT", "live"),
		Bindings: []probemodule.Binding{kv("CACHE", true, "22222222222222222222222222222222"), kv("ORDERS", true, "33333333333333333333333333333333")},
	}
	production.Bindings[1].Fingerprint = "sha256:" + strings.Repeat("5", 64)
	silent := probemodule.Environment{Name: "staging", Worker: "shop-staging", Bindings: []probemodule.Binding{kv("CACHE", true, "44444444444444444444444444444444")}}
	odd := probemodule.Environment{Name: "a\n*/ \"x\" </script> `${1}`", Worker: "odd", Bindings: []probemodule.Binding{kv(`KV"; throw 1; "`, true, "⟦\u2028⟧")}}
	for name, m := range map[string]probemodule.Module{
		"one.ts":          module("bindery-probe.ts", shop),
		"one.js":          module("bindery-probe.js", shop),
		"told-apart.head": module("probe.ts", shop, production),
		"untold.head":     module("probe.mjs", production, silent, probemodule.Environment{Name: "preview"}),
		"odd.head":        module("probe.ts", odd),
		"nothing.head":    module("probe.ts", probemodule.Environment{Worker: "empty"}),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := probemodule.Write(m)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, ".head") {
				got, _, _ = bytes.Cut(got, []byte("/** Answers"))
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s has changed (-update rewrites it):\n%s", file, got)
			}
			if bytes.Contains(got, []byte("must not appear")) {
				t.Error("the value of a variable is in the module")
			}
			if !bytes.HasPrefix(got, []byte(probemodule.FirstLine)) {
				t.Errorf("it begins with %.80q, want %q", got, probemodule.FirstLine)
			}
		})
	}
}

// TestVariable: what tells environments apart, and what must not.
func TestVariable(t *testing.T) {
	env := func(texts map[string]string) probemodule.Environment { return probemodule.Environment{Texts: texts} }
	for _, c := range []struct {
		about string
		all   []probemodule.Environment
		want  string
	}{
		{"one environment needs none", []probemodule.Environment{env(texts("ENVIRONMENT", "a"))}, ""},
		{"all differ", []probemodule.Environment{env(texts("STAGE", "a")), env(texts("STAGE", "b"))}, "STAGE"},
		{"one has none", []probemodule.Environment{env(nil), env(texts("ENV", "b"))}, "ENV"},
		{"two have none", []probemodule.Environment{env(nil), env(nil), env(texts("ENV", "b"))}, ""},
		{"two are alike", []probemodule.Environment{env(texts("ENV", "b")), env(texts("ENV", "b"))}, ""},
		{"any other variable may be a secret", []probemodule.Environment{env(texts("TOKEN", "a")), env(texts("TOKEN", "b"))}, ""},
	} {
		if got := module("p.ts", c.all...).Variable(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.about, got, c.want)
		}
	}
}
