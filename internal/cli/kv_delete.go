package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

type kvDeleteOptions struct{ kvOptions }

func newKVDeleteCommand(a *app) *cobra.Command {
	o := &kvDeleteOptions{newKVOptions(a)}
	cmd := &cobra.Command{
		Use:   "delete PLACE KEY… | delete PLACE --prefix TEXT",
		Short: "delete keys from a KV namespace",
		Long: `Deletes the keys that are named, or those that begin with --prefix: their number and some
of them are shown first, and the environment's name is typed, or given with --yes (the
namespace's title, where no environment binds it). What is deleted is written down
first, so that "bindery undo JOB" brings it back. Stopped, the same command goes on.
Exit code 1 if a key is not there. The fingerprint stays.`,
		Example: `  bindery kv delete test:SESSIONS rules/1 rules/2
  bindery kv delete test:SESSIONS --prefix user/ --yes test`,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("prefix") {
				return exactArgs("a namespace")(cmd, args)
			}
			return placeAndKeys(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("prefix") {
				return o.named(cmd.Context(), args[0], args[1:])
			}
			if o.filter.Prefix == "" {
				return usagef("--prefix is empty, which all keys begin with").hint("`bindery kv clear` deletes all keys")
			}
			return o.matching(cmd.Context(), args[0], "kv delete")
		},
	}
	o.addManyFlags(cmd)
	cmd.Flags().StringVar(&o.filter.Prefix, "prefix", "", "all keys that begin with this `text`")
	return cmd
}

func newKVClearCommand(a *app) *cobra.Command {
	o := &kvDeleteOptions{newKVOptions(a)}
	cmd := &cobra.Command{
		Use:   "clear PLACE",
		Short: "delete all keys of a KV namespace but its fingerprint",
		Long: `Shows how many keys there are, and some of them, and deletes all when the environment's
name is typed, or given with --yes (the namespace's title, where no environment binds
it). What is deleted is written down first, so that "bindery undo JOB" brings it back.
Stopped, the same command goes on. The namespace itself and its fingerprint stay.`,
		Example: `  bindery kv clear test:SESSIONS --dry-run
  bindery kv clear test:SESSIONS --yes test`,
		Args: exactArgs("a namespace"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.matching(cmd.Context(), args[0], "kv clear") },
	}
	o.addManyFlags(cmd)
	return cmd
}

func (o *kvDeleteOptions) addManyFlags(cmd *cobra.Command) {
	o.addWriteFlags(cmd)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say how many keys, and which, and delete nothing")
	addQuiet(cmd, o.app)
}

// named deletes keys by their names. Which of them are there is read first, unless --no-undo saves the reads.
func (o *kvDeleteOptions) named(ctx context.Context, place string, keys []string) error {
	if err := o.usable(keys...); err != nil {
		return err
	}
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	p, err := o.open(ctx, l, place)
	if err != nil {
		return err
	}
	there, found := map[string]bool{}, keys
	if !o.noUndo || o.dryRun {
		found = nil
		err := p.keys.Items(ctx, keys, func(key string, _ kv.Item) error {
			there[key], found = true, append(found, key)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", p.at, err)
		}
	}
	if o.dryRun {
		if err := o.show(p.at, int64(len(found)), found); err != nil {
			return err
		}
		return o.missing(keys, there, p.at)
	}
	if len(found) > 0 {
		if err := o.guard(ctx, l, p.at, p.store); err != nil {
			return err
		}
		w, err := o.begin(p, "kv delete", strings.Join(keys, "\n"))
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(found, kv.MaxListLimit) {
			if err := w.remove(ctx, chunk); err != nil {
				return w.failed(fmt.Errorf("delete from %s: %w", p.at, err))
			}
		}
		absent := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return there[key] || o.noUndo })
		if err := w.done(fmt.Sprintf("deleted %s from %s", plural(len(found), "key", "keys"), p.at), absent...); err != nil || o.noUndo {
			return err
		}
	}
	return o.missing(keys, there, p.at)
}

