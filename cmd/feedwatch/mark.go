package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules"
)

// marker shows matched words in a text: bold where that can be seen, else in
// brackets.
type marker struct{ open, close string }

func newMarker(p *program) marker {
	if isTerminal(p.stdout) && showsColour() {
		return marker{"\x1b[1m", "\x1b[0m"}
	}
	return marker{"[", "]"}
}

// text marks the spans of a field in its text.
func (m marker) text(s, field string, spans []rules.Span) string {
	return m.cut(s, field, spans, 0, len(s))
}

// cut marks the spans that lie in s[from:to].
func (m marker) cut(s, field string, spans []rules.Span, from, to int) string {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b rules.Span) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
	var b strings.Builder
	at := from
	for _, span := range spans {
		if span.Field != field || span.Start < at || span.End > to {
			continue
		}
		b.WriteString(printableLine(s[at:span.Start]) + m.open + printableLine(s[span.Start:span.End]) + m.close)
		at = span.End
	}
	return b.String() + printableLine(s[at:to])
}

// excerpt is the text around the first span of the body, or "".
func (m marker) excerpt(body string, spans []rules.Span) string {
	const before, after = 60, 140 // bytes, then up to a space
	first := -1
	for _, s := range spans {
		if s.Field == "body" && (first < 0 || s.Start < first) {
			first = s.Start
		}
	}
	if first < 0 {
		return ""
	}
	from, to := max(0, first-before), min(len(body), first+after)
	for from > 0 && body[from-1] != ' ' && body[from-1] != '\n' && from > first-2*before {
		from--
	}
	for to < len(body) && body[to] != ' ' && body[to] != '\n' && to < first+2*after {
		to++
	}
	for from > 0 && !utf8.RuneStart(body[from]) {
		from--
	}
	for to < len(body) && !utf8.RuneStart(body[to]) {
		to++
	}
	excerpt := strings.TrimSpace(m.cut(body, "body", spans, from, to))
	if from > 0 {
		excerpt = "…" + excerpt
	}
	if to < len(body) {
		excerpt += "…"
	}
	return excerpt
}

// printableLine puts a text on one line and leaves out what a terminal would
// obey, since strangers wrote it.
func printableLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, s)
}

// wordsOf lists the texts of spans, each once.
func wordsOf(spans []rules.Span) string {
	var list []string
	for _, s := range spans {
		if w := printableLine(s.Text); !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	if len(list) == 0 {
		return "by where it comes from, or what it does not say"
	}
	return strings.Join(list, ", ")
}
