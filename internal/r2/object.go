package r2

import (
	"time"
	"unicode/utf16"
)

// Object is what is known of an object beside its content.
type Object struct {
	Key          string    `json:"key"`
	Version      string    `json:"version"` // 32 hex digits; another one after each put
	Size         int64     `json:"size"`    // bytes
	ETag         string    `json:"etag"`    // MD5 of the content, or of the parts' MD5s with "-" and their number
	Uploaded     time.Time `json:"uploaded"`
	HTTP         HTTP      `json:"http"`
	Custom       []Field   `json:"custom,omitempty"`
	Checksums    Checksums `json:"checksums"`
	StorageClass string    `json:"storage_class"`
}

// HTTP is metadata that is headers when an object is served.
type HTTP struct {
	ContentType        string `json:"contentType,omitempty"`
	ContentLanguage    string `json:"contentLanguage,omitempty"`
	ContentDisposition string `json:"contentDisposition,omitempty"`
	ContentEncoding    string `json:"contentEncoding,omitempty"`
	CacheControl       string `json:"cacheControl,omitempty"`
	CacheExpiry        *int64 `json:"cacheExpiry,omitempty"` // milliseconds since 1970
}

// Field is a name of the custom metadata with its value.
type Field struct {
	Name  string `json:"k"`
	Value string `json:"v"`
}

// Checksums of an object, in hex: MD5 unless it was uploaded in parts, others where a put gave them.
type Checksums struct {
	MD5    string `json:"0,omitempty"`
	SHA1   string `json:"1,omitempty"`
	SHA256 string `json:"2,omitempty"`
	SHA384 string `json:"3,omitempty"`
	SHA512 string `json:"4,omitempty"`
}

// Storage classes.
const (
	Standard         = "Standard"
	InfrequentAccess = "InfrequentAccess"
)

// about is what a put says of an object.
type about struct {
	HTTP         HTTP
	Custom       []Field
	StorageClass string // "" is Standard
}

func (a *about) check() error {
	length := 0
	for _, f := range a.Custom {
		length += metadataLength(f.Name) + metadataLength(f.Value)
	}
	if length > MaxMetadataLength {
		return ErrMetadata
	}
	switch a.StorageClass {
	case "":
		a.StorageClass = Standard
	case Standard, InfrequentAccess:
	default:
		return errStorageClass
	}
	return nil
}

// metadataLength is how much of the limit a text takes: what is not Latin-1 is sent as UTF-16.
func metadataLength(s string) int {
	units := utf16.Encode([]rune(s))
	for _, u := range units {
		if u > 0xff {
			return 2 * len(units)
		}
	}
	return len(units)
}

func checkKey(key string) error {
	if len(key) > MaxKeyBytes {
		return ErrKeyInvalid
	}
	return nil
}

// record is an object as it is kept.
type record struct {
	Object
	Pieces []piece `json:"pieces,omitempty"`
}

// piece is a part of an object's content.
type piece struct {
	ID   string `json:"id"`
	Size int64  `json:"size"`
}
