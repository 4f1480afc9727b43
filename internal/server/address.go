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
	// Mistake: no machine would take it, as it is no address at all, or one that wants more to be said.
	Mistake bool
	hint    string
}

func (e *AddressError) Error() string { return fmt.Sprintf("listen on %s: %v", e.Listen, e.Err) }
func (e *AddressError) Unwrap() error { return e.Err }

// Hint says what to do, in words for the user.
func (e *AddressError) Hint() string { return e.hint }

var (
	// errRemote: without TLS, whoever shares the network could read tokens and values.
	errRemote = errors.New("the address is not a loopback address")
	// errThrowAway: others would be given tokens that nobody means to keep.
	errThrowAway = errors.New("the address is not a loopback address, and no data folder is named")
)

// listenAll binds o.Listen, and at its host the ports of Workers; or nothing.
func listenAll(o Options) ([]net.Listener, error) {
	first, err := listen(o, o.Listen)
	if err != nil {
		return nil, err
	}
	all := []net.Listener{first}
	for _, p := range o.WorkerPorts {
		var l net.Listener
		address := p.address(o.Listen)
		if err = ownPort(all, address, p.Port); err == nil {
			l, err = listen(o, address)
		}
		if err != nil {
			_ = closeAll(all)
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// ownPort refuses a port at which one of all listens, the first of which is that of o.Listen.
func ownPort(all []net.Listener, address string, port int) error {
	for i, l := range all {
		if at, ok := l.Addr().(*net.TCPAddr); ok && at.Port == port {
			flag := "--listen"
			if i > 0 {
				flag = "another --worker-port"
			}
			return &AddressError{Listen: address, Err: fmt.Errorf("the port is that of %s", flag), Mistake: true,
				hint: "give --worker-port a port of its own; 0 picks a free one"}
		}
	}
	return nil
}

func closeAll(listeners []net.Listener) error {
	var errs []error
	for _, l := range listeners {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// listen binds an address, which must be a loopback unless o makes others safe.
func listen(o Options, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		var bad *net.AddrError
		if errors.As(err, &bad) {
			err = errors.New(bad.Err) // the address is named already
		}
		return nil, &AddressError{Listen: address, Err: err, Mistake: true, hint: "an address is host:port, as in 127.0.0.1:8787"}
	}
	switch {
	case isLoopback(host):
	case o.TLS == TLS{} && !o.AllowRemote:
		return nil, &AddressError{Listen: address, Err: errRemote, Mistake: true,
			hint: "listen on 127.0.0.1, or encrypt with --tls-cert and --tls-key, or pass --allow-remote if everybody on that network may read the traffic"}
	case o.Data == "":
		return nil, &AddressError{Listen: address, Err: errThrowAway, Mistake: true, hint: "tokens of a throw-away server are not for others: name its data folder, as in --data /var/lib/bindery"}
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
		e.Mistake, e.hint = true, "a port is a number from 0 to 65535; 0 picks a free one"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.hint = "this machine has no such address: 127.0.0.1 is always there"
	}
	return nil, e
}

// TryListen binds what Listen will and lets go of it, to know before there is a data folder whether that would work.
func TryListen(o Options) error {
	listeners, err := listenAll(o)
	if err != nil {
		return err
	}
	return closeAll(listeners)
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
