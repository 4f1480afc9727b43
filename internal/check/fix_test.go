package check

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// replacing is a rule that finds each string at the top level that reads old, and says how it would write it.
func replacing(id, old string, severity Severity, new ...string) *Rule {
	return &Rule{ID: id, Severity: severity, Config: func(p *Pass) {
		for _, f := range p.Config.File.Root.Fields {
			if f.Value.Str() != old {
				continue
			}
			d := p.Report(f.Value.Span, "%s", old)
			for _, text := range new {
				safe := !strings.HasPrefix(text, "?")
				edit := syntax.Edit{Span: f.Value.Span, New: strings.TrimPrefix(text, "?")}
				if safe {
					d.Fix("write "+text, edit)
				} else {
					d.UnsafeFix("write "+text, edit)
				}
			}
		}
	}}
}

func TestRepair(t *testing.T) {
	x := func(new ...string) *Rule { return replacing("x", "x", Warning, new...) }
	tests := []struct {
		name   string
		rules  []*Rule
		unsafe bool
		src    string
		want   string
	}{
		{"the first fix", []*Rule{x(`"y"`, `"z"`)}, false, "a = \"x\"\n", "a = \"y\"\n"},
		{"the first safe one", []*Rule{x(`?"y"`, `"z"`)}, false, "a = \"x\"\n", "a = \"z\"\n"},
		{"the first of all", []*Rule{x(`?"y"`, `"z"`)}, true, "a = \"x\"\n", "a = \"y\"\n"},
		{"none", []*Rule{x(`?"y"`)}, false, "a = \"x\"\n", "a = \"x\"\n"},
		{"every finding", []*Rule{x(`"y"`)}, false, "a = \"x\"\nb = \"x\"\n", "a = \"y\"\nb = \"y\"\n"},
		{"what a fix uncovers", []*Rule{x(`"y"`), replacing("y", "y", Warning, `"z"`)}, false, "a = \"x\"\n", "a = \"z\"\n"},
		{"the earlier of two that overlap", []*Rule{x(`"y"`), replacing("x2", "x", Warning, `"z"`)}, false, "a = \"x\"\n", "a = \"y\"\n"},
		{"what breaks the file is left out, the rest is not", []*Rule{x(`"y`), replacing("ok", "ok", Warning, `"OK"`)}, false,
			"a = \"ok\"\nb = \"x\"\nc = \"ok\"\n", "a = \"OK\"\nb = \"x\"\nc = \"OK\"\n"},
		{"so is what raises an error", []*Rule{x(`"bad"`), replacing("bad", "bad", Error)}, false, "a = \"x\"\n", "a = \"x\"\n"},
		{"and what changes nothing", []*Rule{x(`"x"`)}, false, "a = \"x\"\n", "a = \"x\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Repair(t.Context(), oneFile(tt.src), RepairOptions{Options: Options{Rules: tt.rules}, Unsafe: tt.unsafe})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(r.Project.Configs[0].File.Source); got != tt.want {
				t.Errorf("%q becomes %q, want %q", tt.src, got, tt.want)
			}
			if changed := len(r.Changes) > 0; changed != (tt.src != tt.want) || changed != (len(r.Fixed) > 0) {
				t.Errorf("%q: changes %v, fixed %v", tt.src, r.Changes, r.Fixed)
			}
		})
	}
}

func oneFile(src string) *Project {
	return &Project{
		Configs:  []*wrangler.Config{wrangler.Parse("wrangler.toml", []byte(src))},
		Settings: map[string]*settings.Settings{},
	}
}

func TestRepairThatDoesNotSettle(t *testing.T) {
	rules := []*Rule{replacing("x", "x", Warning, `"y"`), replacing("y", "y", Warning, `"x"`)}
	_, err := Repair(t.Context(), oneFile("a = \"x\"\n"), RepairOptions{Options: Options{Rules: rules}})
	var unstable *UnstableError
	if !errors.As(err, &unstable) || unstable.Hint() == "" {
		t.Fatalf("two rules that undo each other: %v, want *UnstableError with a hint", err)
	}
}

// What is suppressed, switched off, or about another environment is not fixed.
func TestRepairOnlyWhatIsShown(t *testing.T) {
	rules := []*Rule{{ID: "x", Severity: Warning, Environment: func(p *Pass) {
		if n := p.Env.Node.Get("main"); n.Str() == "x" {
			p.Report(n.Span, "x").Fix("write y", syntax.Edit{Span: n.Span, New: `"y"`})
		}
	}}}
	const src = "main = \"x\" # bindery: ignore x -- meant\n[env.a]\nmain = \"x\"\n[env.b]\nmain = \"x\"\n"
	env := "b"
	r, err := Repair(t.Context(), oneFile(src), RepairOptions{Options: Options{Rules: rules, Env: &env}})
	want := strings.Replace(src, "[env.b]\nmain = \"x\"", "[env.b]\nmain = \"y\"", 1)
	if err != nil || string(r.Project.Configs[0].File.Source) != want {
		t.Errorf("with --env b: %q, %v, want %q", r.Project.Configs[0].File.Source, err, want)
	}

	p := oneFile(src)
	p.Settings["."] = settings.Parse("bindery.toml", []byte("[rules]\nx = \"off\"\n"))
	r, err = Repair(t.Context(), p, RepairOptions{Options: Options{Rules: rules}})
	if err != nil || len(r.Changes) > 0 {
		t.Errorf("of a rule that is off: changes %v, %v", r.Changes, err)
	}
}

