package deliver

import (
	"regexp"
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// markdownFormat is an alert in CommonMark, with what GitHub adds for struck
// text.
func markdownFormat(_ options, a *storage.Alert) []byte {
	m := compose(a, false)
	var b strings.Builder
	b.WriteString("### " + markdown(m.title) + "\n\n")
	if head := strings.Join(append(nonEmpty(m.severity), m.head...), " · "); head != "" {
		b.WriteString("*" + markdownText(head) + "*\n\n")
	}
	list := false
	for _, p := range m.paras {
		isEntry := p.kind == entry || p.kind == rest
		if list && !isEntry {
			b.WriteString("\n")
		}
		list = isEntry
		switch p.kind {
		case entry, rest:
			b.WriteString("- " + markdown(p.runs) + "\n")
		case heading:
			b.WriteString("#### " + markdown(p.runs) + "\n\n")
		default:
			b.WriteString(markdown(p.runs) + "\n\n")
		}
	}
	if list {
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// markdown writes runs on one line of their own. What could mean something to a
// reader of Markdown is escaped, so nothing that a feed says is more than text.
func markdown(runs []run) string {
	var b strings.Builder
	for _, l := range linked(runs) {
		var inner strings.Builder
		for _, r := range l.Runs {
			inner.WriteString(markdownRun(r))
		}
		if l.Link != "" {
			b.WriteString("[" + inner.String() + "](" + markdownLink.Replace(l.Link) + ")")
			continue
		}
		b.WriteString(inner.String())
	}
	return markdownStart.ReplaceAllString(b.String(), `$1\$2`)
}

// markdownStart finds what makes a list or a rule of a line that begins with it.
var markdownStart = regexp.MustCompile(`^([0-9]*)([-+=.)])`)

func markdownRun(r run) string {
	text := strings.TrimSpace(r.text)
	mark := "**"
	switch {
	case text == "" || r.look == asIs:
		return markdownText(r.text)
	case r.look == removed:
		mark = "~~"
	}
	before, after, _ := strings.Cut(r.text, text)
	return before + mark + markdownText(text) + mark + after
}

// markdownText escapes plain text: what marks text up anywhere in a line, and
// what GitHub makes links and mentions of. ASCII punctuation after a backslash is
// itself and nothing else; < > & become entities, for not every reader keeps to
// that.
func markdownText(s string) string {
	return markdownWeb.ReplaceAllString(markdownEscaper.Replace(s), `$1\$2`)
}

var markdownEscaper = strings.NewReplacer(
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]",
	"#", "\\#", "|", "\\|", "~", "\\~", "$", "\\$", "@", "\\@", "^", "\\^",
)

// markdownWeb finds what looks like an address.
var markdownWeb = regexp.MustCompile(`(?i)(www|https?|ftp)([.:])`)

// markdownLink escapes what a web link may have that ends one in Markdown.
var markdownLink = strings.NewReplacer("(", "%28", ")", "%29", "[", "%5B", "]", "%5D", "&", "&amp;")
