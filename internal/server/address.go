package server

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// AddressError: the address cannot be listened on.
type AddressError struct {
	Listen string // host:port as it was asked for
	Err    error
	hint   string
}

func (e *AddressError) Error() string { return fmt.Sprintf("listen on %s: %v", e.Listen, e.Err) }
func (e *AddressError) Unwrap() error { return e.Err }

// Hint says what to do, in words for the user.
func (e *AddressError) Hint() string { return e.hint }

// errRemote: without TLS, whoever shares the network could read tokens and values.
var errRemote = errors.New("the address is not a loopback address")

// listen binds address, which must be a loopback unless remote ones are allowed.
func listen(address string, allowRemote bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		var bad *net.AddrError
		if errors.As(err, &bad) {
			err = errors.New(bad.Err) // the address is named already
		}
		return nil, &AddressError{Listen: address, Err: err, hint: "an address is host:port, as in 127.0.0.1:8787"}
	}
	if !allowRemote && !isLoopback(host) {
		return nil, &AddressError{Listen: address, Err: errRemote,
			hint: "listen on 127.0.0.1, or pass --allow-remote if everybody on that network may read the traffic, which is not encrypted"}
	}
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	var op *net.OpError // names the address again
	if errors.As(err, &op) {
		err = op.Err
	}
	e := &AddressError{Listen: address, Err: err}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		e.Err, e.hint = errors.New("the port is in use"), "another process listens there, perhaps another `bindery serve`: stop it, or choose another port (0 picks a free one)"
	case errors.Is(err, syscall.EACCES):
		e.hint = "ports below 1024 are for the system: choose a higher one"
	case errors.As(err, new(*net.AddrError)):
		e.hint = "a port is a number from 0 to 65535; 0 picks a free one"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.hint = "this machine has no such address: 127.0.0.1 is always there"
	}
	return nil, e
}

// isLoopback takes names too, but only the one that the standards tie to the
// loopback: any other may resolve to something else tomorrow.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
