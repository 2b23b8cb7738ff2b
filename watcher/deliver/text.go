package deliver

import (
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// marks are what stands around matched words and other parts of an alert on
// standard output.
type marks struct{ match, title, high, dim, end string }

// Escape sequences of ANSI X3.64 that every terminal knows. Without colour,
// brackets show what matched.
var (
	colour = marks{match: "\x1b[1;33m", title: "\x1b[1m", high: "\x1b[1;31m", dim: "\x1b[2m", end: "\x1b[0m"}
	plain  = marks{}
)

// textFormat is an alert for a person at a terminal:
//
//	HIGH  The Verge  2026-11-24 16:26 UTC
//	  [OpenAI] ends Azure exclusivity
//	  https://...
//	  azure-exclusivity: OpenAI, Azure, exclusivity
//	  The sentence of the text in which [OpenAI] stands.
func textFormat(o options, a *storage.Alert) []byte {
	m := plain
	if o.colour {
		m = colour
	}
	var b strings.Builder
	b.WriteString(m.heading(a) + "\n")
	line := func(s string) {
		if s != "" {
			b.WriteString("  " + s + "\n")
		}
	}
	line(m.title + m.parts(Headline(a), m.title) + m.end)
	line(webLink(a.Item.Link))
	for _, match := range a.Matches {
		if why := words(match); len(why) > 0 {
			line(clean(match.Rule) + m.dim + ": " + strings.Join(why, ", ") + m.end)
		} else {
			line(clean(match.Rule))
		}
	}
	line(m.parts(Sentence(a), ""))
	b.WriteString("\n")
	return []byte(b.String())
}

// heading is the line with severity, kind, feed and time.
func (m marks) heading(a *storage.Alert) string {
	severity := strings.ToUpper(clean(a.Severity))
	if a.Severity == "high" {
		severity = m.high + severity + m.end
	}
	return strings.Join(nonEmpty(severity, kindName(a.Kind), feedName(a), when(a)), "  ")
}

// parts writes text with its matched words marked; around is the look of the
// text, to come back to after a mark.
func (m marks) parts(parts []storage.Part, around string) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case !p.Match:
			b.WriteString(p.Text)
		case m == plain:
			b.WriteString("[" + p.Text + "]")
		default:
			b.WriteString(m.match + p.Text + m.end + around)
		}
	}
	return b.String()
}
