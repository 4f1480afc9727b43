package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

// form is a body of parts, read as it arrives.
type form struct {
	parts *multipart.Reader
	body  *lastBytes
	end   []byte // what a whole form ends with
}

// form opens the body as a form of parts: errFormMalformed if it says that it is none.
func (c *call) form(limit int64) (*form, error) {
	kind, parameters, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") || parameters["boundary"] == "" {
		return nil, fmt.Errorf("%w: it is no multipart form", errFormMalformed)
	}
	body := &lastBytes{Reader: c.body(limit)}
	return &form{
		parts: multipart.NewReader(body, parameters["boundary"]), body: body,
		end: []byte("--" + parameters["boundary"] + "--"),
	}, nil
}

// next returns the next part, and io.EOF after the last. mime/multipart also says io.EOF
// when a body ends within the header of a part, which would make half an upload a whole one.
func (f *form) next() (*multipart.Part, error) {
	part, err := f.parts.NextRawPart()
	switch {
	case err == nil:
		return part, nil
	case err != io.EOF:
		return nil, uploadError(err)
	}
	if _, err := io.Copy(io.Discard, f.body); err != nil {
		return nil, uploadError(err)
	}
	if !bytes.Contains(f.body.last, f.end) {
		return nil, uploadError(io.ErrUnexpectedEOF)
	}
	return nil, io.EOF
}

// lastBytes remembers the end of what was read: more than the longest boundary, and the
// blanks that may follow it.
type lastBytes struct {
	io.Reader
	last []byte
}

func (l *lastBytes) Read(p []byte) (int, error) {
	const enough = 256
	n, err := l.Reader.Read(p)
	l.last = append(l.last, p[max(0, n-enough):n]...)
	if over := len(l.last) - enough; over > 0 {
		l.last = append(l.last[:0], l.last[over:]...)
	}
	return n, err
}

// readPart reads a part of at most limit bytes; beyond is the error of a longer one.
func readPart(part *multipart.Part, limit int, beyond error) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(part, int64(limit)+1))
	if err != nil {
		return nil, uploadError(err)
	}
	if len(content) > limit {
		return nil, beyond
	}
	return content, nil
}

// uploadError words what a form's reader may say, which is not to be quoted.
func uploadError(err error) error {
	if err := bodyError(err); errors.Is(err, errBodyTooLarge) {
		return err
	}
	return fmt.Errorf("%w: it is cut off, or a part of it is not as forms have it", errFormMalformed)
}
