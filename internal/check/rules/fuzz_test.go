package rules_test

import (
	"bytes"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Whatever bytes a configuration and a bindery.toml hold, checking and printing end without a panic, every place
// lies in its file, and a second run prints the same.
func FuzzCheck(f *testing.F) {
	for _, rule := range rules.All() {
		for _, path := range casesOf(f, rule.ID) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				f.Fatal(err)
			}
			var toml, jsonc, ours []byte
			for _, file := range archive.Files {
				switch file.Name {
				case "wrangler.toml":
					toml = file.Data
				case "wrangler.jsonc":
					jsonc = file.Data
				case "bindery.toml":
					ours = file.Data
				}
			}
			f.Add(toml, jsonc, ours)
		}
	}
	f.Fuzz(func(t *testing.T, toml, jsonc, ours []byte) {
		first := checkBytes(t, toml, jsonc, ours)
		if second := checkBytes(t, toml, jsonc, ours); !bytes.Equal(first, second) {
			t.Errorf("two runs over\n%q\n%q\n%q\nprint\n%s\nand\n%s", toml, jsonc, ours, first, second)
		}
	})
}

func checkBytes(t *testing.T, toml, jsonc, ours []byte) []byte {
	p := &check.Project{
		Configs:  []*wrangler.Config{wrangler.Parse("wrangler.toml", toml), wrangler.Parse("wrangler.jsonc", jsonc)},
		Settings: map[string]*settings.Settings{".": settings.Parse("bindery.toml", ours)},
	}
	found := check.Run(p, check.Options{Rules: rules.All()})
	for _, d := range found {
		inFile(t, d.File, d.Span, d)
		for _, n := range d.Notes {
			inFile(t, n.File, n.Span, d)
		}
	}
	var out bytes.Buffer
	if err := report.Text(&out, found, true); err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&out, found); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inFile(t *testing.T, f *syntax.File, s syntax.Span, d check.Diagnostic) {
	if s.Start < 0 || s.Start > s.End || s.End > len(f.Source) {
		t.Errorf("%s: %q points at bytes %d to %d of %d", d.Rule, d.Message, s.Start, s.End, len(f.Source))
	}
}
