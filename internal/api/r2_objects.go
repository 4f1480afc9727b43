package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/r2"
)

// objects is the path of an object. Its key goes to the end of the path, slashes and all.
const objects = buckets + "/{bucket}/objects/{object}"

var objectRoutes = []route{
	{"GET", objects, platform.Read, "", (*handler).getObject},
	{"PUT", objects, platform.Edit, "", (*handler).putObject},
	{"DELETE", objects, platform.Edit, "", (*handler).deleteObject},
}

// bucket opens the bucket that the path names.
func (h *handler) bucket(c *call) (*r2.Bucket, error) {
	b, err := h.objects.Bucket(c.r.Context(), c.account, c.item)
	return b, ofBucket(err)
}

// ofBucket makes of an error the one that the table knows.
func ofBucket(err error) error {
	if errors.Is(err, r2.ErrBucketNotFound) {
		return errBucketNotFound
	}
	return err
}

// getObject answers the stored bytes, with the metadata that are headers.
func (h *handler) getObject(c *call) error {
	b, err := h.bucket(c)
	if err != nil {
		return err
	}
	o, err := b.Get(c.r.Context(), c.key, r2.GetOptions{})
	if err != nil {
		return err
	}
	defer o.Close()
	header := c.w.Header()
	header["Content-Type"] = typeBytes
	for name, value := range map[string]string{
		"Content-Type": o.HTTP.ContentType, "Content-Language": o.HTTP.ContentLanguage, "Content-Disposition": o.HTTP.ContentDisposition,
		"Content-Encoding": o.HTTP.ContentEncoding, "Cache-Control": o.HTTP.CacheControl,
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
	if o.HTTP.CacheExpiry != nil {
		header.Set("Expires", time.UnixMilli(*o.HTTP.CacheExpiry).UTC().Format(http.TimeFormat))
	}
	header.Set("ETag", strconv.Quote(o.ETag))
	header.Set("Last-Modified", o.Uploaded.Format(http.TimeFormat))
	header.Set("Content-Length", strconv.FormatInt(o.Size, 10))
	c.status = http.StatusOK
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(c, o); err != nil {
		h.cut(c, err)
	}
	return nil
}

// putObject stores the body, whatever it is; headers are its metadata.
func (h *handler) putObject(c *call) error {
	b, err := h.bucket(c)
	if err != nil {
		return err
	}
	if c.r.ContentLength > r2.MaxObjectBytes {
		return r2.ErrTooLarge
	}
	sent := c.r.Header
	about := r2.HTTP{
		ContentType: sent.Get("Content-Type"), ContentLanguage: sent.Get("Content-Language"), ContentDisposition: sent.Get("Content-Disposition"),
		ContentEncoding: sent.Get("Content-Encoding"), CacheControl: sent.Get("Cache-Control"),
	}
	if expires, err := http.ParseTime(sent.Get("Expires")); err == nil {
		millis := expires.UnixMilli()
		about.CacheExpiry = &millis
	}
	o, err := b.Put(c.r.Context(), c.key, c.body(r2.MaxObjectBytes), r2.PutOptions{HTTP: about, StorageClass: sent.Get("cf-r2-storage-class")})
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		return fmt.Errorf("%w: %w", r2.ErrTooLarge, err)
	}
	if err != nil {
		return ofBucket(err)
	}
	return c.ok(o)
}

func (h *handler) deleteObject(c *call) error {
	b, err := h.bucket(c)
	if err != nil {
		return err
	}
	if err := b.Delete(c.r.Context(), c.key); err != nil {
		return err
	}
	return c.ok(struct {
		Key string `json:"key"`
	}{c.key})
}
