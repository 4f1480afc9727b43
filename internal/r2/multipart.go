package r2

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// upload is a multipart upload as it is kept. One that has ended is remembered for a while, so that
// ending it once more is no error.
type upload struct {
	Key   string    `json:"key"`
	Begun time.Time `json:"begun"`
	Ended bool      `json:"ended,omitempty"`
	about
}

// part is one of an upload as it is kept.
type part struct {
	Number int     `json:"number"`
	ETag   string  `json:"etag"`
	MD5    string  `json:"md5"` // hex
	Size   int64   `json:"size"`
	Pieces []piece `json:"pieces,omitempty"`
}

// PartOf names a part that was uploaded.
type PartOf struct {
	Number int
	ETag   string
}

func (b *Bucket) uploadKey(id string) string { return b.key(keyUpload + id) }
func (b *Bucket) partsKey(id string) string  { return b.key(keyPart + id + "/") }
func (b *Bucket) partKey(id string, number int) string {
	return b.partsKey(id) + fmt.Sprintf("%05d", number)
}

// CreateUpload begins a multipart upload and returns its id. Checksums and conditions of o do not count.
func (b *Bucket) CreateUpload(ctx context.Context, key string, o PutOptions) (id string, err error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	u := upload{Key: key, Begun: b.all.o.Now().UTC(), about: about{o.HTTP, o.Custom, o.StorageClass}}
	if err := u.check(); err != nil {
		return "", err
	}
	id = newID() + newID()
	return id, b.apply(ctx, b.uploadKey(id), u)
}

// apply stores a record, unless the bucket is gone.
func (b *Bucket) apply(ctx context.Context, key string, value any, remove ...string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	lock := &b.locks[b.stripe(key)]
	lock.Lock()
	defer lock.Unlock()
	if b.deleted {
		return ErrBucketNotFound
	}
	if err := b.all.records.Apply(ctx, map[string][]byte{key: text}, remove); err != nil {
		return fmt.Errorf("record an upload: %w", err)
	}
	return nil
}

// live finds an upload that has not ended: ErrNoSuchUpload.
func (b *Bucket) live(ctx context.Context, key, id string) (*upload, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	u, err := b.findUpload(ctx, key, id)
	if err == nil && (u == nil || u.Ended) {
		err = ErrNoSuchUpload
	}
	return u, err
}

// findUpload returns nil if the key never had an upload of this id.
func (b *Bucket) findUpload(ctx context.Context, key, id string) (*upload, error) {
	if strings.Contains(id, "/") {
		return nil, nil
	}
	u, err := read[upload](ctx, b.all.records, b.uploadKey(id))
	if err != nil || u == nil || u.Key != key {
		return nil, err
	}
	return u, nil
}

// UploadPart stores a part, in place of one of the same number: ErrNoSuchUpload, ErrTooLarge.
func (b *Bucket) UploadPart(ctx context.Context, key, id string, number int, content io.Reader) (etag string, err error) {
	if number < 1 || number > MaxPart {
		return "", errPartNumber
	}
	if _, err := b.live(ctx, key, id); err != nil {
		return "", err
	}
	sums := newSums(Checksums{})
	pieces, size, err := b.write(ctx, content, sums, MaxObjectBytes)
	if err != nil {
		return "", err
	}
	p := part{Number: number, ETag: newID(), MD5: hex.EncodeToString(sums.md5.Sum(nil)), Size: size, Pieces: pieces}
	former, err := b.putPart(ctx, key, id, p)
	if err != nil {
		b.remove(ctx, pieces)
		return "", err
	}
	if former != nil {
		b.remove(ctx, former.Pieces)
	}
	return p.ETag, nil
}

// putPart records a part unless the upload has ended meanwhile, and returns the one before.
func (b *Bucket) putPart(ctx context.Context, key, id string, p part) (former *part, err error) {
	b.uploads.Lock()
	defer b.uploads.Unlock()
	if _, err := b.live(ctx, key, id); err != nil {
		return nil, err
	}
	if former, err = read[part](ctx, b.all.records, b.partKey(id, p.Number)); err != nil {
		return nil, err
	}
	return former, b.apply(ctx, b.partKey(id, p.Number), p)
}

