package feed

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

var (
	// anyTag and anyReference tell HTML from plain text.
	anyTag       = regexp.MustCompile(`<(?:/?[A-Za-z]|!--)[^>]*>`)
	anyReference = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
)

// PlainText gives what a person would read of a piece of HTML, or of a whole
// page: block elements part paragraphs with a newline, entities are decoded,
// runs of white space become one space, and scripts, styles, menus and the
// lines that surround an article ("Continue reading", "Comments", newsletter
// pleas) are left out. Alternative texts of images are not read. Text that
// holds neither a tag nor a character reference goes through unchanged but for
// white space: its lines stay lines.
func PlainText(s string) string {
	text, marked := read(s)
	if marked {
		return dropBoilerplate(text)
	}
	return text
}

// read gives the text of HTML or of plain text; marked says which it was.
func read(s string) (text string, marked bool) {
	switch {
	case strings.Contains(s, "<") && anyTag.MatchString(s):
		return readHTML(s), true
	case strings.Contains(s, "&") && anyReference.MatchString(s):
		return foldLines(html.UnescapeString(s)), true
	}
	return foldLines(s), false
}

// entryText is what rules read of an entry: the summary, and the content where
// it says more.
func entryText(d *draft) string {
	summary, _ := read(d.Summary)
	content, _ := read(d.Content)
	if d.plain {
		content = foldLines(d.Content)
	}
	return joinTexts(dropBoilerplate(summary), dropBoilerplate(content))
}

func joinTexts(summary, content string) string {
	switch {
	case summary == "":
		return content
	case content == "" || contains(summary, content):
		return summary
	case contains(content, summary):
		return content
	}
	return summary + "\n" + content
}

// contains says whether the excerpt is all in the text, however either is
// broken into lines and whatever marks the place where the excerpt was cut.
func contains(text, excerpt string) bool {
	for _, mark := range []string{"[…]", "[...]", "…", "..."} {
		excerpt = strings.TrimSpace(strings.TrimSuffix(excerpt, mark))
	}
	if len(excerpt) > len(text) {
		return false
	}
	return strings.Contains(strings.ReplaceAll(text, "\n", " "), strings.ReplaceAll(excerpt, "\n", " "))
}

// titleText gives a title as plain text on one line. Titles are HTML in some
// feeds and plain in others, so only what is surely mark-up is taken out:
// "Vec<u8> in Rust" stays.
func titleText(s string) string {
	if strings.Contains(s, "<") {
		s = stripInline(s)
	} else if strings.Contains(s, "&") {
		s = html.UnescapeString(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

func stripInline(s string) string {
	z := html.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		case html.CommentToken, html.DoctypeToken:
			if raw := z.Raw(); !strings.HasPrefix(string(raw), "<!--") {
				b.Write(raw)
			}
		default:
			raw := string(z.Raw())
			name, _ := z.TagName()
			if !isInline(string(name)) {
				b.WriteString(raw)
			} else if isBlock(string(name)) {
				b.WriteByte(' ')
			}
		}
	}
}

// isInline knows the elements that are met in titles.
func isInline(name string) bool {
	switch name {
	case "a", "abbr", "b", "bdi", "bdo", "big", "br", "cite", "code", "del", "dfn", "div", "em", "font",
		"h1", "h2", "h3", "h4", "h5", "h6", "i", "img", "ins", "kbd", "mark", "nobr", "p", "q", "s", "samp",
		"small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr":
		return true
	}
	return false
}

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
	for i := len(r.open) - 1; i >= 0; i-- {
		u := r.open[i]
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
	if r.gap != '\n' {
		r.gap = max(u.gap, ' ')
	}
	if u.gap == '\n' {
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
		c, n := utf8.DecodeRune(s)
		if unicode.IsSpace(c) {
			r.space()
		} else {
			if r.more != nil && r.gap == '\n' {
				r.takeBack(*r.more)
			}
			r.more = nil
			if r.gap != 0 && len(r.out) > 0 {
				r.out = append(r.out, r.gap)
			}
			r.gap = 0
			r.out = append(r.out, s[:n]...)
		}
		s = s[n:]
	}
}

// foldLines folds the white space of plain text and keeps its lines.
func foldLines(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for line := range strings.FieldsFuncSeq(s, isLineEnd) {
		empty := true
		for word := range strings.FieldsSeq(line) {
			if !empty {
				b.WriteByte(' ')
			} else if b.Len() > 0 {
				b.WriteByte('\n')
			}
			empty = false
			b.WriteString(word)
		}
	}
	return b.String()
}

func isLineEnd(r rune) bool {
	return r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029
}
