package d1_test

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/d1"
)

func md5Of(text []byte) string {
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

func TestAFileIsTakenOnceAndOnlyForItsDatabase(t *testing.T) {
	now := time.Now()
	files := &d1.Files{Now: func() time.Time { return now }}
	text := []byte("SELECT 1")
	word := files.Announce("a", "db", md5Of(text))
	if _, err := files.Take("a", "db", md5Of(text)); !errors.Is(err, d1.ErrFileUnknown) {
		t.Errorf("taken before it came: %v, want ErrFileUnknown", err)
	}
	if _, err := files.Put(word, []byte("SELECT 2")); !errors.Is(err, d1.ErrFileDigest) {
		t.Errorf("another text: %v, want ErrFileDigest", err)
	}
	if _, err := files.Put(word, text); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Get(word); !errors.Is(err, d1.ErrFileUnknown) {
		t.Errorf("what was uploaded is fetched: %v, want ErrFileUnknown", err)
	}
	for _, of := range [][2]string{{"b", "db"}, {"a", "other"}} {
		if _, err := files.Take(of[0], of[1], md5Of(text)); !errors.Is(err, d1.ErrFileUnknown) {
			t.Errorf("for %v: %v, want ErrFileUnknown", of, err)
		}
	}
	if got, err := files.Take("a", "db", md5Of(text)); err != nil || string(got) != string(text) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := files.Take("a", "db", md5Of(text)); !errors.Is(err, d1.ErrFileUnknown) {
		t.Errorf("taken again: %v, want ErrFileUnknown", err)
	}
	word = files.Add(text)
	now = now.Add(d1.FileLife + time.Second)
	if _, err := files.Get(word); !errors.Is(err, d1.ErrFileUnknown) {
		t.Errorf("after its time: %v, want ErrFileUnknown", err)
	}
}

// However much is exported, what is kept is bounded, and the newest is there.
func TestTheOldestFileGoes(t *testing.T) {
	now := time.Now()
	files := &d1.Files{Now: func() time.Time { now = now.Add(time.Second); return now }}
	text := make([]byte, d1.MaxFileBytes)
	var words []string
	for range d1.MaxFilesBytes/d1.MaxFileBytes + 2 {
		words = append(words, files.Add(text))
	}
	for i, word := range words {
		if _, err := files.Get(word); (err != nil) != (i < 2) {
			t.Errorf("file %d of %d: %v; want the first two gone", i, len(words), err)
		}
	}
}
