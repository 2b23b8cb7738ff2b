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
	if len(m.open) == 0 || m.spare(s) {
		return
	}
	if m.setAside(s, false) {
		return
	}
	if !m.needsMending(s) {
		m.out = append(m.out, s...)
		return
	}
	m.out = m.references(m.out, s)
}

// needsMending is the function of that name, for text in which the document's own
// entities count.
func (m *mender) needsMending(s []byte) bool {
	return needsMending(s) || len(m.entities) > 0 && bytes.IndexByte(s, '&') >= 0
}

// maxDate is longer than any date. gofeed copies one a few hundred times, to
// try as many layouts on it.
const maxDate = 256

// spare says whether gofeed is to be spared a piece of text, and charges what
// it will cost: of an extension's text that comes in pieces, gofeed copies the
// whole for each piece.
func (m *mender) spare(s []byte) bool {
	e := &m.open[len(m.open)-1]
	if e.foreign {
		m.budget -= e.text
		e.text += len(s)
	}
	return len(s) > maxDate && holdsDate(e.name)
}

func holdsDate(name string) bool {
	switch strings.ToLower(localName(name)) {
	case "pubdate", "lastbuilddate", "date", "updated", "published", "issued", "modified", "created":
		return true
	}
	return false
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
		if !suspect[s[i]] {
			continue
		}
		entity, length := m.entity(s[i:])
		if length == 0 && !isWrong(s, i) {
			continue
		}
		out = append(out, s[start:i]...)
		n, with, fine := 1, "", false
		switch {
		case length > 0:
			n, with, fine = length, entity, true
		case s[i] == '&':
			n, with, fine = reference(s[i:])
		case s[i] == ']':
			n, with = 3, "]]&gt;"
		case s[i] == 0xc2:
			n, with = 2, c1(s[i+1])
		case s[i] == 0xef:
			n = 3
		}
		if !fine {
			m.repairs++
		}
		out = append(out, with...)
		i += n - 1
		start = i + 1
	}
	return append(out, s[start:]...)
}

// reference reads the numeric character reference at the start of s and gives
// its length and what to write in its place: the character, where it means
// nothing to a parser. fine says that there was nothing to mend.
func reference(s []byte) (n int, with string, fine bool) {
	end := bytes.IndexByte(s[:min(len(s), 12)], ';')
	if end < 0 {
		return 2, "&amp;#", false // It never ends, so it is text.
	}
	digits, base := string(s[2:end]), 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	switch r := rune(code); {
	case err != nil:
		return 2, "&amp;#", false
	case code >= 0x80 && code < 0xa0:
		return end + 1, c1(byte(code)), false
	case code > utf8.MaxRune || !isXMLChar(r):
		return end + 1, "", false
	case r > ' ' && !strings.ContainsRune(`&<>"'`, r):
		return end + 1, string(r), true
	}
	return end + 1, "&#" + strconv.FormatUint(code, 10) + ";", true
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

// unescape reads an attribute's value.
func unescape(v []byte) string { return strings.TrimSpace(html.UnescapeString(string(v))) }

func escapeAmp(s string) string { return strings.ReplaceAll(s, "&", "&amp;") }
