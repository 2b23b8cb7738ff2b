package deliver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// message is an alert in words, for people; a format writes it down. All text in
// it is clean, and all links are web links.
type message struct {
	severity string
	head     []string // what is said first and small: kind, feed, time
	title    []run
	quiet    bool // it says little that is new, and should look so
	paras    []para
}

// run is a stretch of text of one look.
type run struct {
	text string
	look look
	link string // where it leads; "" for nowhere
}

type look uint8

const (
	asIs    look = iota
	matched      // a rule matched it
	strong
	removed // in a difference
	added
)

// para is a paragraph of a message.
type para struct {
	kind paraKind
	runs []run
}

type paraKind uint8

const (
	body    paraKind = iota
	heading          // of the paragraphs that follow
	entry            // of a list
	rest             // of a list: how much of it is left out
	note             // said small
)

// Bounds of what is listed in a message; a format may have less room.
const (
	maxOutlets = 25 // of a follow-up
	maxNames   = 6  // of outlets, in running text
	maxStories = 20 // of a rule in a brief
	maxAiling  = 10 // feeds in a brief
)

// compose puts an alert into words. In a thread what the message it hangs on says
// is not said again.
func compose(a *storage.Alert, threaded bool) message {
	m := message{severity: strings.ToUpper(clean(a.Severity)), title: runsOf(Headline(a), webLink(a.Item.Link))}
	switch {
	case a.Kind == storage.FollowUp:
		m.followUp(a, threaded)
	case a.Kind == storage.Changed && a.Before != nil:
		m.change(a, threaded)
	case a.Notice != nil:
		m.notice(a)
	case a.Brief != nil:
		m.brief(a.Brief)
	default:
		m.head = nonEmpty(kindName(a.Kind), feedName(a), when(a))
		m.say(body, runsOf(Sentence(a), ""))
		m.rules(a)
	}
	if threaded {
		m.severity, m.head, m.quiet = "", nil, true
	}
	return m
}

// say adds a paragraph, if there is anything in it.
func (m *message) say(kind paraKind, runs []run) {
	if slices.ContainsFunc(runs, func(r run) bool { return r.text != "" }) {
		m.paras = append(m.paras, para{kind, runs})
	}
}

// sayf adds a paragraph of plain text.
func (m *message) sayf(kind paraKind, format string, args ...any) {
	m.say(kind, []run{{text: fmt.Sprintf(format, args...)}})
}

// more says how much of a list was left out, if anything.
func (m *message) more(n int, what string) {
	if n > 0 {
		m.sayf(rest, "… and %s", counted(n, "more "+what, "more "+plural(what)))
	}
}

func plural(what string) string {
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		return stem + "ies"
	}
	return what + "s"
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// runsOf are parts as runs that all lead to one place.
func runsOf(parts []storage.Part, link string) []run {
	runs := make([]run, len(parts))
	for i, p := range parts {
		runs[i] = run{text: p.Text, link: link}
		if p.Match {
			runs[i].look = matched
		}
	}
	return runs
}

// rules adds a line for each rule, with the words that matched.
func (m *message) rules(a *storage.Alert) {
	for _, match := range a.Matches {
		line := []run{{text: clean(match.Rule), look: strong}}
		if why := words(match); len(why) > 0 {
			line = append(line, run{text: ": " + strings.Join(why, ", ")})
		}
		m.say(note, line)
	}
}

// ruleNames adds one line for all rules: the words that matched are in the event
// and in feedwatch alerts show.
func (m *message) ruleNames(a *storage.Alert) {
	names := make([]string, len(a.Matches))
	for i, match := range a.Matches {
		names[i] = clean(match.Rule)
	}
	if names = nonEmpty(names...); len(names) > 0 {
		m.sayf(note, "rules: %s", strings.Join(names, ", "))
	}
}

