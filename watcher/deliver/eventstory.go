package deliver

import (
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// eventOutlet is a source of a story.
type eventOutlet struct {
	Name  string `json:"name"`
	Tier  int    `json:"tier,omitempty"`
	At    string `json:"at,omitempty"` // when its first item of the story was seen
	Item  string `json:"item,omitempty"`
	Title string `json:"title,omitempty"`
	Link  string `json:"link,omitempty"`
}

// eventChange is what an item said and says.
type eventChange struct {
	At     string      `json:"at,omitempty"` // when it was seen
	Before eventText   `json:"before"`
	After  eventText   `json:"after"`
	Title  []eventDiff `json:"title_diff"` // empty where the title did not change
	Text   []eventDiff `json:"text_diff"`
	// Omitted are the runs of text_diff that are not listed.
	Omitted int `json:"text_diff_omitted,omitempty"`
}

type eventText struct {
	Title   string `json:"title"`
	Excerpt string `json:"excerpt"`
}

// eventDiff is a run of words that stayed, went or came.
type eventDiff struct {
	Op   string `json:"op"` // equal, delete, insert
	Text string `json:"text"`
}

// eventNotice is what feedwatch says about itself.
type eventNotice struct {
	Topic   string        `json:"topic"`
	About   string        `json:"about,omitempty"`
	Title   string        `json:"title"`
	Text    string        `json:"text"`
	Items   []eventOutlet `json:"items,omitempty"`
	Omitted int           `json:"items_omitted,omitempty"`
}

// eventBrief is a summary of a span of time.
type eventBrief struct {
	Since   string           `json:"since"`
	Until   string           `json:"until"`
	Zone    string           `json:"zone"`
	Rules   []eventBriefRule `json:"rules"`
	Items   int              `json:"items"`
	Healthy int              `json:"healthy_feeds"`
	Ailing  []eventAiling    `json:"ailing_feeds"`
	Omitted int              `json:"ailing_feeds_omitted,omitempty"`
}

type eventBriefRule struct {
	Rule     string       `json:"rule"`
	Severity string       `json:"severity,omitempty"`
	Stories  []eventStory `json:"stories"`
	Omitted  int          `json:"stories_omitted,omitempty"`
}

type eventStory struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Link    string        `json:"link,omitempty"`
	First   string        `json:"first,omitempty"`
	Items   int           `json:"items"`
	Outlets []eventOutlet `json:"outlets"`
	Omitted int           `json:"outlets_omitted,omitempty"`
}

type eventAiling struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Since string `json:"since,omitempty"`
}

// plainLink is a link that can be handed on to a program that shows it: a script,
// say, can't.
func plainLink(link string) string {
	if webLink(link) == "" {
		return ""
	}
	return link
}

// firstOf gives the first n of a list, and how many are left out.
func firstOf[T any](list []T, n int) (first []T, omitted int) {
	first = list[:min(len(list), n)]
	return first, len(list) - len(first)
}

// newEventOutlets lists outlets, n at most.
func newEventOutlets(list []storage.Outlet, n int) (out []eventOutlet, omitted int) {
	list, omitted = firstOf(list, n)
	for _, o := range list {
		out = append(out, eventOutlet{
			Name: cut(o.Name, 200), Tier: o.Tier, At: stamp(o.At), Item: o.Item, Title: cut(o.Title, 500), Link: plainLink(o.Link),
		})
	}
	return out, omitted
}

// newEventChange has up to 40 bytes of each text for each place there is room for.
func newEventChange(a *storage.Alert, room int) *eventChange {
	e := &eventChange{
		At:     stamp(a.Before.Until),
		Before: eventText{cut(a.Before.Title, 2000), atMost(a.Before.Text, 40*room)},
		After:  eventText{cut(a.Item.Title, 2000), atMost(a.Item.Text, 40*room)},
		Title:  newEventDiff(differ(a.Before.Title, a.Item.Title), 40*room),
	}
	text, omitted := firstOf(differ(a.Before.Text, a.Item.Text), 4*room)
	e.Text, e.Omitted = newEventDiff(text, 40*room), omitted
	return e
}

// atMost is a text of at most n bytes; nothing, where n is too little for any.
func atMost(s string, n int) string {
	if n < len(ellipsis) {
		return ""
	}
	return cut(s, n)
}

// newEventDiff shortens what stayed, for both texts are there, and runs of more
// than n bytes.
func newEventDiff(d difference, n int) []eventDiff {
	out := []eventDiff{}
	if len(d) == 1 && d[0].look == asIs {
		return out
	}
	op := map[look]string{asIs: "equal", removed: "delete", added: "insert"}
	for _, r := range d {
		if words := strings.Fields(r.text); r.look == asIs && len(words) > 12 {
			r.text = strings.Join(words[:6], " ") + " " + ellipsis + " " + strings.Join(words[len(words)-6:], " ")
		}
		out = append(out, eventDiff{op[r.look], atMost(r.text, n)})
	}
	return out
}

func newEventNotice(n *storage.Memo, room int) *eventNotice {
	e := &eventNotice{Topic: n.Topic, About: n.About, Title: cut(n.Title, 2000), Text: cut(n.Text, 8000)}
	e.Items, e.Omitted = newEventOutlets(n.Items, room)
	return e
}

func newEventBrief(b *storage.Bulletin, room int) *eventBrief {
	e := &eventBrief{
		Since: stamp(b.Since), Until: stamp(b.Until), Zone: b.Zone, Items: b.Items, Healthy: b.Healthy,
		Rules: []eventBriefRule{}, Ailing: []eventAiling{},
	}
	for _, r := range b.Rules {
		rule := eventBriefRule{Rule: r.Rule, Severity: r.Severity, Stories: []eventStory{}}
		stories, omitted := firstOf(r.Stories, room)
		rule.Omitted = omitted
		for _, s := range stories {
			story := eventStory{ID: s.ID, Title: cut(s.Title, 500), Link: plainLink(s.Link), First: stamp(s.First), Items: s.Count, Outlets: []eventOutlet{}}
			outlets, omitted := newEventOutlets(s.Outlets, min(room, 10))
			story.Outlets, story.Omitted = append(story.Outlets, outlets...), omitted
			rule.Stories = append(rule.Stories, story)
		}
		e.Rules = append(e.Rules, rule)
	}
	ailing, omitted := firstOf(b.Feeds, max(room, 10))
	e.Omitted = omitted
	for _, f := range ailing {
		e.Ailing = append(e.Ailing, eventAiling{cut(f.Name, 200), cut(f.State, 200), stamp(f.Since)})
	}
	return e
}
