package deliver

import (
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// marks are what stands around matched words and other parts of an alert on
// standard output.
type marks struct{ match, title, high, dim, removed, added, end string }

// Escape sequences of ANSI X3.64 that every terminal knows. Without colour,
// brackets show what matched.
var (
	colour = marks{match: "\x1b[1;33m", title: "\x1b[1m", high: "\x1b[1;31m", dim: "\x1b[2m", removed: "\x1b[9;31m", added: "\x1b[32m", end: "\x1b[0m"}
	plain  = marks{}
)

// textFormat is an alert for a person at a terminal:
//
//	HIGH  The Verge  2026-11-24 16:26 UTC
//	  [OpenAI] ends Azure exclusivity
//	  https://...
//	  azure-exclusivity: OpenAI, Azure, exclusivity
//	  The sentence of the text in which [OpenAI] stands.
//
// Other kinds than a first report have their paragraphs below the title, each
// link on a line of its own.
func textFormat(o options, a *storage.Alert) []byte {
	m := plain
	if o.colour {
		m = colour
	}
	if a.Kind != storage.First && a.Kind != storage.Test {
		return m.message(compose(a, false))
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

// Text is an alert in plain words, as standard output shows it.
func Text(a *storage.Alert) string { return string(textFormat(options{}, a)) }

// fileText is an alert as text in a file, which has no colour.
func fileText(_ options, a *storage.Alert) []byte { return textFormat(options{}, a) }

// heading is the line with severity, kind, feed and time.
func (m marks) heading(a *storage.Alert) string {
	return m.head(strings.ToUpper(clean(a.Severity)), kindName(a.Kind), feedName(a), when(a))
}

func (m marks) head(severity string, more ...string) string {
	if severity == "HIGH" {
		severity = m.high + severity + m.end
	}
	return strings.Join(nonEmpty(append([]string{severity}, more...)...), "  ")
}

// parts writes text with its matched words marked; around is the look of the
// text, to come back to after a mark.
func (m marks) parts(parts []storage.Part, around string) string {
	return m.runs(runsOf(parts, ""), around)
}

// message writes a message down.
func (m marks) message(msg message) []byte {
	var b strings.Builder
	b.WriteString(m.head(msg.severity, msg.head...) + "\n")
	write := func(before, around string, runs []run) {
		b.WriteString("  " + before + around + m.runs(runs, around) + m.reset(around) + "\n")
		last := ""
		for _, r := range runs {
			if r.link != "" && r.link != last {
				b.WriteString("  " + strings.Repeat(" ", len(before)) + r.link + "\n")
				last = r.link
			}
		}
	}
	if len(msg.title) > 0 {
		write("", m.title, msg.title)
	}
	for _, p := range msg.paras {
		switch p.kind {
		case entry:
			write("- ", "", p.runs)
		case heading:
			write("", m.title, p.runs)
		default:
			write("", "", p.runs)
		}
	}
	b.WriteString("\n")
	return []byte(b.String())
}

// reset ends a look, if there is one.
func (m marks) reset(around string) string {
	if around == "" {
		return ""
	}
	return m.end
}

// runs writes runs with their looks: in colour, or with the marks of wdiff.
func (m marks) runs(runs []run, around string) string {
	var b strings.Builder
	for _, r := range runs {
		before, after, look := "", "", ""
		switch r.look {
		case matched:
			before, after, look = "[", "]", m.match
		case removed:
			before, after, look = "[-", "-]", m.removed
		case added:
			before, after, look = "{+", "+}", m.added
		}
		switch {
		case before == "":
			b.WriteString(r.text)
		case m == plain:
			b.WriteString(before + r.text + after)
		default:
			b.WriteString(look + r.text + m.end + around)
		}
	}
	return b.String()
}
