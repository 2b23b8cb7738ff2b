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
	Type        string    `json:"type"`   // feedwatch.alert. and the kind
	Time        string    `json:"time,omitempty"`
	Subject     string    `json:"subject,omitempty"` // the item's ID
	ContentType string    `json:"datacontenttype"`
	Data        eventData `json:"data"`
}

type eventData struct {
	Alert    string       `json:"alert"`
	Kind     string       `json:"kind"`
	Severity string       `json:"severity"`
	Story    string       `json:"story,omitempty"`
	Item     eventItem    `json:"item"`
	Feed     eventFeed    `json:"feed"`
	Matches  []eventMatch `json:"matches"`
	Fetch    *eventFetch  `json:"fetch,omitempty"`
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
	Omitted  int         `json:"spans_omitted,omitempty"` // beyond maxSpans
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

// maxSpans bounds what is listed of one rule: intermediaries must forward
// events of up to 64 KiB and may refuse larger ones.
const maxSpans = 32

// eventFormat writes an alert as a CloudEvent. It reads nothing but its
// arguments, no clock either, so each try of a delivery has the same bytes.
func eventFormat(o options, a *storage.Alert) []byte {
	// Marshalling can't fail: there are only strings, numbers and lists.
	body, _ := json.Marshal(newEvent(o.source, a))
	return body
}

func newEvent(source string, a *storage.Alert) event {
	e := event{
		SpecVersion: "1.0", ID: a.ID, Source: source, Type: "feedwatch.alert." + string(a.Kind),
		Time: stamp(a.Created), Subject: a.Item.ID, ContentType: "application/json",
	}
	e.Data = eventData{
		Alert: a.ID, Kind: string(a.Kind), Severity: a.Severity, Story: a.Story,
		Item:    newEventItem(&a.Item),
		Feed:    eventFeed{Name: a.Item.FeedName, URL: egress.RedactURL(a.Item.Feed), Tier: a.Item.Tier, Tags: a.Item.Tags},
		Matches: make([]eventMatch, len(a.Matches)),
	}
	for i, m := range a.Matches {
		e.Data.Matches[i] = newEventMatch(m)
	}
	if f := a.Fetch; f.URL != "" {
		e.Data.Fetch = &eventFetch{URL: egress.RedactURL(f.URL), At: stamp(f.At), Status: f.Status}
	}
	return e
}

func newEventItem(it *storage.Item) eventItem {
	link := it.Link
	if webLink(link) == "" {
		link = "" // a script, say: nothing to hand on to a program that shows it
	}
	return eventItem{
		ID: it.ID, Title: cut(it.Title, 2000), Link: link, Author: cut(it.Author, 500),
		Published: stamp(it.Published), Seen: stamp(it.Seen), Excerpt: it.Text,
		Categories: it.Categories[:min(len(it.Categories), maxSpans)], Language: it.Language,
	}
}

func newEventMatch(m storage.Match) eventMatch {
	shown := m.Spans[:min(len(m.Spans), maxSpans)]
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
