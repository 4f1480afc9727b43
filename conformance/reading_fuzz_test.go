//go:build npm

package conformance

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

var (
	mutants    = flag.Int("mutants", 20_000, "how many configurations TestReadingFuzz makes")
	fuzzSeed   = flag.Uint64("seed", 0, "where TestReadingFuzz starts from; the same seed makes the same configurations")
	fuzzCorpus = flag.Bool("corpus", false, "let TestReadingFuzz start from the public configurations, too")
)

// TestReadingFuzz changes valid configurations at random, in their tree and in their text, as TOML and as JSON: what
// the newest wrangler refuses we refuse, and what it reads we read alike. A mutant that differs is shown as small as it
// can be made. make mutants runs more of them.
func TestReadingFuzz(t *testing.T) {
	var originals []*syntax.File
	files := slices.Concat(ownConfigurations(t), configurations(t, "../examples"))
	if *fuzzCorpus {
		files = append(files, corpus(t)...)
	}
	for _, file := range files {
		if config := load(t, file); !config.Top.Refused() {
			originals = append(originals, config.File)
		}
	}
	m := newMutator(rand.New(rand.NewPCG(*fuzzSeed, 0)), originals)
	peer := startReader(t, newest)
	dir := t.TempDir()

	const atOnce, enough = 2000, 5
	done, refused, different := 0, 0, 0
	for ; done < *mutants && different < enough; done += atOnce {
		var reads []read
		var questions []question
		for i := done; i < min(done+atOnce, *mutants); i++ {
			name, source := m.mutant()
			f := file{fmt.Sprintf("seed %d, mutant %d, %s", *fuzzSeed, i, name), filepath.Join(dir, name)}
			config := wrangler.Parse(f.path, source)
			for _, env := range m.environments(config) {
				reads = append(reads, read{f, env, config})
				questions = append(questions, about(f.path, env, source))
			}
		}
		var failed []int
		peer.ask(t, questions, func(i int, theirs answer) {
			if !theirs.OK {
				refused++
			}
			if difference(reads[i], theirs) != "" && !tolerated(reads[i], theirs) {
				failed = append(failed, i)
			}
		})
		for _, i := range failed {
			if different++; different <= enough {
				reportSmallest(t, peer, reads[i], questions[i].Source)
			}
		}
	}
	t.Logf("seed %d: %d mutants of %d configurations; wrangler refuses %d reads", *fuzzSeed, min(done, *mutants), len(originals), refused)
}

// tolerated says that a difference is one of those listed in lenient.
func tolerated(r read, theirs answer) bool {
	return slices.ContainsFunc(lenient, func(l leniency) bool { return l.covers(r, theirs) })
}

// TestLenient: each listed difference between the readers is one.
func TestLenient(t *testing.T) {
	peer := startReader(t, newest)
	dir := t.TempDir()
	for _, l := range lenient {
		path := filepath.Join(dir, l.file)
		r := read{file: file{l.why, path}, config: wrangler.Parse(path, []byte(l.source))}
		peer.ask(t, []question{about(path, "", []byte(l.source))}, func(_ int, theirs answer) {
			if difference(r, theirs) == "" || !l.covers(r, theirs) {
				t.Errorf("%q is read alike, or not covered: it is no exception (%s)", l.source, l.why)
			}
		})
	}
}

// reportSmallest cuts pieces out of a mutant for as long as the readers still differ, and shows what is left.
func reportSmallest(t *testing.T, peer *reader, r read, whole []byte) {
	t.Helper()
	shown := ""
	differs := func(source []byte) bool {
		q := about(r.path, r.env, source)
		r.config = wrangler.Parse(r.path, source)
		diff := ""
		peer.ask(t, []question{q}, func(_ int, theirs answer) {
			if !tolerated(r, theirs) {
				diff = difference(r, theirs)
			}
		})
		if diff != "" {
			shown = diff
		}
		return diff != ""
	}
	smallest := shrink(slices.Clone(whole), differs)
	differs(smallest)
	t.Errorf("%s\nsmallest:\n%s\n%s\nas it was:\n%s", r, smallest, shown, whole)
}

// shrink returns source with as much cut out as can be while holds is true of it: first long pieces, then short ones.
func shrink(source []byte, holds func([]byte) bool) []byte {
	for size := len(source) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(source); {
			if shorter := slices.Concat(source[:at], source[at+size:]); holds(shorter) {
				source = shorter
			} else {
				at += size
			}
		}
	}
	return source
}
