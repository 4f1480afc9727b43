package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/server"
)

// issue writes a self-signed certificate for 127.0.0.1, of which name is the subject.
func issue(t *testing.T, files server.TLS, name string, changed time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		files.CertFile: {Type: "CERTIFICATE", Bytes: der},
		files.KeyFile:  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := errors.Join(os.WriteFile(path, pem.EncodeToMemory(block), 0o600), os.Chtimes(path, changed, changed)); err != nil {
			t.Fatal(err)
		}
	}
}

// subject is whose certificate the server shows, which is the one that files hold.
func subject(t *testing.T, url string) string {
	t.Helper()
	insecure := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	res, err := (&http.Client{Transport: insecure}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.TLS.PeerCertificates[0].Subject.CommonName
}

// A certificate is served, and another one that takes its place on disk without a restart.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := server.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	issue(t, files, "first", time.Now().Add(-time.Hour))
	s := start(t, server.Options{Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", TLS: files})
	if !strings.HasPrefix(s.BaseURL(), "https://127.0.0.1:") {
		t.Errorf("BaseURL: got %s, want https", s.BaseURL())
	}
	if got := subject(t, s.URL()); got != "first" {
		t.Errorf("got the certificate of %q, want first", got)
	}
	if status, _, err := fetch(t, "GET", "http"+strings.TrimPrefix(s.URL(), "https"), "", ""); err != nil || status != 400 {
		t.Errorf("plain HTTP: got %d, %v; want 400", status, err)
	}
	operator, err := server.Operate(t.Context(), filepath.Join(dir, "data"))
	if err != nil {
		t.Fatalf("the operator of a server with TLS: %v", err)
	}
	defer operator.Close()

	if err := os.WriteFile(files.CertFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // a handshake looks at the files once a second
	if got := subject(t, s.URL()); got != "first" {
		t.Errorf("while the file is broken: got the certificate of %q, want first", got)
	}
	issue(t, files, "second", time.Now())
	time.Sleep(1100 * time.Millisecond)
	if got := subject(t, s.URL()); got != "second" {
		t.Errorf("after another was put in its place: got the certificate of %q, want second", got)
	}
}

func TestTLSRefused(t *testing.T) {
	dir := t.TempDir()
	files := server.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	other := server.TLS{CertFile: filepath.Join(dir, "other.pem"), KeyFile: filepath.Join(dir, "other-key.pem")}
	issue(t, files, "a", time.Now())
	issue(t, other, "b", time.Now())
	for name, row := range map[string]server.TLS{
		"no key":         {CertFile: files.CertFile},
		"no such file":   {CertFile: files.CertFile, KeyFile: filepath.Join(dir, "nowhere.pem")},
		"key of another": {CertFile: files.CertFile, KeyFile: other.KeyFile},
		"swapped":        {CertFile: files.KeyFile, KeyFile: files.CertFile},
	} {
		_, err := server.Open(server.Options{TLS: row})
		var refused *server.TLSError
		if !errors.As(err, &refused) || refused.Hint() == "" {
			t.Errorf("%s: got %v, want a TLSError with a hint", name, err)
		}
	}
}

// An address that others reach wants encryption, or leave to go without, and tokens that are kept.
func TestRemoteAddresses(t *testing.T) {
	dir := t.TempDir()
	files := server.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	issue(t, files, "a", time.Now())
	for _, row := range []struct {
		name string
		o    server.Options
		says string
	}{
		{"in memory, plain", server.Options{}, "--tls-cert"},
		{"on disk, plain", server.Options{Data: t.TempDir()}, "--tls-cert"},
		{"in memory, allowed", server.Options{AllowRemote: true}, "data folder"},
		{"in memory, encrypted", server.Options{TLS: files}, "data folder"},
		{"on disk, encrypted", server.Options{Data: t.TempDir(), TLS: files}, ""},
		{"on disk, allowed", server.Options{Data: t.TempDir(), AllowRemote: true}, ""},
	} {
		row.o.Listen = "0.0.0.0:0"
		s, err := server.Open(row.o)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Listen()
		var refused *server.AddressError
		switch {
		case row.says == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.says != "" && (!errors.As(err, &refused) || !strings.Contains(refused.Hint(), row.says)):
			t.Errorf("%s: got %v, want an AddressError with %q in its hint", row.name, err, row.says)
		}
		s.Close()
	}
}
