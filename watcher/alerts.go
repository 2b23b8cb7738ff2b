package watcher

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// excerptBytes bounds the text that an alert carries: enough for every receiver
// and for a person to judge, little enough for an outbox of thousands.
const excerptBytes = 4000

// settings is Settings made ready for polls: immutable, exchanged whole by a
// reload.
type settings struct {
	Settings
	feeds     map[string]Feed // URL → feed
	receivers []string        // names, in order
}

func newSettings(s Settings) *settings {
	out := &settings{Settings: s, feeds: make(map[string]Feed, len(s.Feeds))}
	for _, f := range s.Feeds {
		out.feeds[f.URL] = f
	}
	for _, r := range s.Receivers {
		out.receivers = append(out.receivers, r.Name)
	}
	return out
}

// plan says when a feed is polled next, by its present configuration or, where it
// is not configured any more, by the one that it was polled under.
func (s *settings) plan(last Feed, f storage.Feed) time.Time {
	if cfg, ok := s.feeds[f.URL]; ok {
		last = cfg
	}
	return s.Poll.plan(last, f)
}

// alerts makes one alert for each receiver that should hear of an item, listing
// every rule that sends it there. A receiver hears of a story once, unless one
// of those rules asks to hear of each item.
func (s *settings) alerts(item storage.Item, matches []rules.Match, fetch storage.Fetch) []storage.Alert {
	byReceiver := make(map[string][]rules.Match)
	for _, m := range matches {
		for _, name := range s.receiversOf(m.Rule, item.Tags) {
			byReceiver[name] = append(byReceiver[name], m)
		}
	}
	var alerts []storage.Alert
	for _, name := range s.receivers {
		if ms := byReceiver[name]; len(ms) > 0 {
			alerts = append(alerts, newAlert(name, item, ms, fetch))
		}
	}
	return alerts
}

// receiversOf says where a rule's alerts go: to its own receivers, else by the
// routes that fit, else to all.
func (s *settings) receiversOf(r *rules.Rule, tags []string) []string {
	if len(r.Receivers) > 0 {
		return r.Receivers
	}
	var names []string
	for _, route := range s.Routes {
		if route.fits(r.Severity, tags) {
			for _, name := range route.Receivers {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		return s.receivers
	}
	return names
}

// fits tells whether a route takes an alert of this severity from a feed with
// these tags.
func (r Route) fits(severity string, tags []string) bool {
	if severityRank(severity) < severityRank(r.Severity) {
		return false
	}
	return len(r.Tags) == 0 || slices.ContainsFunc(r.Tags, func(t string) bool { return slices.Contains(tags, t) })
}

// severityRank orders severities; the empty one, "any", comes first.
func severityRank(s string) int {
	return slices.Index([]string{"", "low", "normal", "high"}, s)
}

func newAlert(receiver string, item storage.Item, matches []rules.Match, fetch storage.Fetch) storage.Alert {
	once := storage.OnceStory(receiver, item.Story)
	if slices.ContainsFunc(matches, func(m rules.Match) bool { return m.Rule.PerItem }) {
		once = storage.OnceItem(receiver, item.ID)
	}
	a := storage.Alert{
		ID: storage.DeliveryID(once), Once: once, Receiver: receiver, Kind: storage.First,
		Story: item.Story, Item: item, Created: item.Seen, Fetch: fetch, Severity: "low",
	}
	for _, m := range matches {
		if severityRank(m.Rule.Severity) > severityRank(a.Severity) {
			a.Severity = m.Rule.Severity
		}
		a.Matches = append(a.Matches, storage.Match{
			Rule: m.Rule.Name, Revision: m.Rule.Revision, Severity: m.Rule.Severity, Spans: spans(m.Spans),
		})
	}
	a.Item.Text = excerpt(item.Text, a.Matches)
	return a
}

func spans(in []rules.Span) []storage.Span {
	out := make([]storage.Span, len(in))
	for i, s := range in {
		out[i] = storage.Span{Field: s.Field, Start: s.Start, End: s.End, Text: s.Text}
	}
	return out
}

// secrets are the values of headers that must not show in an error.
func secrets(header map[string]egress.Secret) []egress.Secret {
	var out []egress.Secret
	for _, v := range header {
		out = append(out, v)
	}
	return out
}

// excerpt cuts a long text to an excerpt around the first match in it, and moves
// the body spans along. A span that falls outside keeps its text and loses its
// place (Start and End are 0).
func excerpt(text string, matches []storage.Match) string {
	if len(text) <= excerptBytes {
		return text
	}
	start := excerptStart(text, matches)
	end := start + excerptBytes
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	end = min(end, len(text))
	for _, m := range matches {
		for i := range m.Spans {
			s := &m.Spans[i]
			if s.Field != "body" {
				continue
			}
			if s.Start < start || s.End > end {
				s.Start, s.End = 0, 0
				continue
			}
			s.Start, s.End = s.Start-start, s.End-start
		}
	}
	return text[start:end]
}

// excerptStart is 0 where the first match stands early enough to be seen, else
// the beginning of the paragraph or word before it.
func excerptStart(text string, matches []storage.Match) int {
	first := len(text)
	for _, m := range matches {
		for _, s := range m.Spans {
			if s.Field == "body" {
				first = min(first, s.Start)
			}
		}
	}
	if first == len(text) || first < excerptBytes*3/4 {
		return 0
	}
	from := first - excerptBytes/4
	if i := strings.LastIndexByte(text[from:first], '\n'); i >= 0 {
		return from + i + 1
	}
	if i := strings.IndexByte(text[from:first], ' '); i >= 0 {
		return from + i + 1
	}
	return first
}
