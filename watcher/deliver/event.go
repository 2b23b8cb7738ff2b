package deliver

import (
	"encoding/json"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// event is a CloudEvents 1.0 event in structured JSON, what a webhook receives
// and a line of a file holds.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
type event struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`     // the alert's: with Source it is unique
	Source      string    `json:"source"` // of the configuration
	Type        string    `json:"type"`   // see eventType
	Time        string    `json:"time,omitempty"`
	Subject     string    `json:"subject,omitempty"` // the item's ID; what a notice is about
	ContentType string    `json:"datacontenttype"`
	Data        eventData `json:"data"`
}

// eventType names what happened: feedwatch.alert. and the kind, but for a
// follow-up, which is news of a story.
func eventType(k storage.Kind) string {
	if k == storage.FollowUp {
		return "feedwatch.story.updated"
	}
	return "feedwatch.alert." + string(k)
}

type eventData struct {
	Alert    string        `json:"alert"`
	Kind     string        `json:"kind"`
	Severity string        `json:"severity"`
	Story    string        `json:"story,omitempty"`
	Items    int           `json:"story_items,omitempty"` // of the story by now
	Parent   string        `json:"parent,omitempty"`      // the alert that told the story first
	Outlets  []eventOutlet `json:"outlets,omitempty"`     // of a follow-up: those since the last alert; else all by now
	Omitted  int           `json:"outlets_omitted,omitempty"`
	Item     *eventItem    `json:"item,omitempty"` // none in a notice or a brief
	Feed     *eventFeed    `json:"feed,omitempty"`
	Matches  []eventMatch  `json:"matches"`
	Fetch    *eventFetch   `json:"fetch,omitempty"`
	Change   *eventChange  `json:"change,omitempty"`
	Notice   *eventNotice  `json:"notice,omitempty"`
	Brief    *eventBrief   `json:"brief,omitempty"`
}

type eventItem struct {
	ID         string   `json:"id,omitempty"`
	Title      string   `json:"title"`
	Link       string   `json:"link,omitempty"`
	Author     string   `json:"author,omitempty"`
	Published  string   `json:"published,omitempty"`
	Seen       string   `json:"seen,omitempty"`
	Excerpt    string   `json:"excerpt,omitempty"` // spans of field "body" point into it
	Categories []string `json:"categories,omitempty"`
	Language   string   `json:"language,omitempty"`
}

type eventFeed struct {
	Name string   `json:"name,omitempty"`
	URL  string   `json:"url,omitempty"` // without secrets
	Tier int      `json:"tier,omitempty"`
	Tags []string `json:"tags,omitempty"`
}

type eventMatch struct {
	Rule     string      `json:"rule"`
	Revision string      `json:"revision,omitempty"`
	Severity string      `json:"severity,omitempty"`
	Spans    []eventSpan `json:"spans"`
	Omitted  int         `json:"spans_omitted,omitempty"` // beyond what is listed
}

// eventSpan has no place (start and end are 0) where the match lies outside of
// the excerpt.
type eventSpan struct {
	Field string `json:"field"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

type eventFetch struct {
	URL    string `json:"url"`
	At     string `json:"at,omitempty"`
	Status int    `json:"status,omitempty"`
}

// maxSpans bounds what is listed of one rule, and maxEvent an event with lists
// in it: intermediaries must forward events of up to 64 KiB and may refuse larger
// ones.
const (
	maxSpans = 32
	maxEvent = 60 << 10
)

// eventFormat writes an alert as a CloudEvent. It reads nothing but its
// arguments, no clock either, so each try of a delivery has the same bytes. Lists
// of outlets, stories, places and changes are shortened until the event is small
// enough, and say how much they lack.
func eventFormat(o options, a *storage.Alert) (body []byte) {
	for _, room := range []int{100, 50, 20, 10, 5, 2, 1, 0} {
		if a.Brief != nil && len(a.Brief.Rules)*room > 300 && room > 0 {
			continue // A story takes 200 bytes at least.
		}
		// Marshalling can't fail: there are only strings, numbers and lists.
		if body, _ = json.Marshal(newEvent(o.source, a, room)); len(body) <= maxEvent {
			break
		}
	}
	return body
}

// newEvent has lists of up to room outlets or stories.
func newEvent(source string, a *storage.Alert, room int) event {
	e := event{
		SpecVersion: "1.0", ID: a.ID, Source: source, Type: eventType(a.Kind),
		Time: stamp(a.Created), Subject: a.Item.ID, ContentType: "application/json",
		Data: eventData{
			Alert: a.ID, Kind: string(a.Kind), Severity: a.Severity, Story: a.Story, Items: a.Count, Parent: a.Parent,
			Matches: make([]eventMatch, len(a.Matches)),
		},
	}
	for i, m := range a.Matches {
		e.Data.Matches[i] = newEventMatch(m, min(maxSpans, room))
	}
	switch {
	case a.Notice != nil:
		e.Subject, e.Data.Notice = a.Notice.About, newEventNotice(a.Notice, room)
		return e
	case a.Brief != nil:
		e.Data.Brief = newEventBrief(a.Brief, room)
		return e
	case a.Before != nil:
		e.Data.Change = newEventChange(a, room)
	}
	e.Data.Item = newEventItem(&a.Item)
	e.Data.Feed = &eventFeed{Name: a.Item.FeedName, URL: egress.RedactURL(a.Item.Feed), Tier: a.Item.Tier, Tags: a.Item.Tags}
	e.Data.Outlets, e.Data.Omitted = newEventOutlets(a.Outlets, room)
	if f := a.Fetch; f.URL != "" {
		e.Data.Fetch = &eventFetch{URL: egress.RedactURL(f.URL), At: stamp(f.At), Status: f.Status}
	}
	return e
}

func newEventItem(it *storage.Item) *eventItem {
	return &eventItem{
		ID: it.ID, Title: cut(it.Title, 2000), Link: plainLink(it.Link), Author: cut(it.Author, 500),
		Published: stamp(it.Published), Seen: stamp(it.Seen), Excerpt: it.Text,
		Categories: it.Categories[:min(len(it.Categories), maxSpans)], Language: it.Language,
	}
}

// newEventMatch has up to n places.
func newEventMatch(m storage.Match, n int) eventMatch {
	shown := m.Spans[:min(len(m.Spans), n)]
	e := eventMatch{
		Rule: m.Rule, Revision: m.Revision, Severity: m.Severity,
		Spans: make([]eventSpan, len(shown)), Omitted: len(m.Spans) - len(shown),
	}
	for i, s := range shown {
		e.Spans[i] = eventSpan{Field: s.Field, Start: s.Start, End: s.End, Text: cut(s.Text, 500)}
	}
	return e
}

// stamp is RFC 3339 in UTC, or "" for no time and for one that RFC 3339 has no
// form for: feeds may claim any year.
func stamp(t time.Time) string {
	t = t.UTC()
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// lineFormat is an event on a line of its own, for JSON Lines.
func lineFormat(o options, a *storage.Alert) []byte {
	return append(eventFormat(o, a), '\n')
}
