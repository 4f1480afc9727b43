package workerd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// claim records beside each disk that this workerd, or one before it that was newer, has had it: *StartError
// for a disk of a newer one. What a newer one has opened, an older one does not read: it ends at the
// first object, or at the start. The caller holds the locks.
func (b *Binary) claim(disks []Disk) error {
	for _, d := range disks {
		path := d.Path + ".workerd"
		text, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read which workerd has written Durable Objects: %w", err)
		}
		if err == nil {
			last, err := time.Parse(time.DateOnly, strings.TrimSpace(string(text)))
			switch {
			case err != nil:
				return &StartError{Text: fmt.Sprintf("%s should hold the version of the workerd that has written the Durable Objects beside it, not %.20q", path, text)}
			case last.After(b.Date):
				return &StartError{Text: fmt.Sprintf("the Durable Objects in %s were written by workerd %s, and this is %s, which cannot read them: use that one or a newer one (--workerd FILE)",
					d.Path, last.Format(time.DateOnly), b.Date.Format(time.DateOnly))}
			case last.Equal(b.Date):
				continue
			}
		}
		if err := replace(path, b.Date.Format(time.DateOnly)+"\n"); err != nil {
			return fmt.Errorf("record which workerd writes Durable Objects: %w", err)
		}
	}
	return nil
}

// replace writes a file in one step.
func replace(path, text string) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	return os.Rename(path+".new", path)
}
