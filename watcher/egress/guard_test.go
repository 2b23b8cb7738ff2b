package egress

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// specials is the table of special addresses in full: what a test of private,
// loopback and link-local alone would let through is most of it.
var specials = []string{
	"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
	"0.0.0.0", "255.255.255.255",
	"100.64.0.1", "100.100.100.200",
	"192.0.0.192",
	"198.18.0.1", "192.0.2.1",
	"224.0.0.1", "240.0.0.1",
	"168.63.129.16",
	"::1", "fd00:ec2::254", "fe80::1",
	"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:168.63.129.16",
	"::", "fec0::1", "ff02::1",
	"64:ff9b::7f00:1", "2002:7f00:1::1", "2001:0:7f00:1::",
	"fe80::1%eth0",
}

func TestSpecialAddressesAreRefused(t *testing.T) {
	g := newGuard(nil)
	for _, ip := range specials {
		err := g.control("tcp6", net.JoinHostPort(ip, "443"), nil)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: got %v, want ErrRefused", ip, err)
			continue
		}
		plain := netip.MustParseAddr(ip).Unmap().WithZone("").String()
		if !strings.Contains(err.Error(), plain) || !strings.Contains(err.Error(), "network.allow") {
			t.Errorf("%s: the error names neither the address nor the remedy: %v", ip, err)
		}
	}
}

// registries are the blocks of the IANA special-purpose address registries (IPv4
// and IPv6, of 2025) that are not "globally reachable", and multicast, written
// from the registries and not from the library that is tested.
var registries = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:2::/48", "2001:db8::/32",
	"2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
}

func TestSpecialBlocksAreRefusedFromEndToEnd(t *testing.T) { // point 57
	g := newGuard(nil)
	for _, block := range registries {
		p := netip.MustParsePrefix(block)
		last := p.Addr().AsSlice()
		for bit := p.Bits(); bit < len(last)*8; bit++ {
			last[bit/8] |= 0x80 >> (bit % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		forms := []netip.Addr{p.Addr(), end}
		if end.Is4() { // As IPv6 writes it, and as NAT64 does.
			b := end.As4()
			mapped := append(make([]byte, 10), 0xff, 0xff, b[0], b[1], b[2], b[3])
			behind := append([]byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, b[:]...)
			for _, raw := range [][]byte{mapped, behind} {
				a, _ := netip.AddrFromSlice(raw)
				forms = append(forms, a)
			}
		}
		for _, ip := range forms {
			if err := g.check(ip); !errors.Is(err, ErrRefused) {
				t.Errorf("%s of %s: got %v, want ErrRefused", ip, block, err)
			}
		}
	}
}

func TestPublicAddressesPassOnAnyPort(t *testing.T) {
	g := newGuard(nil)
	for _, addr := range []string{"8.8.8.8:443", "8.8.8.8:8080", "[2606:4700::1111]:80", "[::ffff:8.8.8.8]:80", "[64:ff9b::8.8.8.8]:443"} {
		if err := g.control("tcp4", addr, nil); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestAllowedPrefixesPassAndNoOthers(t *testing.T) {
	g := newGuard([]netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("10.1.0.0/16"),
		netip.MustParsePrefix("fe80::/10"),
	})
	for addr, want := range map[string]bool{
		"127.0.0.1": true, "::ffff:127.0.0.1": true, "10.1.255.1": true, "fe80::1%eth0": true,
		"10.2.0.1": false, "::1": false, "169.254.169.254": false,
	} {
		err := g.check(netip.MustParseAddr(addr))
		if (err == nil) != want {
			t.Errorf("%s: got %v, want it to pass: %t", addr, err, want)
		}
	}
}

func TestOnlyTCPToAnAddressIsDialled(t *testing.T) {
	g := newGuard(nil)
	for _, c := range [][2]string{{"udp4", "8.8.8.8:53"}, {"unix", "/run/x.sock"}, {"tcp4", "localhost:80"}, {"tcp4", "8.8.8.8"}} {
		if err := g.control(c[0], c[1], nil); !errors.Is(err, ErrRefused) {
			t.Errorf("%s %s: got %v, want ErrRefused", c[0], c[1], err)
		}
	}
}
