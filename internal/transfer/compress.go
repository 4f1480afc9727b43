package transfer

import (
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd file may ask for.
const maxWindow = 32 << 20

// uncompressed cuts the suffix off that says how a file is compressed: .gz, .zst or none.
func uncompressed(name string) (bare, compression string) {
	for _, suffix := range []string{".gz", ".zst"} {
		if bare, ok := strings.CutSuffix(name, suffix); ok {
			return bare, suffix
		}
	}
	return name, ""
}

// decompress reads r as the name of its file says.
func decompress(r io.Reader, compression string) (io.ReadCloser, error) {
	switch compression {
	case ".gz":
		return gzip.NewReader(r)
	case ".zst":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return io.NopCloser(r), nil
}

// compress writes to w as the name of its file says. Closing it ends what is compressed, and leaves w open.
func compress(w io.Writer, compression string) (io.WriteCloser, error) {
	switch compression {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	}
	return nopCloser{w}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
