// Package egress is the one way out of the program: a dialer that refuses
// addresses nobody configured, HTTP transports over it, and the redaction of
// secrets from what comes back as errors.
package egress

import (
	"net/http"
	"net/netip"
	"time"
)

// Policy says which addresses may be dialled besides public ones, and how long
// anything may take.
type Policy struct {
	Allow []netip.Prefix // private addresses that may be reached; none by default, not even loopback
	// Dial, TLS and Header bound the parts of a request; zero means 10 s, 10 s
	// and 20 s.
	Dial, TLS, Header time.Duration
	// Conns bounds idle connections over all hosts; zero means 100.
	Conns int
}

// Transport makes a transport that dials only what the policy lets it. It uses no proxy
// from the environment, adds nothing to a request, bounds response headers to
// 64 KiB, and does not decompress by itself.
func Transport(p Policy) *http.Transport { panic("unwritten") }

// Secret is a value that must not be shown. Printing, logging and marshalling
// it give [redacted].
type Secret string

// Reveal gives the value, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String is [redacted], or "" for an empty secret.
func (s Secret) String() string { panic("unwritten") }

// Redact gives the error's text without URLs' secrets (userinfo, query values,
// webhook paths) and without the given secrets, on one line of bounded length.
func Redact(err error, secrets ...Secret) string { panic("unwritten") }

// RedactURL gives the URL without userinfo, query values and fragment.
func RedactURL(raw string) string { panic("unwritten") }
