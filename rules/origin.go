package rules

import (
	"strings"

	"golang.org/x/net/idna"
)

// What a document comes from is compared as a whole, unlike its text.

func holdsSite(_ *folder, d *Doc, v string) bool {
	host, site := asciiHost(hostOf(d.URL)), asciiHost(v)
	n := len(host) - len(site)
	if n < 0 || !strings.EqualFold(host[n:], site) {
		return false
	}
	return n == 0 || host[n-1] == '.'
}

func holdsFeed(f *folder, d *Doc, v string) bool { return f.equal(d.Feed, v) }

func holdsTag(f *folder, d *Doc, v string) bool {
	for _, tag := range d.Tags {
		if f.equal(tag, v) {
			return true
		}
	}
	return false
}

func holdsTier(_ *folder, d *Doc, v string) bool { return d.Tier == int(v[0]-'0') }

// holdsLang is the basic filtering of RFC 4647: en holds for en and en-GB.
func holdsLang(_ *folder, d *Doc, v string) bool {
	lang := d.Language
	if len(lang) < len(v) || !strings.EqualFold(lang[:len(v)], v) {
		return false
	}
	return len(lang) == len(v) || lang[len(v)] == '-' || lang[len(v)] == '_'
}

// equal compares two names folded.
func (f *folder) equal(a, b string) bool {
	if a == b {
		return true
	}
	f.left, f.seams = f.fold(f.left[:0], f.seams[:0], strings.TrimSpace(a))
	f.right, f.seams = f.fold(f.right[:0], f.seams[:0], strings.TrimSpace(b))
	return string(f.left) == string(f.right)
}

// hostOf is the host of a URL as it stands there. It takes the place of
// url.Parse, which allocates and refuses the URLs that feeds do hold.
func hostOf(url string) string {
	if scheme, rest, ok := strings.Cut(url, "//"); ok && !strings.ContainsAny(scheme, "/?#") {
		url = rest
	}
	if i := strings.IndexAny(url, "/?#\\"); i >= 0 {
		url = url[:i]
	}
	url = url[strings.LastIndexByte(url, '@')+1:]
	if i := strings.LastIndexByte(url, ':'); i >= 0 && !strings.HasSuffix(url, "]") {
		url = url[:i]
	}
	return strings.TrimSuffix(url, ".")
}

// asciiHost is the host as DNS knows it: Cyrillic and the like in Punycode.
func asciiHost(host string) string {
	for i := range len(host) {
		if host[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(host); err == nil {
				return ascii
			}
			break
		}
	}
	return strings.TrimSuffix(host, ".")
}

func isHost(v string) bool {
	host := asciiHost(v)
	if host == "" || len(host) > 253 || strings.HasPrefix(host, ".") {
		return false
	}
	return strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-._") == "" && !strings.Contains(host, "..")
}
