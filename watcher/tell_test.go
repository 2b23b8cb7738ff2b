package watcher

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// telltale is a story under way: items join it one by one, and what receivers
// hear of it is kept.
type telltale struct {
	*testing.T
	set   *settings
	story storage.Story
	items map[string]storage.Item
	start time.Time
}

// newTelltale makes one with the rules of a pack.
func newTelltale(t *testing.T, pack string, s Settings) *telltale {
	t.Helper()
	p, err := rules.Parse("pack", []byte(pack))
	if err != nil {
		t.Fatal(err)
	}
	if s.Rules, err = rules.Compile(p); err != nil {
		t.Fatal(err)
	}
	if s.Receivers == nil {
		s.Receivers = []deliver.Receiver{{Name: "desk"}}
	}
	return &telltale{
		T: t, set: newSettings(s), story: storage.Story{ID: "s"},
		items: make(map[string]storage.Item), start: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
	}
}

// join lets an item of an outlet come so long after the story began, and gives
// what is said of it, as "receiver kind rules".
func (x *telltale) join(after time.Duration, outlet, title string, tier int, tags ...string) []string {
	x.Helper()
	item := storage.Item{
		ID: fmt.Sprint("i", len(x.items)+1), Story: "s", FeedName: outlet, Title: title, Tier: tier, Tags: tags, Seen: x.start.Add(after),
	}
	x.items[item.ID] = item
	x.story = joined(x.story, &item, "")
	t := telling{
		set: x.set, story: &x.story, item: item, matches: x.set.Rules.Match(ruleDoc(&item, outlet)),
		recall: func(id string) (storage.Item, error) { return x.items[id], nil },
	}
	alerts, err := t.alerts()
	if err != nil {
		x.Fatal(err)
	}
	var out []string
	for _, a := range alerts {
		var names []string
		for _, m := range a.Matches {
			names = append(names, m.Rule)
			for _, s := range m.Spans {
				if s.Field == "title" && a.Item.Title[s.Start:s.End] != s.Text {
					x.Errorf("%s: the span %+v is not of %q", m.Rule, s, a.Item.Title)
				}
			}
		}
		if a.Kind == storage.FollowUp && a.Parent != x.story.ToldTo(a.Receiver).Delivery {
			x.Errorf("a follow-up hangs on %q", a.Parent)
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", a.Receiver, a.Kind, a.Item.ID, strings.Join(names, "+"))))
	}
	return out
}

func (x *telltale) expect(what string, got []string, want ...string) {
	x.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		x.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const twoRules = `
rules:
  - {name: deal, query: deal, severity: high}
  - {name: cloud, query: cloud, severity: low}
`

func TestAlertGoesToTheRulesReceiversElseTheRoutesElseAll(t *testing.T) {
	const pack = `
rules:
  - {name: own, query: own, severity: high, receivers: [archive]}
  - {name: high, query: high, severity: high}
  - {name: low, query: low, severity: low}
`
	settings := Settings{
		Receivers: []deliver.Receiver{{Name: "desk"}, {Name: "archive"}, {Name: "pager"}},
		Routes: []Route{
			{Severity: "high", Receivers: []string{"pager", "desk"}},
			{Tags: []string{"ai"}, Receivers: []string{"archive"}},
		},
	}
	for name, c := range map[string]struct {
		title string
		tags  []string
		want  []string
	}{
		"its own receivers come first":                 {"own", []string{"ai"}, []string{"archive first i1 own"}},
		"else every route that fits":                   {"high", []string{"ai"}, []string{"desk first i1 high", "archive first i1 high", "pager first i1 high"}},
		"a route of high severity takes nothing lower": {"low", []string{"ai"}, []string{"archive first i1 low"}},
		"else all": {"low", nil, []string{"desk first i1 low", "archive first i1 low", "pager first i1 low"}},
		"one alert a receiver lists all its rules": {"own and high", nil, []string{"desk first i1 high", "archive first i1 own", "pager first i1 high"}},
	} {
		x := newTelltale(t, pack, settings)
		x.expect(name, x.join(0, "a", c.title, 1, c.tags...), c.want...)
	}
}

func TestStoryIsToldOnceAndThenFollowed(t *testing.T) {
	x := newTelltale(t, twoRules, Settings{})
	x.expect("the first", x.join(0, "a", "A deal", 2), "desk first i1 deal")
	x.expect("another outlet", x.join(time.Minute, "b", "The deal", 2), "desk follow-up i2 deal")
	x.expect("one that no rule matches", x.join(time.Hour, "c", "They agree", 2), "desk follow-up i3")
	x.expect("a rule that matches later", x.join(2*time.Hour, "c", "They agree on a cloud", 2), "desk follow-up i4 cloud")
}

func TestDigestComesAtSteps(t *testing.T) {
	x := newTelltale(t, twoRules, Settings{Receivers: []deliver.Receiver{{Name: "desk", Kind: "slack"}}})
	var heard []string
	for i := range 26 {
		heard = append(heard, x.join(time.Duration(i)*time.Minute, fmt.Sprint("outlet", i), "A deal", 2)...)
	}
	x.expect("26 outlets", heard, "desk first i1 deal", "desk follow-up i2 deal", "desk follow-up i5 deal", "desk follow-up i10 deal", "desk follow-up i25 deal")
	x.expect("a further item of an outlet", x.join(time.Hour, "outlet3", "A deal", 2))
	x.expect("a further rule", x.join(time.Hour, "outlet3", "A cloud", 2), "desk follow-up i28 cloud")
}

func TestReceiverThatWantsNoFollowUpsGetsNone(t *testing.T) {
	x := newTelltale(t, twoRules, Settings{Receivers: []deliver.Receiver{{Name: "desk", Followups: "none"}}})
	x.expect("the first", x.join(0, "a", "A deal", 2), "desk first i1 deal")
	x.expect("another", x.join(0, "b", "A deal for a cloud", 2))
}

func TestThreadsAreDigestsWhereTheReceiverKnowsNone(t *testing.T) {
	for want, r := range map[string]deliver.Receiver{
		followDigest: {Kind: "slack", URL: "https://hooks.slack.com/x", Followups: followThread},
		followThread: {Kind: "slack", Token: "xoxb-1"},
		followEach:   {Kind: "webhook"},
	} {
		if got := followupsOf(r); got != want {
			t.Errorf("%+v follows by %s, want %s", r, got, want)
		}
	}
}

func TestAlertForEachItemIsNoFollowUp(t *testing.T) {
	x := newTelltale(t, "rules:\n  - {name: each, query: each, alert: item}\n  - {name: deal, query: deal, severity: high}\n", Settings{})
	x.expect("the first", x.join(0, "a", "each", 2), "desk first i1 each")
	x.expect("the second", x.join(0, "b", "each", 2), "desk first i2 each")
	x.expect("with a rule of stories", x.join(0, "c", "each deal", 2), "desk first i3 each+deal")
	x.expect("which is told by then", x.join(0, "d", "deal", 2), "desk follow-up i4 deal")
}

func TestAlertWaitsUntilTheStoryIsWhatItsRuleAsks(t *testing.T) {
	const pack = "rules:\n  - {name: rumour, query: deal, min_outlets: 3}\n"
	x := newTelltale(t, pack, Settings{})
	x.expect("one outlet", x.join(0, "a", "A deal", 2))
	x.expect("the same again", x.join(0, "a", "The deal", 2))
	x.expect("two", x.join(0, "b", "A deal", 2))
	x.expect("three", x.join(0, "c", "A deal", 2), "desk first i4 rumour")
	x.expect("four", x.join(0, "d", "A deal", 2), "desk follow-up i5 rumour")

	x = newTelltale(t, pack, Settings{})
	x.join(0, "a", "A deal", 2)
	x.join(0, "b", "They agree", 2)
	x.expect("met by an item that does not match", x.join(0, "c", "They agree", 2), "desk first i1 rumour")
}

func TestAlertWaitsForATierAndNotForEver(t *testing.T) {
	const pack = "rules:\n  - {name: sure, query: deal, min_tier: 1, within: 2h}\n"
	x := newTelltale(t, pack, Settings{})
	x.expect("a bad outlet", x.join(0, "a", "A deal", 3))
	x.expect("a good one", x.join(2*time.Hour, "b", "A deal", 1), "desk first i2 sure")
	x = newTelltale(t, pack, Settings{})
	x.join(0, "a", "A deal", 3)
	x.expect("a good one too late", x.join(2*time.Hour+time.Second, "b", "A deal", 1))
}

func TestFollowUpsNameTheirRuleAfterItsTime(t *testing.T) {
	x := newTelltale(t, "rules:\n  - {name: sure, query: deal, min_outlets: 2, within: 2h}\n", Settings{})
	x.expect("one outlet", x.join(0, "a", "A deal", 3))
	x.expect("two, in time", x.join(time.Hour, "b", "They agree", 3), "desk first i1 sure")
	x.expect("late, without a match", x.join(5*time.Hour, "c", "More of it", 3), "desk follow-up i3")
	x.expect("late, with one", x.join(6*time.Hour, "d", "A deal", 3), "desk follow-up i4 sure")
}

func TestStoryThatGrowsReachesFurtherReceivers(t *testing.T) {
	x := newTelltale(t, twoRules, Settings{
		Receivers: []deliver.Receiver{{Name: "desk", Followups: "none"}, {Name: "pager"}},
		Routes:    []Route{{Severity: "high", MinOutlets: 2, Receivers: []string{"pager"}}, {MinTier: 1, Receivers: []string{"pager"}}},
	})
	x.expect("one outlet", x.join(0, "a", "A deal", 2), "desk first i1 deal")
	x.expect("two", x.join(0, "b", "A deal", 2), "pager first i2 deal")
	x = newTelltale(t, twoRules, Settings{
		Receivers: []deliver.Receiver{{Name: "desk", Followups: "none"}, {Name: "pager"}},
		Routes:    []Route{{MinTier: 1, Receivers: []string{"pager"}}},
	})
	x.expect("a second tier", x.join(0, "a", "A cloud", 2), "desk first i1 cloud")
	x.expect("the first tier", x.join(0, "b", "A cloud", 1), "pager first i2 cloud")
}

func TestSameArgumentsGiveTheSameAlerts(t *testing.T) {
	x := newTelltale(t, twoRules, Settings{})
	x.join(0, "a", "A deal", 2)
	before := x.story
	first := x.join(0, "b", "A deal", 2)
	x.story, x.items = before, map[string]storage.Item{"i1": x.items["i1"]}
	if diff := cmp.Diff(first, x.join(0, "b", "A deal", 2)); diff != "" {
		t.Errorf("decided anew (-first +again):\n%s", diff)
	}
}

func TestStoryOfOneQuietItemIsNotWrittenDown(t *testing.T) {
	item := storage.Item{ID: "i", Seen: time.Unix(1, 0)}
	st := founding(&item)
	if !quiet(&st) {
		t.Error("one item that no rule matches")
	}
	other := storage.Item{ID: "j", Seen: time.Unix(2, 0)}
	if st := joined(storage.Story{ID: "founder"}, &other, "near"); quiet(&st) {
		t.Error("one item of a story whose founder was lost is found by the story only")
	}
	if st = joined(st, &other, ""); quiet(&st) {
		t.Error("two items are more than each by itself")
	}
}

func TestLongStoryKeepsItsFirstAndNewestMembers(t *testing.T) {
	var st storage.Story
	for i := range storage.KeepMembers + 50 {
		st = joined(st, &storage.Item{ID: fmt.Sprint(i), FeedName: "a"}, "")
	}
	if len(st.Members) != storage.KeepMembers || st.Count != storage.KeepMembers+50 || len(st.Outlets) != 1 {
		t.Fatalf("%d members of %d, %d outlets", len(st.Members), st.Count, len(st.Outlets))
	}
	if first, last := st.Members[0].Item, st.Members[len(st.Members)-1].Item; first != "0" || last != fmt.Sprint(st.Count-1) {
		t.Errorf("members %s to %s", first, last)
	}
}

func TestRuleForStoriesIsToldBesideARuleForItems(t *testing.T) {
	x := newTelltale(t, `
rules:
  - {name: deal, query: 'deal', min_outlets: 2}
  - {name: each, query: 'price', alert: item}
  - {name: late, query: 'late'}
`, Settings{})
	x.expect("the rule of stories waits", x.join(0, "a", "A deal", 2))
	x.expect("it is met by an item of the other", x.join(0, "b", "The price", 2), "desk first i2 each+deal")
	x.expect("one that goes with an item", x.join(0, "c", "The late price", 2), "desk first i3 each+late")
	x.expect("is not told again", x.join(0, "d", "On it goes", 2), "desk follow-up i4")
}
