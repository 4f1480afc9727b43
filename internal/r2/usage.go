package r2

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Usage is how much a bucket holds.
type Usage struct {
	Objects       int
	Bytes         int64 // of their content
	MetadataBytes int64 // of their custom metadata, names and values
}

// Usage counts a bucket's objects. It reads the record of each: some hundred thousand take a second.
func (b *Bucket) Usage(ctx context.Context) (u Usage, err error) {
	objects := b.key(keyObject)
	err = b.all.records.Scan(ctx, objects, func(key string, text []byte) error {
		var o Object
		if err := json.Unmarshal(text, &o); err != nil {
			return fmt.Errorf("record of object %q: %w", strings.TrimPrefix(key, objects), err)
		}
		u.Objects++
		u.Bytes += o.Size
		for _, f := range o.Custom {
			u.MetadataBytes += int64(len(f.Name) + len(f.Value))
		}
		return nil
	})
	return u, err
}
