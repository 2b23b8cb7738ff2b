// Package egress is the one way out of the program: a dialer that refuses
// addresses nobody configured, HTTP transports over it, and the redaction of
// secrets from what comes back as errors.
//
// # The guard
//
// Addresses of feeds and receivers come from files, from redirects and from
// DNS, and the last two belong to strangers. So the check is made at the last
// moment, in [net.Dialer.Control], on the address that is really dialled: a
// redirect, a name that resolves to a private address, and a name that resolves
// differently the second time all meet it. Refused is all that the IANA
// registries of special addresses list (by code.dny.dev/ssrf, generated from
// them), and Azure's wire server 168.63.129.16, which is a public address. An
// address of NAT64 counts as the IPv4 address in it, so that hosts without IPv4
// reach what is public and nothing else; 6to4 and Teredo are refused whole. What
// [Policy].Allow names passes.
//
// A proxy would undo this, for then the guard sees the proxy's address and no
// other. The transport therefore ignores HTTP_PROXY and its kin.
//
// # Secrets
//
// A webhook URL is a secret, and [net/url.Error] prints it. Whatever error comes
// back from here goes through [Redact] before it is logged, kept or shown, and
// a secret is carried as a [Secret].
package egress
