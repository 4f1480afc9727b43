package workers

import (
	"encoding/hex"
	"fmt"
	"io"
)

// newID makes 32 random hex digits.
func (w *Workers) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(w.rand, b[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// newUUID makes a random UUID (version 4).
func (w *Workers) newUUID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(w.rand, b[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
