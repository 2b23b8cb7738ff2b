package feed

import (
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
// leaves all else byte for byte as it is. It knows tags and comments, and that
// scripts and styles hold neither; the rest of HTML's rules do not matter to it.
func absoluteHTML(s string, base *url.URL) string {
	if base == nil || !strings.Contains(s, "<") || !strings.Contains(s, "=") {
		return s
	}
	w := rebaser{in: s, base: base}
	for i := 0; i < len(s); {
		open := strings.IndexByte(s[i:], '<')
		if open < 0 {
			break
		}
		i = w.tag(i + open)
		if len(w.out) > maxField+len(s) {
			return s // Amplification, not a text.
		}
	}
	if w.done == 0 {
		return s
	}
	return string(append(w.out, s[w.done:]...))
}

var escapeAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// rebaser rewrites the addresses of one text.
type rebaser struct {
	in   string
	base *url.URL
	out  []byte
	done int // how much of in stands in out
}

// tag deals with what begins with "<" at i and gives where to go on.
func (w *rebaser) tag(i int) int {
	if strings.HasPrefix(w.in[i:], "<!--") {
		return w.past("-->", i+4)
	}
	name := tagName(w.in[i+1 : min(len(w.in), i+1+maxName)])
	if name == "" {
		return i + 1
	}
	i += 1 + len(name)
	for i < len(w.in) && w.in[i] != '>' {
		i = w.attr(i)
	}
	switch strings.ToLower(name) {
	case "script", "style":
		return w.past("</"+name, i)
	}
	return i
}

// past gives where s ends after i; the end of the text where it is not met.
func (w *rebaser) past(s string, i int) int {
	if n := strings.Index(w.in[min(i, len(w.in)):], s); n >= 0 {
		return min(i, len(w.in)) + n + len(s)
	}
	return len(w.in)
}

// attr reads one attribute, or the space or slash before it, and gives where it ends.
func (w *rebaser) attr(i int) int {
	start := i
	for i < len(w.in) && isNameByte(w.in[i], i == start) {
		i++
	}
	if i == start {
		return i + 1
	}
	name := w.in[start:i]
	for i < len(w.in) && isSpace(w.in[i]) {
		i++
	}
	if i == len(w.in) || w.in[i] != '=' {
		return i
	}
	for i++; i < len(w.in) && isSpace(w.in[i]); i++ {
	}
	from, to, end := w.value(i)
	quoted := end > to
	if isAddressAttr(name) && (!quoted || !isAbsolute(w.in[from:to])) {
		w.replace(from, to, quoted)
	}
	return end
}

// value finds the value that begins at i, quoted or not, and where it ends with
// its quote.
func (w *rebaser) value(i int) (from, to, end int) {
	if i < len(w.in) && (w.in[i] == '"' || w.in[i] == '\'') {
		n := strings.IndexByte(w.in[i+1:], w.in[i])
		if n < 0 {
			return len(w.in), len(w.in), len(w.in)
		}
		return i + 1, i + 1 + n, i + n + 2
	}
	n := strings.IndexAny(w.in[i:], " \t\r\n>")
	if n < 0 {
		n = len(w.in) - i
	}
	return i, i + n, i + n
}

// replace writes the absolute address for a relative one. An unquoted value gets
// quotes, since either may hold what ends it.
func (w *rebaser) replace(from, to int, quoted bool) {
	was := html.UnescapeString(w.in[from:to])
	abs := firstOf(resolve(w.base, was), was)
	if quoted && (abs == was || isAbsolute(was)) {
		return
	}
	if w.out == nil {
		w.out = make([]byte, 0, len(w.in)+len(w.in)/4)
	}
	w.out = append(w.out, w.in[w.done:from]...)
	if !quoted {
		w.out = append(w.out, '"')
	}
	w.out = append(w.out, escapeAttr.Replace(abs)...)
	if !quoted {
		w.out = append(w.out, '"')
	}
	w.done = to
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
