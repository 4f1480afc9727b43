package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/kv"
)

type kvPutOptions struct {
	kvOptions
	file       string
	metadata   string
	ttl        ttlFlag
	expiration expirationFlag
}

func newKVPutCommand(a *app) *cobra.Command {
	o := &kvPutOptions{kvOptions: newKVOptions(a)}
	cmd := &cobra.Command{
		Use:   "put PLACE KEY [VALUE]",
		Short: "write a value into a KV namespace",
		Long: `Writes VALUE, or what --file holds (- is standard input), byte for byte. Value, metadata
and expiration are replaced together. What was there is written down first, so that
"bindery undo JOB" brings it back.

Production, and a namespace that is sealed for another environment, are written to only
where the environment is typed, or given with --yes. A key or a value that begins with a
dash goes behind "--".`,
		Example: `  bindery kv put test:SESSIONS rules/1 '{"to":"/v2"}' --metadata '{"by":"ann"}'
  bindery kv put test/sessions logo --file logo.png --ttl 24h`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				return nil
			}
			return exactArgs("a namespace", "a key")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.put(cmd.Context(), args[0], args[1], args[2:]) },
	}
	o.addWriteFlags(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.file, "file", "f", "", "the `file` that holds the value; - is standard input")
	f.StringVar(&o.metadata, "metadata", "", "the key's metadata, any `JSON` of at most 1,024 bytes")
	f.Var(&o.ttl, "ttl", "how `long` the key stays, at least 60 s: seconds, or as in 24h")
	f.Var(&o.expiration, "expiration", "the `time` at which the key goes: Unix seconds, or as in 2026-12-31T00:00:00Z")
	return cmd
}

// ttlFlag is the value of --ttl.
type ttlFlag struct{ time.Duration }

func (f *ttlFlag) Type() string { return "long" }

func (f *ttlFlag) String() string {
	if f.Duration == 0 {
		return ""
	}
	return f.Duration.String()
}

func (f *ttlFlag) Set(text string) error {
	d, err := time.ParseDuration(text)
	if n, failed := strconv.ParseInt(text, 10, 32); failed == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < kv.MinTTL || d%time.Second != 0 {
		return errors.New("it is a number of seconds from 60 on, or a time as in 90s, 24h")
	}
	f.Duration = d
	return nil
}

// expirationFlag is the value of --expiration, in Unix seconds.
type expirationFlag int64

func (f *expirationFlag) Type() string { return "time" }

func (f *expirationFlag) String() string {
	if *f == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*f), 10)
}

func (f *expirationFlag) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if at, failed := time.Parse(time.RFC3339, text); failed == nil {
		n, err = at.Unix(), nil
	}
	if err != nil || n <= 0 {
		return errors.New("it is a time in Unix seconds, or as in 2026-12-31T00:00:00Z")
	}
	*f = expirationFlag(n)
	return nil
}

func (o *kvPutOptions) put(ctx context.Context, place, key string, values []string) error {
	pair, err := o.pair(key, values)
	if err != nil {
		return err
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	p, err := o.open(ctx, l, place)
	if err != nil {
		return err
	}
	if err := o.guard(ctx, l, p.at, p.store); err != nil {
		return err
	}
	w, err := o.begin(p, "kv put", key)
	if err != nil {
		return err
	}
	if err := w.put(ctx, pair); err != nil {
		return w.failed(fmt.Errorf("put to %s: %w", p.at, err))
	}
	return w.done(fmt.Sprintf("put %s, %s, in %s", keyText(key), sizeText(int64(len(pair.Value))), p.at))
}

// pair is what the command line says, if a namespace takes it.
func (o *kvPutOptions) pair(key string, values []string) (pair kv.Pair, err error) {
	switch {
	case len(values) > 0 && o.file != "":
		return pair, usagef("the value is given twice: as an argument, and by --file")
	case len(values) == 0 && o.file == "":
		return pair, usagef("the value is missing").hint("write it behind the key, or name a file with --file; --file - is standard input")
	case o.ttl.Duration != 0 && o.expiration != 0:
		return pair, usagef("--ttl and --expiration exclude each other")
	}
	if err := o.usable(key); err != nil {
		return pair, err
	}
	pair.Key = key
	if len(values) > 0 {
		pair.Value = []byte(values[0])
	} else if pair.Value, err = o.read(); err != nil {
		return pair, err
	}
	if pair.Metadata = json.RawMessage(o.metadata); o.metadata == "" {
		pair.Metadata = nil
	}
	pair.Expiration = int64(o.expiration)
	if o.ttl.Duration != 0 {
		pair.Expiration = o.now().Add(o.ttl.Duration).Unix()
		if o.ttl.Duration == kv.MinTTL {
			pair.Expiration++ // the part of a second that is cut off would be missing
		}
	}
	switch err := pair.Validate(o.now()); {
	case errors.Is(err, kv.ErrValueTooLarge):
		return pair, usagef("the value is too large: %s", err).hint("a value has at most 25 MiB: compress it, cut it into several keys, or keep it in an R2 bucket")
	case errors.Is(err, kv.ErrMetadataInvalid):
		return pair, usagef("the metadata is no JSON").hint(`text is JSON in quotes, too: --metadata '"ann"'`)
	case errors.Is(err, kv.ErrMetadataTooLarge):
		return pair, usagef("%s", err).hint("metadata has at most %d bytes: keep the rest in the value", kv.MaxMetadataBytes)
	case errors.Is(err, kv.ErrExpirationInvalid):
		return pair, usagef("no namespace takes a key that expires at %s", time.Unix(pair.Expiration, 0).UTC().Format(time.RFC3339)).
			hint("an expiration lies at least 60 seconds ahead")
	case err != nil:
		return pair, usagef("%s", err)
	}
	return pair.Normalize(), nil
}

// read is what the file of --file holds; a byte more than fits shows that it is too large.
func (o *kvPutOptions) read() ([]byte, error) {
	in := o.in
	if o.file != "-" {
		f, err := os.Open(o.file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	value, err := io.ReadAll(io.LimitReader(in, kv.MaxValueBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the value: %w", err)
	}
	return value, nil
}
