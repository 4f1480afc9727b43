package seed

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// forms are the fields that say a value.
var forms = []string{"text", "json", "base64", "file"}

// key reads what stands behind a key: a text, or a table that says more.
func (d *document) key(b *declared, f *syntax.Field) Key {
	k := Key{Pair: kv.Pair{Key: f.Name}, At: d.place(f.NameAt)}
	if f.Value.Is(syntax.String) {
		k.Value = []byte(f.Value.Text)
		d.judge(b, k, f, f.Value)
		return k
	}
	mistakes := len(d.errs)
	n := d.table(f.Value, "a key", append(forms, "metadata", "expiration", "ttl", "remove")...)
	if r := n.Get("remove"); r != nil {
		if k.Remove = r.Is(syntax.Bool) && r.Bool; !k.Remove || len(n.Fields) > 1 {
			d.wrong(r.Span, "", "remove is true, and then alone")
		}
		return k
	}
	var said []*syntax.Field
	for _, name := range forms {
		if form := n.Field(name); form != nil {
			said = append(said, form)
		}
	}
	if len(said) != 1 {
		if len(d.errs) == mistakes { // else that may be why
			d.wrong(f.NameAt, "", "a key has one of text, json, base64 and file, and this has %d", len(said))
		}
		return k
	}
	value, err := d.value(said[0])
	if err != nil {
		d.wrongValue(said[0].Value, err)
		return k
	}
	k.Value = value
	if m := n.Get("metadata"); m != nil && !m.Is(syntax.Null) {
		if k.Metadata, err = compact(m); err != nil {
			d.wrongValue(m, err)
		}
	}
	d.lifetime(&k, n)
	d.judge(b, k, f, said[0].Value)
	return k
}

// value is the bytes that a field stands for.
func (d *document) value(f *syntax.Field) ([]byte, error) {
	if f.Name == "json" {
		return compact(f.Value)
	}
	if !f.Value.Is(syntax.String) {
		return nil, fmt.Errorf("%s is %s, and has to be a string", f.Name, f.Value.Kind)
	}
	switch f.Name {
	case "base64":
		value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(f.Value.Text), ""))
		if err != nil {
			return nil, errors.New("it is not base64")
		}
		return value, nil
	case "file":
		return d.content(f.Value.Text)
	}
	return []byte(f.Value.Text), nil
}

func (d *document) content(path string) ([]byte, error) {
	info, err := os.Stat(d.beside(path))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, reason(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > kv.MaxValueBytes:
		return nil, fmt.Errorf("%s has %d bytes, and a value at most %d", path, info.Size(), kv.MaxValueBytes)
	}
	value, err := os.ReadFile(d.beside(path))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, reason(err))
	}
	return value, nil
}

func (d *document) wrongValue(n *syntax.Node, err error) {
	var at *valueError
	if errors.As(err, &at) {
		d.wrong(at.at, at.help, "%s", at.message)
		return
	}
	d.wrong(n.Span, "", "%v", err)
}

// lifetime reads until when a key is there.
func (d *document) lifetime(k *Key, n *syntax.Node) {
	at, ttl := n.Get("expiration"), n.Get("ttl")
	var err error
	switch {
	case at != nil && ttl != nil:
		d.wrong(ttl.Span, "", "a key has an expiration or a ttl")
	case at != nil:
		if k.Expiration, err = expiration(at); err != nil {
			d.wrong(at.Span, "as in 2030-01-01T00:00:00Z, or in Unix seconds", "%v", err)
		}
	case ttl != nil:
		if k.TTL, err = duration(ttl); err != nil {
			d.wrong(ttl.Span, "as in 90s, 15m, 12h or 30d, or in seconds; at least 60", "%v", err)
		}
	}
}

func expiration(n *syntax.Node) (int64, error) {
	switch n.Kind {
	case syntax.Integer:
		if seconds, err := strconv.ParseInt(n.Text, 10, 64); err == nil && seconds > 0 {
			return seconds, nil
		}
	case syntax.String, syntax.Datetime:
		if t, err := time.Parse(time.RFC3339, strings.Replace(n.Text, " ", "T", 1)); err == nil && t.Unix() > 0 {
			return t.Unix(), nil
		}
	}
	return 0, errors.New("the expiration is no time")
}

func duration(n *syntax.Node) (time.Duration, error) {
	var ttl time.Duration
	err := errors.New("no duration")
	switch n.Kind {
	case syntax.Integer:
		var seconds int64
		if seconds, err = strconv.ParseInt(n.Text, 10, 32); err == nil {
			ttl = time.Duration(seconds) * time.Second
		}
	case syntax.String:
		if days, ok := strings.CutSuffix(n.Text, "d"); ok {
			var count int64
			if count, err = strconv.ParseInt(days, 10, 16); err == nil {
				ttl = time.Duration(count) * 24 * time.Hour
			}
			break
		}
		ttl, err = time.ParseDuration(n.Text)
	}
	if err != nil || ttl < kv.MinTTL {
		return 0, errors.New("the ttl is no duration of at least 60 seconds")
	}
	return ttl.Truncate(time.Second), nil
}

// judge holds a key against the limits of KV and the schemas of its binding.
func (d *document) judge(b *declared, k Key, f *syntax.Field, value *syntax.Node) {
	p := k.Pair
	p.Expiration = 0 // whether it has passed is for the plan
	err := p.Validate(time.Time{})
	switch {
	case errors.Is(err, kv.ErrMetadataTooLarge), errors.Is(err, kv.ErrMetadataInvalid):
		d.wrong(f.Value.Get("metadata").Span, "", "%v", err)
	case err != nil:
		d.wrong(value.Span, "", "%v", err)
	default:
		d.conforms(b, k, value)
	}
}
