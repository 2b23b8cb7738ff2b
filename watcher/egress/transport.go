package egress

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Policy says which addresses may be dialled besides public ones, and how long
// anything may take.
type Policy struct {
	Allow []netip.Prefix // private addresses that may be reached; none by default, not even loopback
	// Dial, TLS and Header bound the parts of a request: resolving and
	// connecting, the handshake, and the wait for response headers. Zero means
	// 10 s, 10 s and 20 s.
	Dial, TLS, Header time.Duration
	// Resolver resolves names; nil means the system's way. Resolving counts
	// against Dial.
	Resolver *net.Resolver
	// Conns bounds idle connections over all hosts; zero means 100.
	Conns int
}

// Transport makes a transport that dials only what the policy lets it, on any
// port; a refused dial fails with [ErrRefused]. It uses no proxy from the
// environment, adds nothing to a request, bounds response headers to 64 KiB,
// speaks HTTP/2 where the server does, asks for TLS 1.2 at least, and does not
// decompress by itself, so that the caller can bound both sizes. The body's
// size and time are the caller's to bound. It is safe for concurrent use.
func Transport(p Policy) *http.Transport {
	dialer := &net.Dialer{
		Timeout:  cmp.Or(p.Dial, 10*time.Second),
		Resolver: p.Resolver,
		Control:  newGuard(p.Allow).control,
	}
	return &http.Transport{
		Proxy:                  nil, // see the package comment: a proxy undoes the guard
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true, // a DialContext of one's own turns it off otherwise
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    cmp.Or(p.TLS, 10*time.Second),
		ResponseHeaderTimeout:  cmp.Or(p.Header, 20*time.Second),
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		MaxIdleConns:           cmp.Or(p.Conns, 100),
		IdleConnTimeout:        90 * time.Second,
		// Most connections serve one small request and an answer of headers
		// only. What is larger goes past these buffers.
		WriteBufferSize: 1 << 10,
		ReadBufferSize:  2 << 10,
	}
}
