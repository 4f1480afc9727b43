package d1

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Limits of files of SQL. They are in memory: Cloudflare takes 5 GB.
const (
	MaxFileBytes = 64 << 20
	// MaxFilesBytes is of all; what is oldest goes for what comes.
	MaxFilesBytes = 4 * MaxFileBytes
	// FileLife is how long a file waits to be uploaded, run or fetched.
	FileLife = time.Hour
)

var (
	// ErrFileUnknown: no file was announced so, it was not uploaded, or its time is over.
	ErrFileUnknown = errors.New("file is unknown")
	// ErrFileDigest: what was uploaded is not what was announced.
	ErrFileDigest = errors.New("file is not the announced one")
)

// Files are texts of SQL on their way: uploaded and not yet run, or exported to be fetched. Each is reached
// by a word that nobody can guess. The zero value is ready to use.
type Files struct {
	Now func() time.Time // nil: time.Now

	mu  sync.Mutex
	all map[string]*file
}

type file struct {
	account, database, digest string // of one that is to be run
	text                      []byte // nil: announced
	until                     time.Time
}

// Announce expects a file with this MD5, in hex, for a database, and returns the word by which it is Put.
func (s *Files) Announce(account, database, digest string) (word string) {
	return s.add(&file{account: account, database: database, digest: digest})
}

// Add keeps a text to be fetched, and returns the word by which to Get it.
func (s *Files) Add(text []byte) (word string) { return s.add(&file{text: text}) }

func (s *Files) add(f *file) (word string) {
	word = rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if s.all == nil {
		s.all = map[string]*file{}
	}
	f.until = s.now().Add(FileLife)
	s.all[word] = f
	s.makeRoom(f)
	return word
}

// Announced says whether a file may be Put: ErrFileUnknown.
func (s *Files) Announced(word string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if f := s.all[word]; f == nil || f.digest == "" {
		return ErrFileUnknown
	}
	return nil
}

// Put brings a file that was announced: ErrFileUnknown, ErrFileDigest. It may come again.
func (s *Files) Put(word string, text []byte) (digest string, err error) {
	sum := md5.Sum(text)
	digest = hex.EncodeToString(sum[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	f := s.all[word]
	switch {
	case f == nil || f.digest == "":
		return "", ErrFileUnknown
	case f.digest != digest:
		return "", fmt.Errorf("%w: its MD5 is %s, of the other %s", ErrFileDigest, digest, f.digest)
	}
	f.text = text
	s.makeRoom(f)
	return digest, nil
}

// Take returns a file for a database that was Put, and forgets it: ErrFileUnknown.
func (s *Files) Take(account, database, digest string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	for word, f := range s.all {
		if f.text != nil && f.account == account && f.database == database && f.digest == digest {
			delete(s.all, word)
			return f.text, nil
		}
	}
	return nil, ErrFileUnknown
}

// Get returns a text that was added: ErrFileUnknown.
func (s *Files) Get(word string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if f := s.all[word]; f != nil && f.digest == "" {
		return f.text, nil
	}
	return nil, ErrFileUnknown
}

func (s *Files) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// sweep forgets what has waited too long; the caller holds s.mu.
func (s *Files) sweep() {
	for word, f := range s.all {
		if s.now().After(f.until) {
			delete(s.all, word)
		}
	}
}

// makeRoom forgets the oldest texts but one until the rest is small enough; the caller holds s.mu.
func (s *Files) makeRoom(but *file) {
	for {
		size, oldest := 0, ""
		for word, f := range s.all {
			size += len(f.text)
			if f != but && f.text != nil && (oldest == "" || f.until.Before(s.all[oldest].until)) {
				oldest = word
			}
		}
		if size <= MaxFilesBytes || oldest == "" {
			return
		}
		delete(s.all, oldest)
	}
}