// followUp tells who else tells the story by now.
func (m *message) followUp(a *storage.Alert, threaded bool) {
	m.quiet = true
	outlets := a.Outlets
	if a.Item.Title != "" && !slices.ContainsFunc(outlets, func(o storage.Outlet) bool { return o.Name == a.Item.FeedName }) {
		// An outlet that told of it before has more to say.
		outlets = append(slices.Clip(outlets), itemOutlet(&a.Item))
	}
	m.head = nonEmpty(kindName(a.Kind), feedName(a), when(a))
	switch {
	case len(outlets) > 1:
		m.head = nonEmpty(kindName(a.Kind), stampIn(a.Created, time.UTC))
		m.title = []run{{text: fmt.Sprintf("%d more outlets: %s", len(outlets), namesOf(outlets))}}
		if threaded {
			m.title = []run{{text: fmt.Sprintf("%d more outlets", len(outlets))}}
		}
		shown := outlets[:min(len(outlets), maxOutlets)]
		for _, o := range shown {
			m.say(entry, outletLine(o))
		}
		m.more(len(outlets)-len(shown), "outlet")
	case threaded:
		m.title = nil
		m.say(body, outletLine(itemOutlet(&a.Item)))
	}
	m.ruleNames(a)
	if a.Count > 1 && !threaded {
		m.sayf(note, "%d items tell the story by now", a.Count)
	}
}

func itemOutlet(it *storage.Item) storage.Outlet {
	return storage.Outlet{Name: it.FeedName, Tier: it.Tier, At: it.Seen, Item: it.ID, Title: it.Title, Link: it.Link}
}

// outletLine is an outlet with its title, and when it came.
func outletLine(o storage.Outlet) []run {
	line := []run{{text: titleOr(o.Title), link: webLink(o.Link)}}
	if about := strings.Join(nonEmpty(cut(clean(o.Name), 120), stampIn(o.At, time.UTC)), ", "); about != "" {
		line = append(line, run{text: " (" + about + ")"})
	}
	return line
}

// titleOr is a title for people, who need a name for what has none.
func titleOr(title string) string {
	if t := join(cleanParts(shortened(title))); t != "" {
		return t
	}
	return "(no title)"
}

// shortened is a text cut as a sentence is.
func shortened(text string) []storage.Part {
	start, end := shorten(text, 0, len(text), 0)
	parts := []storage.Part{{Text: text[start:end]}}
	if end < len(text) {
		parts = append(parts, storage.Part{Text: ellipsis})
	}
	return parts
}

// namesOf lists outlets by name in running text.
func namesOf(outlets []storage.Outlet) string {
	var names []string
	for _, o := range outlets[:min(len(outlets), maxNames)] {
		names = append(names, cut(clean(o.Name), 60))
	}
	text := strings.Join(names, ", ")
	if n := len(outlets) - len(names); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// change shows what an item says now against what was told.
func (m *message) change(a *storage.Alert, threaded bool) {
	m.head = nonEmpty(kindName(a.Kind), feedName(a), stampIn(a.Before.Until, time.UTC))
	if threaded {
		m.title = nil
		m.say(body, []run{{text: nameOr(feedName(a)) + " changed "}, {text: titleOr(a.Item.Title), link: webLink(a.Item.Link)}})
	}
	title := differ(a.Before.Title, a.Item.Title).shown()
	text := differ(a.Before.Text, a.Item.Text).shown()
	if len(title) > 0 {
		m.say(body, append([]run{{text: "Title: "}}, title...))
	}
	if len(text) > 0 {
		m.say(body, append([]run{{text: "Text: "}}, text...))
	}
	if len(title)+len(text) == 0 {
		m.sayf(body, "What changed is beyond the part that is shown here.")
	}
	m.rules(a)
}

func nameOr(name string) string {
	if name == "" {
		return "The feed"
	}
	return name
}

// notice says what feedwatch has to say about itself.
func (m *message) notice(a *storage.Alert) {
	m.head = nonEmpty(kindName(a.Kind), stampIn(a.Created, time.UTC))
	for text := range strings.SplitSeq(a.Notice.Text, "\n\n") {
		m.say(body, []run{{text: cut(clean(text), 2000)}})
	}
	shown := a.Notice.Items[:min(len(a.Notice.Items), maxOutlets)]
	for _, o := range shown {
		m.say(entry, outletLine(o))
	}
	m.more(len(a.Notice.Items)-len(shown), "item")
}

// stampIn is a time for people, to the minute and with its zone; "" for none.
func stampIn(t time.Time, zone *time.Location) string {
	if stamp(t) == "" {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04 MST")
}

// linkedRuns are runs that lead to one place, "" for nowhere.
type linkedRuns struct {
	Link string
	Runs []run
}

// linked puts runs that follow each other and lead to one place together.
func linked(runs []run) []linkedRuns {
	var out []linkedRuns
	for _, r := range runs {
		if n := len(out); n == 0 || out[n-1].Link != r.link {
			out = append(out, linkedRuns{Link: r.link})
		}
		last := &out[len(out)-1]
		last.Runs = append(last.Runs, r)
	}
	return out
}
