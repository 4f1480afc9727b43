package r2

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"time"
)

// number is a 64-bit number, which workerd sends as a string.
type number int64

func (n *number) UnmarshalJSON(text []byte) error {
	if len(text) > 1 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	f, err := strconv.ParseInt(string(text), 10, 64)
	*n = number(f)
	return err
}

// wireRequest is a call of any method.
type wireRequest struct {
	Method  string   `json:"method"`
	Object  string   `json:"object"`
	Objects []string `json:"objects"`

	Range       *wireRange     `json:"range"`
	RangeHeader string         `json:"rangeHeader"`
	OnlyIf      *wireCondition `json:"onlyIf"`
	SSEC        any            `json:"ssec"`

	CustomFields []Field   `json:"customFields"`
	HTTPFields   *wireHTTP `json:"httpFields"`
	StorageClass string    `json:"storageClass"`
	MD5          string    `json:"md5"`  // base64
	SHA1         string    `json:"sha1"` // hex, as those that follow
	SHA256       string    `json:"sha256"`
	SHA384       string    `json:"sha384"`
	SHA512       string    `json:"sha512"`

	Limit      *int   `json:"limit"`
	Prefix     string `json:"prefix"`
	Cursor     string `json:"cursor"`
	Delimiter  string `json:"delimiter"`
	StartAfter string `json:"startAfter"`
	Include    []int  `json:"include"` // 0: HTTP metadata, 1: custom metadata

	UploadID   string `json:"uploadId"`
	PartNumber int    `json:"partNumber"`
	Parts      []struct {
		ETag string `json:"etag"`
		Part int    `json:"part"`
	} `json:"parts"`
}

type wireRange struct {
	Offset *number `json:"offset"`
	Length *number `json:"length"`
	Suffix *number `json:"suffix"`
}

type wireHTTP struct {
	ContentType        string  `json:"contentType,omitempty"`
	ContentLanguage    string  `json:"contentLanguage,omitempty"`
	ContentDisposition string  `json:"contentDisposition,omitempty"`
	ContentEncoding    string  `json:"contentEncoding,omitempty"`
	CacheControl       string  `json:"cacheControl,omitempty"`
	CacheExpiry        *number `json:"cacheExpiry,omitempty"` // milliseconds since 1970
}

type wireCondition struct {
	Matches      []wireETag `json:"etagMatches"`
	DoesNotMatch []wireETag `json:"etagDoesNotMatch"`
	Before       *number    `json:"uploadedBefore"` // milliseconds since 1970
	After        *number    `json:"uploadedAfter"`
	Seconds      bool       `json:"secondsGranularity"`
}

type wireETag struct {
	Type  string `json:"type"` // strong, weak, wildcard
	Value string `json:"value"`
}

func (r *wireRequest) customerKey() bool { return r.SSEC != nil }

func (r *wireRequest) part() Range {
	part := Range{Header: r.RangeHeader}
	if r.Range != nil {
		part.Offset, part.Length, part.Suffix = (*int64)(r.Range.Offset), (*int64)(r.Range.Length), (*int64)(r.Range.Suffix)
	}
	return part
}

func (r *wireRequest) put() (o PutOptions, err error) {
	if r.customerKey() {
		return o, errCustomerKeys
	}
	o.Custom, o.StorageClass = r.CustomFields, r.StorageClass
	if h := r.HTTPFields; h != nil {
		o.HTTP = HTTP{h.ContentType, h.ContentLanguage, h.ContentDisposition, h.ContentEncoding, h.CacheControl, (*int64)(h.CacheExpiry)}
	}
	sum, err := base64.StdEncoding.DecodeString(r.MD5)
	if err != nil {
		return o, ErrArgument
	}
	o.Checksums = Checksums{hex.EncodeToString(sum), r.SHA1, r.SHA256, r.SHA384, r.SHA512}
	o.OnlyIf, err = r.OnlyIf.condition()
	return o, err
}

func (r *wireRequest) list() (o ListOptions, err error) {
	o = ListOptions{Prefix: r.Prefix, Cursor: r.Cursor, Delimiter: r.Delimiter, After: r.StartAfter}
	if r.Limit != nil {
		if o.Limit = *r.Limit; o.Limit == 0 {
			return o, ErrLimit
		}
	}
	for _, what := range r.Include {
		o.HTTP, o.Custom = o.HTTP || what == 0, o.Custom || what == 1
	}
	return o, nil
}

func (c *wireCondition) condition() (*Condition, error) {
	if c == nil {
		return nil, nil
	}
	if c.Matches != nil && len(c.Matches) == 0 || c.DoesNotMatch != nil && len(c.DoesNotMatch) == 0 {
		return nil, errConditionEmpty
	}
	return &Condition{
		Matches: etags(c.Matches), DoesNotMatch: etags(c.DoesNotMatch),
		Before: millis(c.Before), After: millis(c.After), Seconds: c.Seconds,
	}, nil
}

func etags(sent []wireETag) (all []ETag) {
	for _, e := range sent {
		all = append(all, ETag{Value: e.Value, Weak: e.Type == "weak", Wildcard: e.Type == "wildcard"})
	}
	return all
}

func millis(n *number) time.Time {
	if n == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*n))
}

// wireObject is an object as workerd reads it.
type wireObject struct {
	Name         string     `json:"name"`
	Version      string     `json:"version"`
	Size         int64      `json:"size"`
	ETag         string     `json:"etag"`
	Uploaded     int64      `json:"uploaded"` // milliseconds since 1970
	HTTPFields   HTTP       `json:"httpFields"`
	CustomFields []Field    `json:"customFields"`
	Range        *wireSpan  `json:"range,omitempty"`
	Checksums    *Checksums `json:"checksums"`
	StorageClass string     `json:"storageClass"`
}

type wireSpan struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

func newWireObject(o Object) wireObject {
	if o.Custom == nil {
		o.Custom = []Field{}
	}
	return wireObject{
		Name: o.Key, Version: o.Version, Size: o.Size, ETag: o.ETag, Uploaded: o.Uploaded.UnixMilli(),
		HTTPFields: o.HTTP, CustomFields: o.Custom, Checksums: &o.Checksums, StorageClass: o.StorageClass,
	}
}

// reading is an object of which length bytes from offset are read.
func (o wireObject) reading(offset, length int64) wireObject {
	o.Range = &wireSpan{offset, length}
	return o
}

type wirePage struct {
	Objects   []wireObject `json:"objects"`
	Truncated bool         `json:"truncated"`
	Cursor    string       `json:"cursor,omitempty"`
	Prefixes  []string     `json:"delimitedPrefixes"`
}

func newWirePage(p Page) wirePage {
	w := wirePage{Objects: []wireObject{}, Truncated: p.Cursor != "", Cursor: p.Cursor, Prefixes: []string{}}
	for _, o := range p.Objects {
		w.Objects = append(w.Objects, newWireObject(o))
	}
	w.Prefixes = append(w.Prefixes, p.Prefixes...)
	return w
}

type wireError struct {
	Version int    `json:"version"`
	Code    int    `json:"v4code"`
	Message string `json:"message"`
}