func (b *Bucket) parts(ctx context.Context, id string) (all map[int]part, keys []string, err error) {
	all = map[int]part{}
	err = b.all.records.Scan(ctx, b.partsKey(id), func(key string, text []byte) error {
		var p part
		if err := json.Unmarshal(text, &p); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		all[p.Number], keys = p, append(keys, key)
		return nil
	})
	return all, keys, err
}

// CompleteUpload makes an object of parts, in the order of their numbers: ErrNoSuchUpload,
// ErrPartInvalid, ErrPartTooSmall, ErrPartsUneven.
func (b *Bucket) CompleteUpload(ctx context.Context, key, id string, chosen []PartOf) (Object, error) {
	b.uploads.Lock()
	defer b.uploads.Unlock()
	u, err := b.live(ctx, key, id)
	if err != nil {
		return Object{}, err
	}
	have, keys, err := b.parts(ctx, id)
	if err != nil {
		return Object{}, err
	}
	parts, err := choose(have, chosen)
	if err != nil {
		return Object{}, err
	}
	r := &record{Object: b.object(key, u.about)}
	all := md5.New()
	for _, p := range parts {
		r.Size += p.Size
		r.Pieces = append(r.Pieces, p.Pieces...)
		sum, err := hex.DecodeString(p.MD5)
		if err != nil {
			return Object{}, fmt.Errorf("checksum of part %d: %w", p.Number, err)
		}
		_, _ = all.Write(sum) // never fails
		delete(have, p.Number)
	}
	r.ETag = fmt.Sprintf("%x-%d", all.Sum(nil), len(parts))
	u.Ended = true
	ended, err := json.Marshal(u)
	if err != nil {
		return Object{}, err
	}
	if err := b.replace(ctx, r, nil, map[string][]byte{b.uploadKey(id): ended}, keys); err != nil {
		return Object{}, err
	}
	for _, p := range have {
		b.remove(ctx, p.Pieces)
	}
	return r.Object, nil
}

// choose finds the parts that an object is to be made of, and judges their sizes: all but the last
// are equal, and none of those is small.
func choose(have map[int]part, chosen []PartOf) (parts []part, err error) {
	seen := map[int]bool{}
	for _, c := range chosen {
		if seen[c.Number] {
			return nil, ErrInternal
		}
		seen[c.Number] = true
	}
	for _, c := range chosen {
		p, ok := have[c.Number]
		if !ok || p.ETag != c.ETag {
			return nil, ErrPartInvalid
		}
		parts = append(parts, p)
	}
	for i, p := range parts {
		if i < len(parts)-1 && p.Size < MinPartBytes {
			return nil, ErrPartTooSmall
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.Number, b.Number) })
	for i, p := range parts {
		last := i == len(parts)-1
		if p.Size > parts[0].Size || !last && (p.Size < parts[0].Size || p.Size < MinPartBytes) {
			return nil, ErrPartsUneven
		}
	}
	return parts, nil
}

// AbortUpload gives up an upload: ErrNoSuchUpload if there never was one. One that has ended stays
// as it is.
func (b *Bucket) AbortUpload(ctx context.Context, key, id string) error {
	b.uploads.Lock()
	defer b.uploads.Unlock()
	u, err := b.live(ctx, key, id)
	if errors.Is(err, ErrNoSuchUpload) {
		if ended, err := b.findUpload(ctx, key, id); err != nil || ended != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	have, keys, err := b.parts(ctx, id)
	if err != nil {
		return err
	}
	u.Ended = true
	if err := b.apply(ctx, b.uploadKey(id), u, keys...); err != nil {
		return err
	}
	for _, p := range have {
		b.remove(ctx, p.Pieces)
	}
	return nil
}

// sweepUploads forgets uploads that are older than a week, with their parts.
func (b *Bucket) sweepUploads(ctx context.Context) error {
	var old []string
	base := b.key(keyUpload)
	err := b.all.records.Scan(ctx, base, func(key string, text []byte) error {
		var u upload
		if err := json.Unmarshal(text, &u); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		if b.all.o.Now().Sub(u.Begun) > uploadLife {
			old = append(old, key[len(base):])
		}
		return nil
	})
	if err != nil {
		return err
	}
	var remove []string
	for _, id := range old {
		_, keys, err := b.parts(ctx, id)
		if err != nil {
			return err
		}
		remove = append(append(remove, keys...), b.uploadKey(id))
	}
	if len(remove) == 0 {
		return nil
	}
	return b.all.records.Apply(ctx, nil, remove)
}
