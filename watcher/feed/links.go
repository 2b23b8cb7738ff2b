package feed

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// resolve gives the absolute address that ref means on a page at base, "" if
// it means none. An address that is absolute stays as it was published, save
// for white space.
func resolve(base *url.URL, ref string) string {
	ref = strings.Map(dropBreaks, strings.TrimSpace(ref))
	ref = strings.ReplaceAll(ref, " ", "%20")
	if ref == "" {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		ref = mendEscapes(ref)
		if u, err = url.Parse(ref); err != nil {
			return ""
		}
	}
	switch {
	case u.IsAbs():
		return harmless(u, ref)
	case base == nil:
		return ""
	}
	abs := base.ResolveReference(u)
	return harmless(abs, abs.String())
}

// harmless drops addresses that no feed has a reason to send anybody to.
func harmless(u *url.URL, s string) string {
	switch u.Scheme {
	case "javascript", "vbscript", "data", "file", "about":
		return ""
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	}
	return s
}

// dropBreaks removes line ends and tabs, as browsers do within an address.
func dropBreaks(r rune) rune {
	if r < 0x20 || r == 0x7f {
		return -1
	}
	return r
}

// mendEscapes escapes each "%" that begins no escape.
func mendEscapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// absoluteHTML makes the relative addresses in a piece of HTML absolute, and
// leaves all else byte for byte as it is.
func absoluteHTML(s string, base *url.URL) string {
	if base == nil || !strings.Contains(s, "<") || !strings.Contains(s, "=") {
		return s
	}
	z := html.NewTokenizer(strings.NewReader(s))
	var out bytes.Buffer
	done := 0 // how much of s stands in out
	at := 0
	for z.Next() != html.ErrorToken {
		raw := z.Raw()
		at += len(raw)
		if raw[0] != '<' || !bytes.ContainsRune(raw, '=') {
			continue
		}
		mended, changed := absoluteTag(string(raw), z, base)
		if !changed {
			continue
		}
		out.WriteString(s[done : at-len(raw)])
		out.WriteString(mended)
		done = at
		if out.Len() > maxField+len(s) {
			return s // Amplification, not a text.
		}
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// absoluteTag rewrites one tag, of which raw is the text.
func absoluteTag(raw string, z *html.Tokenizer, base *url.URL) (string, bool) {
	t := z.Token()
	changed := false
	for i, a := range t.Attr {
		if !isAddressAttr(a.Key) || isAbsolute(a.Val) {
			continue
		}
		if abs := resolve(base, a.Val); abs != "" && abs != a.Val {
			t.Attr[i].Val, changed = abs, true
		}
	}
	if !changed {
		return raw, false
	}
	return t.String(), true
}

// isAbsolute is a quick look for a scheme.
func isAbsolute(ref string) bool {
	ref = strings.TrimSpace(ref)
	for i := range len(ref) {
		switch c := ref[i]; {
		case c == ':':
			return i > 0
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}
