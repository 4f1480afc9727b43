package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	indexFile   = "index.ndjson"
	valueFolder = "values"
)

// fileRecord is a line of a folder's index.
type fileRecord struct {
	Key        string          `json:"key"`
	File       string          `json:"file"` // in the folder values
	Size       int64           `json:"size"`
	SHA256     string          `json:"sha256"` // of the value, 64 hex digits
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Expiration int64           `json:"expiration,omitempty"`
}

// readFolder yields the pairs that the index of a folder names, each held against its digest.
func readFolder(dir string) iter.Seq2[kv.Pair, error] {
	return func(yield func(kv.Pair, error) bool) {
		if err := eachInFolder(dir, func(p kv.Pair) bool { return yield(p, nil) }); err != nil {
			yield(kv.Pair{}, err)
		}
	}
}

func eachInFolder(dir string, found func(kv.Pair) bool) error {
	root, err := os.OpenRoot(dir) // whatever the index says, nothing outside is read
	if err != nil {
		return err
	}
	defer root.Close()
	index, err := root.Open(indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s, so it is no export", dir, indexFile)
	}
	if err != nil {
		return err
	}
	defer index.Close()
	lines, err := newLineReader(index)
	if err != nil {
		return fmt.Errorf("%s: %w", indexFile, err)
	}
	var order order
	for {
		text, err := lines.next()
		if err == io.EOF {
			return nil
		}
		var p kv.Pair
		if err == nil {
			p, err = readFile(root, text)
			if err == nil {
				err = order.next(p.Key)
			}
			if err != nil {
				err = fmt.Errorf("line %d: %w", lines.number, err)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", indexFile, err)
		}
		lines.bytes += int64(len(p.Value))
		if !found(p) {
			return nil
		}
	}
}

func readFile(root *os.Root, text []byte) (kv.Pair, error) {
	var r fileRecord
	if err := decodeStrict(text, &r); err != nil {
		return kv.Pair{}, err
	}
	p := kv.Pair{Key: r.Key, Item: kv.Item{Metadata: r.Metadata, Expiration: r.Expiration}}
	if err := storable(p); err != nil {
		return p, err
	}
	name := filepath.Join(valueFolder, r.File)
	if info, err := root.Stat(name); err != nil {
		return p, err
	} else if info.Size() != r.Size || !info.Mode().IsRegular() {
		return p, &DamagedError{fmt.Sprintf("%s has %d bytes, and the index says %d", printable(name), info.Size(), r.Size)}
	}
	var err error
	if p.Value, err = root.ReadFile(name); err != nil {
		return p, err
	}
	if sum := sha256.Sum256(p.Value); hex.EncodeToString(sum[:]) != r.SHA256 {
		return p, &DamagedError{fmt.Sprintf("%s does not hold what the index says: its SHA-256 differs", printable(name))}
	}
	return p.Normalize(), storable(p)
}

// folderWriter makes a folder: a file a value in values, and the index.
type folderWriter struct {
	dir, temporary string
	index          *os.File
	lines          *lineWriter
}

// createFolder makes a folder that is not there yet, or is empty.
func createFolder(dir string, h Header) (*folderWriter, error) {
	dir = filepath.Clean(dir)
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return nil, &ExistsError{dir}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	sweep(filepath.Dir(dir))
	temporary, err := os.MkdirTemp(filepath.Dir(dir), exportPrefix)
	if err != nil {
		return nil, err
	}
	w := &folderWriter{dir: dir, temporary: temporary}
	err = os.Mkdir(filepath.Join(temporary, valueFolder), 0o700)
	if err == nil {
		w.index, err = os.OpenFile(filepath.Join(temporary, indexFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	}
	if err == nil {
		w.lines, err = newLineWriter(w.index, h)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *folderWriter) Put(ctx context.Context, pairs []kv.Pair) error {
	for _, p := range pairs {
		if err := ctx.Err(); err != nil {
			return err
		}
		p = p.Normalize()
		sum := sha256.Sum256(p.Value)
		r := fileRecord{
			Key: p.Key, File: fileName(p.Key), Size: int64(len(p.Value)), SHA256: hex.EncodeToString(sum[:]),
			Metadata: p.Metadata, Expiration: p.Expiration,
		}
		file, err := os.OpenFile(filepath.Join(w.temporary, valueFolder, r.File), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("key %q: %w", printable(p.Key), err)
		}
		_, err = file.Write(p.Value)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		if err := w.lines.write(r, len(p.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (w *folderWriter) Commit() error {
	if err := errors.Join(w.lines.end(), w.index.Sync(), w.index.Close()); err != nil {
		return err
	}
	if err := os.Remove(w.dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one; another is kept
		return err
	}
	return os.Rename(w.temporary, w.dir)
}

func (w *folderWriter) Close() error {
	if w.index != nil {
		w.index.Close()
	}
	return os.RemoveAll(w.temporary)
}

// fileName is the name of a key's file: the key with all but letters, digits, ".", "-" and "_" as %XX. It is legal and
// another for each key on every file system, those too that take upper and lower case for one: names with upper case,
// long ones and those that some system keeps for itself end in part of the key's digest.
func fileName(key string) string {
	const long = 120
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', (c == '.' || c == '-') && i > 0 && i < len(key)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	name := b.String()
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	if len(name) <= long && !strings.ContainsFunc(key, func(r rune) bool { return 'A' <= r && r <= 'Z' }) && !reserved[stem] {
		return name
	}
	sum := sha256.Sum256([]byte(key))
	return name[:min(len(name), long)] + "~" + hex.EncodeToString(sum[:16])
}

// reserved are the names that Windows keeps for devices, whatever follows the first dot.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}
