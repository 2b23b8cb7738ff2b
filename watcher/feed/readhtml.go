package feed

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// isBlock knows the elements that part paragraphs.
func isBlock(name string) bool {
	switch name {
	case "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog",
		"dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
		"h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "ol", "optgroup", "option",
		"p", "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul":
		return true
	}
	return false
}

// isUnread knows the elements whose content nobody reads, or not as part of
// the text.
func isUnread(name string) bool {
	switch name {
	case "script", "style", "template", "noscript", "head", "title", "nav", "button", "select", "textarea",
		"iframe", "object", "svg", "math", "audio", "video", "canvas", "noframes", "noembed", "map", "datalist":
		return true
	}
	return false
}

// reader writes the text of HTML as it goes. gap is what must stand before the
// next word: 0, a space or a newline.
type reader struct {
	out  []byte
	gap  byte
	open []unread
	more *unread // a link to the rest, to be taken back if its line ends with it
}

// unread is an open element whose text may have to be taken back when it ends,
// and where it began. One that never ends keeps its text: so much is safer
// than to lose an article behind one forgotten tag.
type unread struct {
	name string
	at   int
	gap  byte
}

const maxUnread = 256

func readHTML(s string) string {
	z := html.NewTokenizer(strings.NewReader(s))
	r := &reader{out: make([]byte, 0, len(s)/2)}
	raw := false // the text that follows is script or style
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			if r.more != nil {
				r.takeBack(*r.more)
			}
			return string(r.out)
		case html.TextToken:
			if !raw {
				r.text(z.Text())
			}
			raw = false
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			tag, _ := z.TagName()
			name := localName(string(tag))
			raw = kind == html.StartTagToken && (name == "script" || name == "style")
			r.tag(name, kind)
		}
	}
}

func (r *reader) tag(name string, kind html.TokenType) {
	switch {
	case isBlock(name):
		r.gap = '\n'
	case name == "td" || name == "th":
		r.space()
	}
	if name != "a" && !isUnread(name) {
		return
	}
	switch kind {
	case html.StartTagToken:
		if len(r.open) < maxUnread {
			r.open = append(r.open, unread{name, len(r.out), r.gap})
		}
	case html.EndTagToken:
		r.close(name)
	}
}

// close takes back the text of the element, if it is not to be read.
func (r *reader) close(name string) {
	for i, u := range slices.Backward(r.open) {
		if u.name != name {
			continue
		}
		r.open = r.open[:i]
		switch {
		case name != "a":
			r.takeBack(u)
		case moreLinks.match(strings.TrimSpace(string(r.out[u.at:min(len(r.out), u.at+maxBoilerplate+1)]))):
			r.more = &u
		}
		return
	}
}

func (r *reader) takeBack(u unread) {
	r.out, r.more = r.out[:u.at], nil
	if r.gap != '\n' && u.gap != '\n' {
		r.gap = ' '
	} else {
		r.gap = '\n'
	}
}

func (r *reader) space() {
	if r.gap == 0 {
		r.gap = ' '
	}
}

// text adds character data, its white space folded.
func (r *reader) text(s []byte) {
	for len(s) > 0 {
		n := wordLen(s)
		if n > 0 {
			r.word(s[:n])
		} else {
			_, n = utf8.DecodeRune(s)
			r.space()
		}
		s = s[n:]
	}
}

func (r *reader) word(w []byte) {
	if r.more != nil && r.gap == '\n' {
		r.takeBack(*r.more)
	}
	r.more = nil
	if r.gap != 0 && len(r.out) > 0 {
		r.out = append(r.out, r.gap)
	}
	r.gap = 0
	r.out = append(r.out, w...)
}

// wordLen gives the length of what comes before the first white space.
func wordLen(s []byte) int {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if asciiSpace[s[i]] {
				return i
			}
			i++
			continue
		}
		c, n := utf8.DecodeRune(s[i:])
		if unicode.IsSpace(c) {
			return i
		}
		i += n
	}
	return len(s)
}

var asciiSpace = [utf8.RuneSelf]bool{'\t': true, '\n': true, '\v': true, '\f': true, '\r': true, ' ': true}
