package feed

import (
	"bytes"
	"html"
	"strconv"
	"strings"
)

// gofeed decodes a text several times over, at some 40 ns a byte. Most of a feed
// is the long texts of its entries, of which it changes nothing but references.
// So each is set aside: a marker goes through gofeed in its place, and the text
// is put back in the field that the marker came out in. A text goes back once,
// and into its own entry only, so that a feed that writes markers of its own
// gains nothing.
const (
	longText = 64 // bytes; what is shorter is cheaper to leave alone
	marker   = "\ue000"
)

// setAside takes a text out of the way, if it is long and stands where one is
// put back. It copies the white space around it, which gofeed trims.
func (m *mender) setAside(s []byte, cdata bool) bool {
	if len(s) < longText || m.item == 0 || len(m.open) <= m.item {
		return false
	}
	e := &m.open[len(m.open)-1]
	if !holdsProse(e.name) || !cdata && e.verbatim {
		return false
	}
	lead, trail := 0, len(s)
	if !cdata {
		trail = len(bytes.TrimRight(s, " \t\r\n"))
		lead = trail - len(bytes.TrimLeft(s[:trail], " \t\r\n"))
	}
	mark := &m.result.items[len(m.result.items)-1]
	mark.texts = append(mark.texts, m.prose(s[lead:trail], cdata))
	m.out = append(m.out, s[:lead]...)
	m.out = append(m.out, marker...)
	m.out = strconv.AppendInt(m.out, int64(len(mark.texts)-1), 10)
	m.out = append(m.out, marker...)
	m.out = append(m.out, s[trail:]...)
	return true
}

// prose is what gofeed would have made of a text.
func (m *mender) prose(s []byte, cdata bool) string {
	switch {
	case cdata && !needsMending(s):
		return string(s)
	case cdata:
		return string(m.legal(make([]byte, 0, len(s)), s))
	case m.needsMending(s):
		s = m.references(make([]byte, 0, len(s)), s)
	}
	return decodeReferences(string(s))
}

// isUnreadElement knows children of entries that nothing here reads, and that
// gofeed spends more on than on all the rest of an entry: a map for each. They go
// by the prefixes that everybody gives them.
func isUnreadElement(name string) bool {
	switch name {
	case "media:content", "media:thumbnail", "media:credit", "media:keywords", "media:text", "media:copyright", "media:rating",
		"media:community", "enclosure", "comments", "source", "slash:comments", "slash:section", "slash:department",
		"slash:hit_parade", "wfw:comment", "wfw:commentRss", "thr:total", "post-id", "itunes:image", "itunes:explicit",
		"itunes:duration", "dc:rights", "dc:format", "dc:identifier", "dc:language", "dc:publisher",
		"georss:point", "geo:lat", "geo:long":
		return true
	}
	return false
}

// holdsProse knows the elements whose texts are put back: field is asked for
// each of them, and extensions for those of Media RSS.
func holdsProse(name string) bool {
	switch localName(name) {
	case "description", "encoded", "content", "summary", "body", "fullitem":
		return true
	}
	return false
}

// putBack writes the texts for the markers in s. Each is given once.
func (k *entryMark) putBack(s string) string {
	if len(k.texts) == 0 || !strings.Contains(s, marker) {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, marker)
		if !ok {
			break
		}
		digits, after, _ := strings.Cut(rest, marker)
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n >= len(k.texts) {
			b.WriteString(before + marker)
			s = rest
			continue
		}
		if before == "" && after == "" && b.Len() == 0 {
			after, k.texts[n] = k.texts[n], ""
			return after // The one text of its field, which is nearly all of them.
		}
		b.WriteString(before + k.texts[n])
		k.texts[n], s = "", after
	}
	b.WriteString(s)
	return b.String()
}

// maxReference is longer than the longest name of a character reference.
const maxReference = 64

// decodeReferences decodes as gofeed does: HTML's names, too, but only what ends
// with a semicolon, since an address may hold "&copy=2".
func decodeReferences(s string) string {
	at := strings.IndexByte(s, '&')
	if at < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for at >= 0 {
		out, s = append(out, s[:at]...), s[at:]
		n, text := decodeReference(s)
		out, s = append(out, text...), s[n:]
		at = strings.IndexByte(s, '&')
	}
	return string(append(out, s...))
}

// decodeReference reads what stands at the "&" that s begins with, and gives its
// length and its text.
func decodeReference(s string) (int, string) {
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 0 {
		return 1, "&"
	}
	span := s[:end+1]
	switch span { // The five of XML, which are nearly all there are.
	case "&lt;":
		return 4, "<"
	case "&gt;":
		return 4, ">"
	case "&amp;":
		return 5, "&"
	case "&quot;":
		return 6, `"`
	}
	if strings.ContainsAny(span, " \t\r\n") {
		return 1, "&"
	}
	text := html.UnescapeString(span)
	if text == span || text == html.UnescapeString(span[:end])+";" {
		return 1, "&"
	}
	return end + 1, text
}