// sampled is how many keys stand for all that are to be deleted.
const sampled = 10

// matching deletes all keys that the filter means, when somebody has seen how many they are.
func (o *kvDeleteOptions) matching(ctx context.Context, place, command string) error {
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	p, err := o.open(ctx, l, place)
	if err != nil {
		return err
	}
	progress := o.startWork()
	defer progress.stop()
	l.shows = progress
	query := transfer.Query{Filter: o.filter, KeysOnly: true}
	var total int64
	var sample []string
	for e, err := range p.keys.Scan(ctx, query) {
		if err != nil {
			return fmt.Errorf("list %s: %w", p.at, err)
		}
		if total++; len(sample) < sampled {
			sample = append(sample, e.Key)
		}
		progress.tally("counting the keys of "+p.at.String(), tally{keys: total})
	}
	progress.stop()
	if total == 0 || o.dryRun {
		return o.show(p.at, total, sample)
	}
	if err := o.approveMany(ctx, p, total, sample); err != nil {
		return err
	}
	w, err := o.resume(p, transfer.Spec{Command: command, Filter: o.filter}, false)
	if err != nil {
		return err
	}
	progress = o.startWork()
	defer progress.stop()
	l.shows = progress
	if err := o.removeAll(ctx, w, query, total, progress); err != nil {
		progress.stop()
		return w.failed(fmt.Errorf("delete from %s: %w", p.at, err))
	}
	progress.stop()
	return w.done(fmt.Sprintf("deleted %s from %s", plural(int(w.counts.Deleted), "key", "keys"), p.at))
}

// removeAll deletes a page after the other.
func (o *kvDeleteOptions) removeAll(ctx context.Context, w *kvWrite, query transfer.Query, total int64, progress *progress) error {
	started, before := o.now(), w.counts.Deleted
	batch := make([]string, 0, kv.MaxListLimit)
	remove := func() error {
		if err := w.remove(ctx, batch); err != nil {
			return err
		}
		batch = batch[:0]
		done := w.counts.Deleted - before
		progress.tally("deleting from "+w.p.at.String(), tally{keys: done, total: total, fresh: done, took: o.now().Sub(started)})
		return nil
	}
	for e, err := range w.p.keys.Scan(ctx, query) {
		if err != nil {
			return err
		}
		if batch = append(batch, e.Key); len(batch) == cap(batch) {
			if err := remove(); err != nil {
				return err
			}
		}
	}
	return remove()
}

// show says what would be deleted.
func (o *kvDeleteOptions) show(at *location, total int64, keys []string) error {
	if o.format.json() {
		return writeJSON(o.out, kvReport{Version: 1, Place: at.json(), Would: total, Sample: keys[:min(len(keys), sampled)]})
	}
	_, err := fmt.Fprintf(o.out, "would delete %s from %s%s\n", plural(int(total), "key", "keys"), at, sampleText(total, keys))
	return err
}

// sampleText is ": a, b and 12 more"; "" for none.
func sampleText(total int64, keys []string) string {
	if total == 0 {
		return ""
	}
	shown := make([]string, 0, sampled)
	for _, key := range keys[:min(len(keys), sampled)] {
		shown = append(shown, keyText(key))
	}
	text := ": " + strings.Join(shown, ", ")
	if more := total - int64(len(shown)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// approveMany wants the name of the environment, or of the namespace where it has none, whatever it is.
func (o *kvDeleteOptions) approveMany(ctx context.Context, p *kvPlace, total int64, sample []string) error {
	word, why, err := o.protected(ctx, p.locator, p.at, p.store)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%s would go from %s%s", plural(int(total), "key", "keys"), p.at, sampleText(total, sample))
	if word != "" {
		return o.approveWord(word, why+"; "+what)
	}
	if environments := p.environmentsOf(p.at); len(environments) > 0 {
		word = environmentWord(environments[0])
	} else if word = p.at.title; word == "" {
		word = p.at.id
	}
	return o.approveWord(word, what)
}