// What a build made is left to the next build, and what did not change to those who did not ask.
func TestRepairLeavesOthersFiles(t *testing.T) {
	o := Options{Rules: []*Rule{replacing("x", "x", Warning, `"y"`)}}
	built := oneFile("a = \"x\"\n")
	built.Configs[0].Redirect = &wrangler.Redirect{}
	if r, err := Repair(t.Context(), built, RepairOptions{Options: o}); err != nil || len(r.Changes) > 0 {
		t.Errorf("of a file that a build made: changes %v, %v", r.Changes, err)
	}
	o.Changed = map[string]bool{}
	if r, err := Repair(t.Context(), oneFile("a = \"x\"\n"), RepairOptions{Options: o}); err != nil || len(r.Changes) > 0 {
		t.Errorf("with --since, of a file that did not change: changes %v, %v", r.Changes, err)
	}
}

// Insertions at one place go together, unless one of them writes a header that would swallow the other.
func TestOverlap(t *testing.T) {
	for _, tt := range []struct {
		a, b syntax.Edit
		want bool
	}{
		{edit(0, 3, ""), edit(3, 5, ""), false},
		{edit(0, 4, ""), edit(3, 5, ""), true},
		{edit(0, 4, ""), edit(2, 2, "x"), true},
		{edit(2, 2, "x"), edit(2, 5, "y"), false},
		{edit(2, 2, "a = 1\n"), edit(2, 2, "b = 1\n"), false},
		{edit(2, 2, "a = 1\n"), edit(2, 2, "a = 1\n"), true},
		{edit(2, 2, "a = 1\n"), edit(2, 2, "\n[b]\nc = 1\n"), true},
	} {
		for _, pair := range [][2]syntax.Edit{{tt.a, tt.b}, {tt.b, tt.a}} {
			if got := overlap(pair[0], pair[1]); got != tt.want {
				t.Errorf("overlap(%v, %v) = %v, want %v", pair[0], pair[1], got, tt.want)
			}
		}
	}
}

// A plan takes in a fix exactly if none of its edits overlaps one of those before, whatever the order they come in.
func TestPlan(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 7))
	taken, refused := 0, 0
	for range 300 {
		var p plan
		var before []syntax.Edit
		for range 30 {
			var fix []syntax.Edit
			for at, n := random.IntN(40), 1+random.IntN(2); len(fix) < n; at += 4 {
				fix = append(fix, edit(at, at+random.IntN(4), []string{"a", "b", "[c]"}[random.IntN(3)]))
			}
			free := !slices.ContainsFunc(fix, func(e syntax.Edit) bool {
				return slices.ContainsFunc(before, func(b syntax.Edit) bool { return overlap(b, e) })
			})
			if got := p.add(fix); got != free {
				t.Fatalf("add(%v) = %v after %v", fix, got, before)
			}
			if !free {
				refused++
				continue
			}
			taken++
			before = append(before, fix...)
		}
	}
	if min(taken, refused) < 1000 {
		t.Errorf("%d fixes were taken in and %d refused: the test has lost its grip", taken, refused)
	}
}

// Half a second's work would be many minutes' if each edit was compared with all before it.
func TestPlanOfVeryMany(t *testing.T) {
	start := time.Now()
	var p plan
	for i := range 500_000 {
		if !p.add([]syntax.Edit{edit(3*i, 3*i+2, "x")}) || p.add([]syntax.Edit{edit(3*i+1, 3*i+1, "y")}) {
			t.Fatalf("at %d: an edit that overlaps none is refused, or one that overlaps is not", 3*i)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Fatalf("%d edits took %v", i, took)
		}
	}
}

func edit(start, end int, text string) syntax.Edit {
	return syntax.Edit{Span: syntax.Span{Start: start, End: end}, New: text}
}

// A harmful fix among many costs a few more looks, and none of the others.
func TestRepairFindsTheHarmfulOne(t *testing.T) {
	var src, want strings.Builder
	for i := range 40 {
		key := string(rune('a'+i%26)) + strings.Repeat("k", i/26)
		src.WriteString(key + " = \"x\"\n")
		if i == 29 {
			want.WriteString(key + " = \"x\"\n")
		} else {
			want.WriteString(key + " = \"y\"\n")
		}
	}
	harmful := replacing("x", "x", Warning, `"y"`)
	good := harmful.Config
	harmful.Config = func(p *Pass) {
		good(p)
		found := *p.found
		for i, d := range found {
			if d.File.Position(d.Span.Start).Line == 30 {
				found[i].Fixes = []Fix{{Title: "break it", Safe: true, File: d.File, Edits: []syntax.Edit{{Span: d.Span, New: "[["}}}}
			}
		}
	}
	r, err := Repair(t.Context(), oneFile(src.String()), RepairOptions{Options: Options{Rules: []*Rule{harmful}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(r.Project.Configs[0].File.Source); got != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
	if slices.ContainsFunc(r.Fixed, func(f Fixed) bool { return f.Fix.Title == "break it" }) {
		t.Error("the harmful fix counts as made")
	}
}
