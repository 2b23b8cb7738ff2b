package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrRefused is wrapped by the error of a dial to an address that is neither
// public nor allowed. Its text names the address and what to configure.
var ErrRefused = errors.New("address refused")

// azureWireServer answers with a virtual machine's credentials and settings, at
// an address that no registry marks as special.
var azureWireServer = netip.MustParsePrefix("168.63.129.16/32")

// nat64 is the well-known prefix by which a host without IPv4 reaches those that
// have nothing else (RFC 6052, section 2.1). An address in it is the IPv4 address
// in its last four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// guard decides which addresses may be dialled.
type guard struct {
	allow  []netip.Prefix
	public *ssrf.Guardian
}

func newGuard(allow []netip.Prefix) *guard {
	return &guard{
		allow: allow,
		public: ssrf.New(
			ssrf.WithAnyPort(),
			ssrf.WithDeniedV4Prefixes(azureWireServer),
		),
	}
}

// control is a [net.Dialer.Control]: it is called with the address about to be
// connected to, after names are resolved.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: network %q is not TCP", ErrRefused, network)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is not an address", ErrRefused, address)
	}
	return g.check(ap.Addr())
}

// check refuses an address that is not public and not allowed. An IPv4 address
// written as IPv6 counts as what it is, and a zone is no way around a prefix.
func (g *guard) check(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	allowed := func(p netip.Prefix) bool { return p.Contains(ip) }
	if slices.ContainsFunc(g.allow, allowed) {
		return nil
	}
	if nat64.Contains(ip) {
		b := ip.As16()
		if err := g.check(netip.AddrFrom4([4]byte(b[12:]))); err != nil {
			return fmt.Errorf("%s leads to an IPv4 address: %w", ip, err)
		}
		return nil
	}
	if err := g.public.SafeAddr(ip); err != nil {
		return fmt.Errorf("%w: %s is not a public address; if it is yours, add it to network.allow", ErrRefused, ip)
	}
	return nil
}
