package deliver

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/clipperhouse/uax29/v2/sentences"

	"github.com/feedwatch/feedwatch/storage"
)

// clean makes text from a feed fit for people's eyes on one line. Control
// characters (line ends, escape sequences) and marks that turn the writing
// direction could forge what surrounds the text. The former become spaces, runs
// of which shrink to one; the latter go, as do other characters that show
// nothing. Joiners stay, for emoji and several scripts need them.
func clean(s string) string { return join(cleanParts([]storage.Part{{Text: s}})) }

// cleanParts is clean for a text in parts.
func cleanParts(parts []storage.Part) []storage.Part {
	var out []storage.Part
	space := true // Before the first word none is wanted.
	for _, p := range parts {
		var b strings.Builder
		for _, r := range p.Text {
			if unicode.IsControl(r) || unicode.IsSpace(r) {
				r = ' '
			}
			if invisible(r) || r == ' ' && space {
				continue
			}
			space = r == ' '
			b.WriteRune(r)
		}
		if b.Len() > 0 {
			out = append(out, storage.Part{Text: b.String(), Match: p.Match})
		}
	}
	if n := len(out); n > 0 {
		if out[n-1].Text = strings.TrimRight(out[n-1].Text, " "); out[n-1].Text == "" {
			out = out[:n-1]
		}
	}
	return out
}

// invisible tells marks of direction, interlinear annotation, invisible
// operators, tags and the byte order mark.
func invisible(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == 0xFEFF ||
		r >= 0x2060 && r <= 0x206F || r >= 0xFFF9 && r <= 0xFFFB || r >= 0xE0000 && r <= 0xE007F
}

// cut shortens to at most n bytes, on a rune boundary and with an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len(ellipsis)], "") + ellipsis
}

const ellipsis = "…"

// Headline is the alert's title in parts, cut as a sentence is; an item without
// one still needs a name that can be read out.
func Headline(a *storage.Alert) []storage.Part {
	switch {
	case a.Notice != nil:
		return []storage.Part{{Text: titleOr(a.Notice.Title)}}
	case a.Brief != nil:
		return []storage.Part{{Text: briefTitle(a.Brief)}}
	}
	n := len(a.Item.Title)
	start, end := shorten(a.Item.Title, 0, n, 0)
	parts := cleanParts(within(a.Parts("title"), start, end))
	switch {
	case len(parts) == 0:
		return []storage.Part{{Text: "(no title)"}}
	case end < n:
		parts[len(parts)-1].Text += ellipsis
	}
	return parts
}

// plainTitle is the headline without marks.
func plainTitle(a *storage.Alert) string { return join(Headline(a)) }

func join(parts []storage.Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// nonEmpty leaves out what is empty.
func nonEmpty(in ...string) []string {
	return slices.DeleteFunc(in, func(s string) bool { return s == "" })
}

// sentenceBytes bounds a sentence for people: some are a page long.
const sentenceBytes = 320

// Sentence is the sentence of the body with the first match in it, or the first
// one where the match is elsewhere. A long one is cut around the match.
func Sentence(a *storage.Alert) []storage.Part {
	parts := a.Parts("body")
	at := firstMatch(parts)
	from, to := sentenceAt(a.Item.Text, at)
	start, end := shorten(a.Item.Text, from, to, at)
	parts = cleanParts(within(parts, start, end))
	if n := len(parts); n > 0 {
		if start > from {
			parts[0].Text = ellipsis + parts[0].Text
		}
		if end < to {
			parts[n-1].Text += ellipsis
		}
	}
	return parts
}

// firstMatch is where the first marked part begins, or 0.
func firstMatch(parts []storage.Part) int {
	at := 0
	for _, p := range parts {
		if p.Match {
			return at
		}
		at += len(p.Text)
	}
	return 0
}

// sentenceAt gives the bounds of the sentence around a place, by UAX #29.
func sentenceAt(text string, at int) (from, to int) {
	for it := sentences.FromString(text); it.Next(); {
		from, to = it.Start(), it.End()
		if at < to && strings.TrimSpace(it.Value()) != "" {
			break
		}
	}
	return from, to
}

// shorten cuts a sentence to sentenceBytes around a place in it, between words.
func shorten(text string, from, to, at int) (start, end int) {
	start, end = from, to
	if end-start > sentenceBytes && at-start > sentenceBytes/2 {
		start = wordStart(text, at-sentenceBytes/3)
	}
	if end-start > sentenceBytes {
		end = wordStart(text, start+sentenceBytes)
	}
	return start, end
}

// wordStart goes back from a place to the beginning of the word there; in a
// script or a string without spaces, to that of the rune.
func wordStart(text string, at int) int {
	const reach = 40
	from := max(0, at-reach)
	if i := strings.LastIndexByte(text[from:at], ' '); i >= 0 {
		return from + i + 1
	}
	for at > 0 && text[at]&0xC0 == 0x80 {
		at--
	}
	return at
}

// within cuts parts to the bytes [start, end) of the text they make up.
func within(parts []storage.Part, start, end int) []storage.Part {
	var out []storage.Part
	at := 0
	for _, p := range parts {
		lo, hi := max(start, at), min(end, at+len(p.Text))
		if lo < hi {
			out = append(out, storage.Part{Text: p.Text[lo-at : hi-at], Match: p.Match})
		}
		at += len(p.Text)
	}
	return out
}

// words lists what matched of a rule, each once whatever its case, in order.
func words(m storage.Match) []string {
	var out []string
	seen := make(map[string]bool)
	for _, s := range m.Spans {
		word := cut(clean(s.Text), 80)
		if key := strings.ToLower(word); word != "" && !seen[key] {
			seen[key] = true
			out = append(out, word)
		}
	}
	return out
}

// feedName is what a person calls the feed.
func feedName(a *storage.Alert) string { return cut(clean(a.Item.FeedName), 120) }

// when is the item's date for people: what the feed says, else when it was
// first seen. In UTC, so that what two readers quote is the same.
func when(a *storage.Alert) string {
	for _, at := range []time.Time{a.Item.Published, a.Item.Seen, a.Created} {
		if stamp(at) != "" {
			return at.UTC().Format("2006-01-02 15:04") + " UTC"
		}
	}
	return ""
}

// kindName is how people are told what sort of alert it is; a first report
// needs no word.
func kindName(k storage.Kind) string {
	if k == storage.First {
		return ""
	}
	return clean(string(k))
}

// webLink makes a link safe to show and to click: http or https with a host,
// nothing else; no userinfo, which only makes a host look like another; and all
// that is not printable ASCII percent-encoded, as are the characters that end a
// link in some format. It is "" for what is no such link or longer than 2,000
// bytes, for a link can't be cut.
func webLink(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	u.User = nil
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7F || strings.IndexByte("<>|\"'`\\^{}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() > 2000 {
		return ""
	}
	return b.String()
}
