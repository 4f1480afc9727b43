package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Override is a disagreement that somebody has deployed in spite of: a line of JSON in a file beside the lock, to which
// lines are only ever added.
type Override struct {
	At          time.Time `json:"at"` // UTC
	Who         string    `json:"who"`
	Environment string    `json:"environment"` // "" is the top level
	AccountID   string    `json:"account_id"`
	Worker      string    `json:"worker"`
	Reason      string    `json:"reason"`
	Overridden  []string  `json:"overridden"` // what the gate said
}

// OverridesPath is where the overrides of a lock are kept: bindery.overrides beside bindery.lock.
func OverridesPath(lock string) string { return strings.TrimSuffix(lock, ".lock") + ".overrides" }

// Record adds an override to the file at path, which is made if it is not there. It is on disk when Record returns. A line that
// was cut off by whatever ended the process before is left alone, and ended.
func (v Override) Record(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("record the override: %w", err)
		}
	}()
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text := line.Bytes()
	last := make([]byte, 1)
	if size, err := f.Seek(0, io.SeekEnd); err != nil {
		return err
	} else if size > 0 {
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text = append([]byte("\n"), text...)
		}
	}
	if _, err := f.Write(text); err != nil { // in one piece: two who deploy at once do not mix their lines
		return err
	}
	return f.Sync()
}
