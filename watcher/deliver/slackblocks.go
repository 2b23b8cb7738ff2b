package deliver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// Limits of a message of many paragraphs, well below those that Slack has for all
// blocks of one.
const (
	slackTotal     = 11000
	slackReserve   = 4000 // of it, for what is no entry
	slackLast      = 2500 // of that, for what does not belong to a list
	slackMaxBlocks = 48
	slackPara      = 1200 // of one entry or note
)

// slackBlocks lays a message out: the title as a header, or as a line where it is
// a quiet one; paragraphs together in sections, as many as Slack takes, and how
// many entries are missing where it takes no more.
func slackBlocks(m message) slackMessage {
	l := slackLayout{room: slackTotal}
	title := plainRuns(m.title)
	head := []run{{text: strings.Join(slices.Concat(nonEmpty(strings.ToLower(m.severity)), m.head), " · ")}}
	switch {
	case title == "":
	case m.quiet:
		l.add("section", "\n", mrkdwn(slackPara, head))
		l.add("section", "\n", mrkdwn(slackSection, m.title))
	default:
		emoji := false
		l.block(slackBlock{Type: "header", Text: &slackText{Type: "plain_text", Text: escape(slackHeader, title), Emoji: &emoji}})
		if link := m.title[0].link; link != "" { // A header can't be one.
			head = append(head, run{text: " · "}, run{text: "open", link: link})
		}
		l.add("context", "\n", mrkdwn(slackSection, head))
	}
	for _, p := range m.paras {
		switch p.kind {
		case entry:
			l.entry(p.runs)
		case note:
			l.add("context", "\n", mrkdwn(slackPara, p.runs))
		case rest:
			l.around("\n", mrkdwn(slackPara, p.runs))
		case heading:
			l.around("\n\n", mrkdwn(slackPara, p.runs))
		default:
			l.add("section", "\n\n", mrkdwn(slackSection, p.runs))
		}
	}
	if l.omitted > 0 {
		l.room += slackPara
		l.add("context", "\n", fmt.Sprintf("%s and %d more, for which a message has no room", ellipsis, l.omitted))
	}
	l.end()
	if title == "" && len(m.paras) > 0 {
		title = plainRuns(m.paras[0].runs)
	}
	return slackMessage{
		Text:   escape(slackSection, strings.Join(slices.Concat(nonEmpty(m.severity), m.head, nonEmpty(title)), " · ")),
		Blocks: l.blocks,
	}
}

// slackLine is an alert as one line with its link, for a Slack that takes no more.
func slackLine(a *storage.Alert) slackMessage {
	m := compose(a, false)
	head := strings.Join(slices.Concat(nonEmpty(m.severity), m.head), " · ")
	return slackMessage{Text: mrkdwn(slackSection, append([]run{{text: head + " · "}}, m.title...))}
}

// slackLayout gathers texts in blocks within the limits.
type slackLayout struct {
	blocks  []slackBlock
	room    int
	omitted int // entries that found no room

	kind string // of the block that is being filled
	text string
}

// entry adds an entry of a list, or counts it where there is no room: what
// stands around lists, such as what a brief covers, shall have its place.
func (l *slackLayout) entry(runs []run) {
	if l.omitted == 0 {
		if text := mrkdwn(slackPara, append([]run{{text: "• "}}, runs...)); width(text) <= l.room-slackReserve {
			l.add("section", "\n", text)
			return
		}
	}
	l.omitted++
}

// around adds what stands before or after a list, as far as there is room.
func (l *slackLayout) around(between, text string) {
	if width(text) <= l.room-slackLast {
		l.add("section", between, text)
	}
}

// add puts a text into the block that is being filled, or begins another. What
// finds no room is left out.
func (l *slackLayout) add(kind, between, text string) {
	if text == "" || width(between)+width(text) > l.room {
		return
	}
	if l.kind != kind || width(l.text)+width(between)+width(text) > slackSection {
		l.end()
		between = ""
	}
	if l.text == "" && len(l.blocks) >= slackMaxBlocks {
		return
	}
	l.room -= width(between) + width(text)
	l.kind, l.text = kind, l.text+between+text
}

// end closes the block that is being filled.
func (l *slackLayout) end() {
	if l.text == "" {
		return
	}
	t := slackText{Type: "mrkdwn", Text: l.text, Verbatim: true}
	if l.kind == "context" {
		l.blocks = append(l.blocks, slackBlock{Type: "context", Elements: []slackText{t}})
	} else {
		l.blocks = append(l.blocks, slackBlock{Type: "section", Text: &t})
	}
	l.kind, l.text = "", ""
}

func (l *slackLayout) block(b slackBlock) {
	l.blocks = append(l.blocks, b)
	l.room -= slackHeader
}

// mrkdwn writes runs for Slack, within a limit of characters.
func mrkdwn(limit int, runs []run) string {
	w := &slackWriter{room: limit}
	var whole []run
	for _, l := range linked(runs) {
		if l.Link == "" {
			whole = append(whole, l.Runs...)
		} else { // The name of a link has one look.
			whole = append(whole, run{text: plainRuns(l.Runs), link: l.Link})
		}
	}
	w.runs(whole)
	return w.String()
}

// plainRuns is the text of runs alone.
func plainRuns(runs []run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.text)
	}
	return b.String()
}
