package watcher

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// excerptBytes bounds the text that an alert carries: enough for every receiver
// and for a person to judge, little enough for an outbox of thousands.
const excerptBytes = 4000

// settings is Settings made ready for polls: immutable, exchanged whole by a
// reload.
type settings struct {
	Settings
	feeds     map[string]*Feed       // URL → feed in Settings.Feeds
	receivers []string               // names, in order
	followups map[string]string      // receiver → how it follows a story
	rules     map[string]*rules.Rule // by name
	escalated map[string]bool        // receivers that only routes with conditions lead to
}

func newSettings(s Settings) *settings {
	out := &settings{
		Settings: s, feeds: make(map[string]*Feed, len(s.Feeds)),
		followups: make(map[string]string), rules: make(map[string]*rules.Rule), escalated: make(map[string]bool),
	}
	for i, f := range s.Feeds {
		out.feeds[f.URL] = &s.Feeds[i]
	}
	for _, r := range s.Receivers {
		out.receivers = append(out.receivers, r.Name)
		out.followups[r.Name] = followupsOf(r)
	}
	if s.Rules != nil {
		for _, r := range s.Rules.Rules() {
			out.rules[r.Name] = r
		}
	}
	plain := make(map[string]bool) // receivers that a route without conditions leads to
	for _, r := range s.Routes {
		for _, name := range r.Receivers {
			plain[name] = plain[name] || !r.escalates()
		}
	}
	for name, ok := range plain {
		out.escalated[name] = !ok
	}
	return out
}

// feed is the feed of that URL; the zero value where it is not configured.
func (s *settings) feed(url string) Feed {
	if f := s.feeds[url]; f != nil {
		return *f
	}
	return Feed{}
}

// plan says when a feed is polled next, by its present configuration or, where it
// is not configured any more, by the one that it was polled under.
func (s *settings) plan(last Feed, f storage.Feed) time.Time {
	if cfg, ok := s.feeds[f.URL]; ok {
		last = *cfg
	}
	at := s.Poll.plan(last, f)
	if _, twice := s.feeds[f.Moved]; twice {
		at = latest(at, f.LastPoll.Add(twiceEvery))
	}
	return at
}

// receiversOf says where a rule's alerts about a story go: to its own
// receivers, else by the routes that fit, else to all but those that wait for a
// story to grow. A route with conditions leads further receivers to a story that
// meets them, whichever way the rule's alerts go.
func (s *settings) receiversOf(r *rules.Rule, tags []string, st *storage.Story) []string {
	names := slices.Clone(r.Receivers)
	if len(names) == 0 {
		names = s.routed(r, tags)
	}
	for _, route := range s.Routes {
		if route.escalates() && route.fits(r.Severity, tags) && route.met(st) {
			names = append(names, route.Receivers...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// routed are the receivers of a rule that names none.
func (s *settings) routed(r *rules.Rule, tags []string) []string {
	var names []string
	for _, route := range s.Routes {
		if !route.escalates() && route.fits(r.Severity, tags) {
			names = append(names, route.Receivers...)
		}
	}
	if len(names) > 0 {
		return names
	}
	return slices.DeleteFunc(slices.Clone(s.receivers), func(name string) bool { return s.escalated[name] })
}

// escalates tells whether the route is for stories that have grown.
func (r Route) escalates() bool { return r.MinOutlets > 0 || r.MinTier > 0 }

func (r Route) met(st *storage.Story) bool {
	return rules.Conditions{MinOutlets: r.MinOutlets, MinTier: r.MinTier}.Met(len(st.Outlets), st.Tier, 0)
}

// fits tells whether a route takes an alert of this severity from a feed with
// these tags.
func (r Route) fits(severity string, tags []string) bool {
	if severityRank(severity) < severityRank(r.Severity) {
		return false
	}
	return len(r.Tags) == 0 || slices.ContainsFunc(r.Tags, func(t string) bool { return slices.Contains(tags, t) })
}

// followupsOf is how a receiver follows a story: as it is configured, or as
// suits its kind. A channel where people read hears of steps, a program of each
// item.
func followupsOf(r deliver.Receiver) string {
	switch {
	case r.Followups == followThread && !r.Threads():
		return followDigest
	case r.Followups != "":
		return r.Followups
	case r.Threads():
		return followThread
	case r.Kind == "slack":
		return followDigest
	}
	return followEach
}

// severityRank orders severities; the empty one, "any", comes first.
func severityRank(s string) int {
	return slices.Index([]string{"", "low", "normal", "high"}, s)
}

// storedMatch is a match as it is kept.
func storedMatch(m rules.Match) storage.Match {
	return storage.Match{
		Rule: m.Rule.Name, Revision: m.Rule.Revision, Severity: m.Rule.Severity, Spans: spans(m.Spans),
	}
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
