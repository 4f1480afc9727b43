package seed_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/seed"
)

// FuzzRead: whatever a file holds, it is a seed whose keys a namespace takes, or has mistakes that lie within it.
func FuzzRead(f *testing.F) {
	names := []string{"a.yaml", "a.toml", "a.json"}
	for i, name := range []string{"seed.yaml", "seed.toml", "seed.jsonc"} {
		src, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, uint8(i))
	}
	f.Add([]byte("a: &a [*a]\n? [x]\n: <<: *a\n"), uint8(0))
	f.Add([]byte("bindings: {A: {keys: {k: {json: !!binary aGk=}}}}"), uint8(0))
	f.Add([]byte("[bindings.A.keys]\nk = {json = {d = 1979-05-27, f = nan}}"), uint8(1))
	f.Add([]byte(`{"bindings":{"A":{"keys":{"k":{"text":"a","expiration":-1}}}}}`), uint8(2))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, src []byte, form uint8) {
		path := filepath.Join(dir, names[int(form)%len(names)])
		if err := os.WriteFile(path, src, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := seed.Read([]string{path}, seed.Options{Environment: "production"})
		var mistakes seed.Errors
		switch {
		case errors.As(err, &mistakes):
			lines := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) + 1
			for _, m := range mistakes {
				if m.Line < 1 || m.Line > lines || m.Column < 1 || m.Column > len(src)+1 {
					t.Errorf("%s lies outside a file of %d lines: %q", m.Place, lines, src)
				}
			}
		case err != nil:
			t.Errorf("%q: %v", src, err)
		default:
			for _, b := range s.Bindings {
				for _, k := range b.Keys {
					p := k.Pair
					p.Expiration = 0
					if err := p.Validate(time.Time{}); err != nil {
						t.Errorf("%q was read, and no namespace takes key %q: %v", src, k.Key, err)
					}
				}
			}
		}
	})
}
