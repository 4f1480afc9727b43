package server

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// runningFile lies in a data folder while a server runs on it. It is how other
// commands of the same user find the server, and its secret is how the server knows
// them. A server that was killed leaves it behind; the secret then opens nothing.
const runningFile = "running.json"

type running struct {
	PID    int    `json:"pid"`
	URL    string `json:"url"`    // of the server's root
	Secret string `json:"secret"` // of the operator API, made at each start
	path   string
}

// announce writes the file, readable by its owner only, in one step.
func announce(dir, url string) (*running, error) {
	r := &running{PID: os.Getpid(), URL: url, Secret: rand.Text(), path: filepath.Join(dir, runningFile)}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, runningFile+".*") // made with mode 0600
	if err != nil {
		return nil, fmt.Errorf("announce the server: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), r.path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("announce the server: %w", err), os.Remove(f.Name()))
	}
	return r, nil
}

// withdraw removes the file. A nil r was never announced.
func (r *running) withdraw() error {
	if r == nil {
		return nil
	}
	if err := os.Remove(r.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// findRunning reads the file of a folder; nil if there is none, or half of one.
func findRunning(dir string) *running {
	text, err := os.ReadFile(filepath.Join(dir, runningFile))
	if err != nil {
		return nil
	}
	r := &running{}
	if json.Unmarshal(text, r) != nil || r.URL == "" {
		return nil
	}
	return r
}
