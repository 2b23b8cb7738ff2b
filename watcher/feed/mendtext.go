package feed

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// text copies character data. Runs that need no mending, which are nearly all,
// are copied whole.
func (m *mender) text(s []byte) {
	if len(m.open) == 0 {
		return
	}
	if !needsMending(s) {
		m.out = append(m.out, s...)
		return
	}
	before := len(m.out)
	m.out = m.references(m.out, s)
	if len(m.out)-before != len(s) {
		m.repairs++
	}
}

// suspect marks the bytes at which text may need mending: control characters,
// "&" (character references), "]" (a stray "]]>"), and the first bytes of C1
// controls and of U+FFFE.
var suspect = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = c != '\t' && c != '\n' && c != '\r'
	}
	t['&'], t[']'], t[0xc2], t[0xef] = true, true, true, true
	return t
}()

func needsMending(s []byte) bool {
	for i, c := range s {
		if suspect[c] && isWrong(s, i) {
			return true
		}
	}
	return false
}

// isWrong says whether a suspect byte is more than suspect.
func isWrong(s []byte, i int) bool {
	switch s[i] {
	case '&':
		return i+1 < len(s) && s[i+1] == '#'
	case ']':
		return bytes.HasPrefix(s[i:], []byte("]]>"))
	case 0xc2:
		return i+1 < len(s) && s[i+1] < 0xa0
	case 0xef:
		return i+2 < len(s) && s[i+1] == 0xbf && s[i+2] >= 0xbe
	}
	return true
}

// references copies text, less the characters that XML 1.0 forbids, raw or by
// reference, and with "]]>" escaped.
func (m *mender) references(out, s []byte) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		if !suspect[s[i]] || !isWrong(s, i) {
			continue
		}
		out = append(out, s[start:i]...)
		n, with := 1, ""
		switch s[i] {
		case '&':
			n, with = reference(s[i:])
		case ']':
			n, with = 3, "]]&gt;"
		case 0xc2:
			n, with = 2, c1(s[i+1])
		case 0xef:
			n = 3
		}
		out = append(out, with...)
		i += n - 1
		start = i + 1
	}
	return append(out, s[start:]...)
}

// reference reads the numeric character reference at the start of s and gives
// its length and what to write in its place.
func reference(s []byte) (n int, with string) {
	end := bytes.IndexByte(s[:min(len(s), 12)], ';')
	if end < 0 {
		return 2, "&amp;#" // It never ends, so it is text.
	}
	digits, base := string(s[2:end]), 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	switch r := rune(code); {
	case err != nil:
		return 2, "&amp;#"
	case code >= 0x80 && code < 0xa0:
		return end + 1, c1(byte(code))
	case code > utf8.MaxRune || !isXMLChar(r):
		return end + 1, ""
	case base == 16 && s[2] == 'X':
		return end + 1, "&#x" + digits + ";"
	}
	return end + 1, string(s[:end+1])
}

// c1 reads a C1 control as the windows-1252 character that was meant.
func c1(b byte) string {
	if r := charmap.Windows1252.DecodeByte(b); r >= 0xa0 {
		return string(r)
	}
	return ""
}

func isXMLChar(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r >= 0x20 && r < 0xd800, r >= 0xe000 && r < 0xfffe, r >= 0x10000 && r <= utf8.MaxRune:
		return true
	}
	return false
}

// legal copies a CDATA section less the characters that XML forbids.
func (m *mender) legal(out, s []byte) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !suspect[c] || c == '&' || c == ']' || !isWrong(s, i) {
			continue
		}
		out = append(out, s[start:i]...)
		switch c {
		case 0xc2:
			i++
			out = append(out, c1(s[i])...)
		case 0xef:
			i += 2
		}
		start = i + 1
	}
	return append(out, s[start:]...)
}

// attrValue copies an attribute's value for use within double quotes.
func (m *mender) attrValue(out, v []byte) []byte {
	if bytes.IndexByte(v, '<') >= 0 {
		v = bytes.ReplaceAll(v, []byte("<"), []byte("&lt;"))
	}
	if bytes.IndexByte(v, '"') >= 0 {
		v = bytes.ReplaceAll(v, []byte(`"`), []byte("&quot;"))
	}
	return m.references(out, v)
}

// readTag reads the start tag at pos. If it is none, end says how far it was read.
func (m *mender) readTag() (tag, bool) {
	t := tag{name: tagName(m.in[m.pos+1:]), clean: true}
	i := m.pos + 1 + len(t.name)
	t.end = i
	if t.name == "" {
		return t, false
	}
	for {
		for i < len(m.in) && isSpace(m.in[i]) {
			i++
		}
		t.end = i
		switch {
		case i >= len(m.in) || m.in[i] == '<':
			return t, false
		case m.in[i] == '>':
			t.end = i + 1
			return t, true
		case m.in[i] == '/':
			if i+1 < len(m.in) && m.in[i+1] == '>' {
				t.empty, t.end = true, i+2
				return t, true
			}
			i++
			t.clean = false
		default:
			var ok bool
			if i, ok = m.readAttr(&t, i); !ok {
				t.end = i
				return t, false
			}
		}
	}
}

// readAttr reads the attribute at i and gives where it ends.
func (m *mender) readAttr(t *tag, i int) (int, bool) {
	start := i
	for i < len(m.in) && !isSpace(m.in[i]) && !endsAttrName(m.in[i]) {
		i++
	}
	raw := m.in[start:i]
	name := tagName(raw)
	if len(name) != len(raw) || name == "" {
		t.clean = false
		name = ""
	}
	eq := i
	for eq < len(m.in) && isSpace(m.in[eq]) {
		eq++
	}
	if eq >= len(m.in) || m.in[eq] != '=' {
		t.clean = false
		if i == start {
			i++ // A quote or "=" that belongs to nothing.
		}
		t.add(name, []byte(name))
		return i, true
	}
	value, i, ok := m.readValue(t, eq+1)
	t.add(name, value)
	return i, ok
}

func endsAttrName(c byte) bool {
	switch c {
	case '=', '>', '/', '<', '"', '\'':
		return true
	}
	return false
}

// readValue reads an attribute's value, quoted or not.
func (m *mender) readValue(t *tag, i int) ([]byte, int, bool) {
	for i < len(m.in) && isSpace(m.in[i]) {
		i++
	}
	if i < len(m.in) && (m.in[i] == '"' || m.in[i] == '\'') {
		end := m.find(string(m.in[i]), i+1)
		if end < 0 {
			return nil, i, false
		}
		v := m.in[i+1 : end]
		if bytes.IndexByte(v, '<') >= 0 || needsMending(v) {
			t.clean = false
		}
		return v, end + 1, true
	}
	start := i
	for i < len(m.in) && !isSpace(m.in[i]) && m.in[i] != '>' && m.in[i] != '<' {
		i++
	}
	t.clean = false
	return m.in[start:i], i, true
}

// add keeps an attribute, the first of a name. Beyond the bound one more is
// kept, so that the bound is seen to be passed.
func (t *tag) add(name string, value []byte) {
	if name == "" || len(t.attrs) > maxAttrs {
		return
	}
	for _, a := range t.attrs {
		if a.name == name {
			t.clean = false
			return
		}
	}
	t.attrs = append(t.attrs, attr{name, value})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// unescape reads an attribute's value.
func unescape(v []byte) string { return strings.TrimSpace(html.UnescapeString(string(v))) }

func escapeAmp(s string) string { return strings.ReplaceAll(s, "&", "&amp;") }
