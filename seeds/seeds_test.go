package seeds_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds"
)

func TestThePackIsWhatTheTopicAsksForAndWarnsOfNothing(t *testing.T) {
	p := parsePack(t)
	var names []string
	for _, r := range p.Rules {
		names = append(names, r.Name)
	}
	want := []string{
		"partnership", "restructuring", "azure-exclusivity", "revenue-share",
		"agi-clause", "antitrust", "compute-diversification",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	for _, w := range p.Warnings {
		t.Errorf("the pack has a warning:\n%s", w.Detail())
	}
}

func TestEveryRulePassesItsOwnTests(t *testing.T) {
	p := parsePack(t)
	for _, r := range p.Rules {
		if len(r.Tests.Match) < 4 || len(r.Tests.NoMatch) < 4 {
			t.Errorf("%s has %d tests that match and %d that do not; both must be at least 4",
				r.Name, len(r.Tests.Match), len(r.Tests.NoMatch))
		}
	}
	for _, r := range p.Test() {
		if !r.OK() {
			t.Errorf("%v: rule %s on %q: matched %v, want %v (%s)", r.Pos, r.Rule.Name, r.Title, r.Got, r.Want, r.Clause)
		}
	}
}

func TestEveryBriefSetsOffItsRulesAndNoOthers(t *testing.T) {
	set := compilePack(t)
	silent := 0
	for _, b := range readBriefs(t) {
		got := matched(set, &rules.Doc{Title: b.Title, Body: b.Text, URL: b.Link, Published: b.Published})
		if diff := cmp.Diff(sorted(b.Triggers), got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", b.Title, diff)
		}
		if len(b.Triggers) == 0 {
			silent++
		}
	}
	if silent != 2 {
		t.Errorf("%d briefs are off topic, want 2", silent)
	}
}

func TestBriefsAreShortDatedAndLeadNowhere(t *testing.T) {
	all := readBriefs(t)
	if len(all) != 7 {
		t.Fatalf("there are %d briefs, want 7", len(all))
	}
	for i, b := range all {
		if b.Title == "" || b.Outlet == "" {
			t.Errorf("brief %d has no title or no outlet: %+v", i, b)
		}
		if n := len(words(b.Text)); n < 80 || n > 180 {
			t.Errorf("%q has %d words, want 80 to 180", b.Title, n)
		}
		if n := strings.Count(b.Text, "\n\n") + 1; n < 2 || n > 4 {
			t.Errorf("%q has %d paragraphs, want 2 to 4", b.Title, n)
		}
		if u, err := url.Parse(b.Link); err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Hostname(), ".example") {
			t.Errorf("%q: the link %q is not an https address under .example", b.Title, b.Link)
		}
		if i > 0 && !all[i-1].Published.Before(b.Published) {
			t.Errorf("%q does not come after the brief before it", b.Title)
		}
	}
}

func TestCallersGetTheirOwnCopy(t *testing.T) {
	seeds.Pack()[0] = 0
	seeds.OPML()[0] = 0
	if seeds.Pack()[0] == 0 || seeds.OPML()[0] == 0 {
		t.Error("a caller can change what the next one gets")
	}
}

func parsePack(t *testing.T) *rules.Pack {
	t.Helper()
	p, err := rules.Parse(seeds.PackName, seeds.Pack())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compilePack(t *testing.T) *rules.Set {
	t.Helper()
	set, err := rules.Compile(parsePack(t))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func readBriefs(t *testing.T) []seeds.Brief {
	t.Helper()
	all, err := seeds.Briefs()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// matched names the rules that a document satisfies, sorted; never nil.
func matched(set *rules.Set, d *rules.Doc) []string {
	names := []string{}
	for _, m := range set.Match(d) {
		names = append(names, m.Rule.Name)
	}
	return sorted(names)
}

func sorted(names []string) []string {
	return append([]string{}, slices.Sorted(slices.Values(names))...)
}
