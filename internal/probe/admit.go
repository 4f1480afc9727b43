package probe

import (
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"time"
)

var unauthorized = refuse(http.StatusUnauthorized, "unauthorized", "a valid API key is required in the header "+KeyHeader)

// admit says whether the caller may ask at all. A missing key takes the way of a
// wrong one, so that neither the answer nor the time it takes tells them apart.
//
// Failures are counted by address and known keys by key: somebody who guesses from
// the address of a proxy or of this machine is slowed down, and locks out nobody
// who has a key. Keys are random and long, so guesses need not be stopped otherwise.
func (h *handler) admit(r *http.Request) *refusal {
	key := r.Header.Get(KeyHeader)
	known := h.options.CheckKey(key)

	var wait time.Duration
	if known {
		digest := sha256.Sum256([]byte(key)) // keys are not kept in memory
		wait = h.requests.take(string(digest[:]))
	} else {
		wait = h.failures.take(address(r))
	}
	switch {
	case wait > 0:
		return rateLimited(wait)
	case !known:
		h.options.Log.Warn("API key refused", logRemote, r.RemoteAddr)
		return unauthorized
	}
	return nil
}

// address is what failures are counted by: the IPv4 address, or the /64 network of
// an IPv6 one, as whoever has one of its addresses has them all. X-Forwarded-For is
// not believed: anybody can send it.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return network.String()
}
