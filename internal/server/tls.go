package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLS names the files of a certificate chain and its key, both PEM. Both empty means plain HTTP.
type TLS struct{ CertFile, KeyFile string }

// TLSError: the certificate cannot be used.
type TLSError struct {
	Files TLS
	Err   error
}

func (e *TLSError) Error() string {
	return fmt.Sprintf("load the certificate of %s and %s: %v", e.Files.CertFile, e.Files.KeyFile, e.Err)
}
func (e *TLSError) Unwrap() error { return e.Err }

// Hint says what to do, in words for the user.
func (e *TLSError) Hint() string {
	return "--tls-cert is a PEM file with the certificate and those between it and its root, --tls-key the key that belongs to it"
}

// config loads the files; nil for plain HTTP.
func (t TLS) config(log *slog.Logger) (*tls.Config, error) {
	if t == (TLS{}) {
		return nil, nil
	}
	c := &certificate{files: t, log: log}
	if t.CertFile == "" || t.KeyFile == "" {
		return nil, &TLSError{t, errors.New("one of the two is not named")}
	}
	if err := c.load(); err != nil {
		return nil, &TLSError{t, err}
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: c.get,
	}, nil
}

// certificate is read again when its files change: what renews it need not restart the server.
type certificate struct {
	files TLS
	log   *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed time.Time // of the younger file, as it was loaded
	looked  time.Time
}

// lookEvery bounds how often handshakes look at the files.
const lookEvery = time.Second

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if changed, err := c.modified(); err == nil && !changed.Equal(c.changed) {
			if err := c.load(); err != nil { // half of a pair, perhaps: the next look may find both
				c.log.Warn("the certificate on disk cannot be used; the one before stays", "error", err)
			} else {
				c.log.Info("certificate loaded again")
			}
		}
	}
	return c.loaded, nil
}

func (c *certificate) load() error {
	changed, err := c.modified()
	if err != nil {
		return err
	}
	loaded, err := tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile)
	if err != nil {
		return err
	}
	c.loaded, c.changed = &loaded, changed
	return nil
}

func (c *certificate) modified() (time.Time, error) {
	cert, err := os.Stat(c.files.CertFile)
	if err != nil {
		return time.Time{}, err
	}
	key, err := os.Stat(c.files.KeyFile)
	if err != nil {
		return time.Time{}, err
	}
	if key.ModTime().After(cert.ModTime()) {
		return key.ModTime(), nil
	}
	return cert.ModTime(), nil
}
