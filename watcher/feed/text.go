package feed

import (
	"regexp"
	"strings"

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
