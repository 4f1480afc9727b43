package rules_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A mistake is what somebody could have made of a right configuration.
type mistake struct {
	name string
	toml bool // only there
	make func(text string) string
}

var mistakes = []mistake{
	{"a key of wrangler 1", false, inAllHeaders("kv_namespaces", "kv-namespaces")},
	{"camel case", false, inAllHeaders("d1_databases", "d1Databases")},
	{"a slip", false, inAllHeaders("r2_buckets", "r2_bukets")},
	{"a list without its key", true, replacing(`\[\[([\w.]*)durable_objects\.bindings\]\]`, "[[${1}durable_objects]]")},
	{"producers without their key", true, unless(`queues\.consumers`, replacing(`\[\[([\w.]*)queues\.producers\]\]`, "[[${1}queues]]"))},
	{"the name of a queue", true, inSection(`\[\[[\w.]*queues\.producers\]\]`, "queue =", "queue_name =")},
	{"single brackets", true, onlyOne(`\[\[(kv_namespaces)\]\]`, "[${1}]")},
	{"double brackets", true, replacing(`(?m)^(\[ai\])`, "[${1}]")},
	{"crons that are no list", false, replacing(`(crons"?\s*[=:]\s*)\[("[^"]*")\]`, "${1}${2}")},
	{"flags that are no list", false, replacing(`(compatibility_flags"?\s*[=:]\s*)\[("[^"]*")\]`, "${1}${2}")},
	{"a date without quotes", true, replacing(`(?m)^(compatibility_date\s*=\s*)"(\d{4}-\d\d-\d\d)"`, "${1}${2}")},
	{"an object for a list", false, replacing(`(migrations"\s*:\s*)\[(\{[^{}]*\})\]`, "${1}${2}")},
}

// enough configurations with the same mistake, of the corpus and of the others each: more take time and show nothing else.
const enough = 40

// TestRepairUndoes makes mistakes in configurations that are right, and holds --fix to giving back every byte.
func TestRepairUndoes(t *testing.T) {
	t.Parallel()
	type kind struct {
		mistake string
		corpus  bool
	}
	undone, made := map[string]int{}, map[kind]int{}
	all := repairable(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		files := all[name]
		for path, text := range files {
			if !strings.HasPrefix(filepath.Base(path), "wrangler") {
				continue
			}
			isSound := sync.OnceValue(func() bool { return sound(path, text) })
			right := sync.OnceValue(func() string { return fixedAlone(t, path, text) })
			for _, m := range mistakes {
				wrong := text
				if !m.toml || filepath.Ext(path) == ".toml" {
					wrong = m.make(text)
				}
				if wrong == text || !slices.Equal(comment.FindAllString(wrong, -1), comment.FindAllString(text, -1)) {
					continue // not made, or made in a comment
				}
				this := kind{m.name, strings.HasPrefix(name, "corpus")}
				if made[this] >= enough/oneIn {
					continue
				}
				if !isSound() {
					break
				}
				made[this]++
				t.Run(m.name+"/"+name, func(t *testing.T) {
					if got := fixedAlone(t, path, wrong); got != right() {
						t.Errorf("%s is not undone (-want +got):\n%s", m.name, cmp.Diff(strings.Split(text, "\n"), strings.Split(got, "\n")))
					}
					undone[m.name]++
				})
			}
		}
	}
	for _, m := range mistakes {
		if undone[m.name] == 0 {
			t.Errorf("%s was never made", m.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(undone)) {
		t.Logf("%4d %s", undone[name], name)
	}
}

// sound says whether there is no error in a file: a fix that brings one to light is not made.
func sound(path, text string) bool {
	return errorsIn(check.Run(alone(path, text), check.Options{Rules: rules.All()})) == 0
}

func alone(path, text string) *check.Project {
	return &check.Project{Configs: []*wrangler.Config{wrangler.Parse(path, []byte(text))}}
}

func fixedAlone(t *testing.T, path, text string) string {
	t.Helper()
	p := alone(path, text)
	r, err := check.Repair(t.Context(), p, check.RepairOptions{Options: check.Options{Rules: rules.All()}})
	if err != nil {
		t.Fatal(err)
	}
	return string(r.Project.Configs[0].File.Source)
}

// inAllHeaders renames a key wherever it is one: in quotes, in headers, before =.
func inAllHeaders(old, new string) func(string) string {
	return replacing(`(?m)(^|"|\[|\.)`+old+`("\s*:|\s*=|\])`, "${1}"+new+"${2}")
}

func replacing(pattern, with string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string { return re.ReplaceAllString(text, with) }
}

func unless(pattern string, make func(string) string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string {
		if re.MatchString(text) {
			return text
		}
		return make(text)
	}
}

// onlyOne replaces what occurs once.
func onlyOne(pattern, with string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string {
		if len(re.FindAllString(text, -1)) != 1 {
			return text
		}
		return re.ReplaceAllString(text, with)
	}
}

// inSection replaces the first of a text after each match of a pattern.
func inSection(pattern, old, new string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string {
		places := re.FindAllStringIndex(text, -1)
		slices.Reverse(places)
		for _, at := range places {
			text = text[:at[1]] + strings.Replace(text[at[1]:], old, new, 1)
		}
		return text
	}
}
