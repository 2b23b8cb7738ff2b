package deliver

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/storage"
)

// slackWriter builds a text of at most room characters, counted escaped. What
// does not fit is cut, with an ellipsis, and all that follows is left out.
type slackWriter struct {
	b    strings.Builder
	room int
	full bool
}

func (w *slackWriter) String() string { return w.b.String() }

// raw writes text that is ready for Slack, whole or not at all.
func (w *slackWriter) raw(s string) {
	if n := width(s); !w.full && n <= w.room-1 { // 1 is kept for an ellipsis
		w.b.WriteString(s)
		w.room -= n
		return
	}
	w.end()
}

func (w *slackWriter) end() {
	if !w.full {
		w.b.WriteString(ellipsis)
		w.full = true
	}
}

// parts writes text with its matched words in bold.
func (w *slackWriter) parts(parts []storage.Part) { w.runs(runsOf(parts, "")) }

// runs writes runs with their looks, as far as Slack can show them: next to a
// letter, around a space or with the mark itself inside, the marks would stand
// there as they are. What a difference removes or adds gets others then.
func (w *slackWriter) runs(runs []run) {
	for i, r := range runs {
		text := strings.TrimSpace(r.text)
		switch {
		case r.link != "":
			if link := slackLink(r.link, r.text); width(link) < w.room {
				w.raw(link)
			} else {
				w.text(r.text)
			}
			continue
		case r.look == asIs || text == "":
			w.text(r.text)
			continue
		}
		mark := "*"
		if r.look == removed {
			mark = "~"
		}
		before, after, _ := strings.Cut(r.text, text)
		shown := !strings.Contains(text, mark) &&
			(before != "" || !touches(runs[:i], true)) && (after != "" || !touches(runs[i+1:], false))
		switch {
		case shown:
			w.raw(before + mark + escape(slackSection, text) + mark + after)
		case r.look == removed:
			w.text("[-" + r.text + "-]")
		case r.look == added:
			w.text("{+" + r.text + "+}")
		default:
			w.text(r.text)
		}
	}
}

// touches tells whether a neighbouring run meets this one in a letter, a digit or
// a mark.
func touches(runs []run, before bool) bool {
	if len(runs) == 0 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(runs[0].text)
	if before {
		r, _ = utf8.DecodeLastRuneInString(runs[len(runs)-1].text)
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '*' || r == '~'
}

// text writes plain text, escaped, rune by rune as far as there is room.
func (w *slackWriter) text(s string) {
	for _, r := range s {
		if w.full {
			return
		}
		w.raw(escapeRune(r))
	}
}

// escape makes plain text safe for Slack within a limit of characters, counted
// as they stand there escaped; see
// https://api.slack.com/reference/surfaces/formatting#escaping.
func escape(limit int, s string) string {
	full := slackEscaper.Replace(s)
	if width(full) <= limit {
		return full
	}
	w := &slackWriter{room: limit}
	w.text(s)
	w.end()
	return w.String()
}

var slackEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escapeRune(r rune) string { return slackEscaper.Replace(string(r)) }

// width counts characters as the strictest reading of Slack's limits does: in
// UTF-16, where those beyond the basic plane count as two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
