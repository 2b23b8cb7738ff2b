package watcher

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

func TestAlertGoesToTheRulesReceiversElseTheRoutesElseAll(t *testing.T) {
	s := newSettings(Settings{
		Receivers: []deliver.Receiver{{Name: "desk"}, {Name: "archive"}, {Name: "pager"}},
		Routes: []Route{
			{Severity: "high", Receivers: []string{"pager", "desk"}},
			{Tags: []string{"ai"}, Receivers: []string{"archive"}},
		},
	})
	rule := func(name, severity string, receivers ...string) rules.Match {
		return rules.Match{Rule: &rules.Rule{Name: name, Severity: severity, Receivers: receivers}}
	}
	for _, tt := range []struct {
		rule    string
		tags    []string
		matches []rules.Match
		want    map[string][]string // receiver → rules it hears of
	}{
		{"its own receivers come first", []string{"ai"}, []rules.Match{rule("a", "high", "archive")}, map[string][]string{"archive": {"a"}}},
		{"else every route that fits", []string{"ai"}, []rules.Match{rule("a", "high")}, map[string][]string{"desk": {"a"}, "archive": {"a"}, "pager": {"a"}}},
		{"a route of high severity takes nothing lower", []string{"ai"}, []rules.Match{rule("a", "normal")}, map[string][]string{"archive": {"a"}}},
		{"else all", nil, []rules.Match{rule("a", "low")}, map[string][]string{"desk": {"a"}, "archive": {"a"}, "pager": {"a"}}},
		{"one alert a receiver lists all its rules", nil, []rules.Match{rule("a", "low", "desk"), rule("b", "high", "desk", "pager")}, map[string][]string{"desk": {"a", "b"}, "pager": {"b"}}},
	} {
		got := make(map[string][]string)
		for _, a := range s.alerts(storage.Item{ID: "i", Story: "s", Tags: tt.tags}, tt.matches, storage.Fetch{}) {
			for _, m := range a.Matches {
				got[a.Receiver] = append(got[a.Receiver], m.Rule)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.rule, diff)
		}
	}
}

func TestAlertIsOncePerStoryUnlessARuleAsksForEachItem(t *testing.T) {
	story, each := &rules.Rule{Name: "a", Severity: "low"}, &rules.Rule{Name: "b", Severity: "high", PerItem: true}
	one := storage.Item{ID: "1", Story: "s"}
	two := storage.Item{ID: "2", Story: "s"}
	id := func(i storage.Item, r *rules.Rule) string {
		return newAlert("desk", i, []rules.Match{{Rule: r}}, storage.Fetch{}).ID
	}
	if id(one, story) != id(two, story) {
		t.Error("two items of one story make two alerts")
	}
	if id(one, each) == id(two, each) {
		t.Error("a rule that asks for each item gets one alert for two")
	}
	if a := newAlert("desk", one, []rules.Match{{Rule: story}, {Rule: each}}, storage.Fetch{}); a.Severity != "high" {
		t.Errorf("severity %q, want the highest among the rules", a.Severity)
	}
	if strings.Contains(id(one, story), ".") {
		t.Error("a delivery's id holds a dot, which Standard Webhooks forbids")
	}
}

func TestExcerptKeepsThePlacesOfMatches(t *testing.T) {
	long := strings.Repeat("Čekání na zprávy. ", 1000)
	text := long + "\nThen OpenAI and Microsoft spoke. " + long
	at := strings.Index(text, "OpenAI")
	matches := []storage.Match{{Rule: "a", Spans: []storage.Span{
		{Field: "title", Start: 3, End: 9, Text: "OpenAI"},
		{Field: "body", Start: at, End: at + 6, Text: "OpenAI"},
		{Field: "body", Start: len(text) - 20, End: len(text) - 10, Text: "far away"},
	}}}
	got := excerpt(text, matches)
	if len(got) > excerptBytes || !utf8.ValidString(got) {
		t.Fatalf("an excerpt of %d bytes, valid UTF-8: %v", len(got), utf8.ValidString(got))
	}
	near, far, title := matches[0].Spans[1], matches[0].Spans[2], matches[0].Spans[0]
	if got[near.Start:near.End] != "OpenAI" {
		t.Errorf("the place of the match shows %q", got[near.Start:near.End])
	}
	if far.Start != 0 || far.End != 0 || far.Text != "far away" {
		t.Errorf("a match outside the excerpt is %+v, want its text without a place", far)
	}
	if title.Start != 3 {
		t.Error("a place in the title was moved")
	}
}
