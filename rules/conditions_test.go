package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// storyRule is a pack of one rule with these further lines.
func storyRule(lines ...string) []byte {
	return []byte("rules:\n  - name: a\n    query: merger\n    tests: {match: [merger]}\n    " + strings.Join(lines, "\n    ") + "\n")
}

func TestRulesMayAskForMoreOfTheirStory(t *testing.T) {
	for name, c := range map[string]struct {
		lines    []string
		want     Conditions
		new, chg bool
	}{
		"nothing":         {nil, Conditions{}, true, false},
		"outlets":         {[]string{"min_outlets: 3"}, Conditions{MinOutlets: 3}, true, false},
		"tier and time":   {[]string{"min_tier: 1", "within: 2h"}, Conditions{MinTier: 1, Within: 2 * time.Hour}, true, false},
		"changes too":     {[]string{"on: [new, changed]"}, Conditions{}, true, true},
		"changes only":    {[]string{"on: [changed]"}, Conditions{}, false, true},
		"all of the lot ": {[]string{"min_outlets: 2", "min_tier: 2", "within: 90m", "on: [new]"}, Conditions{2, 2, 90 * time.Minute}, true, false},
	} {
		p, err := Parse("p.yaml", storyRule(c.lines...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := p.Rules[0]
		if diff := cmp.Diff(c.want, r.Asks); diff != "" || r.OnNew != c.new || r.OnChange != c.chg {
			t.Errorf("%s: new %v, changed %v\n%s", name, r.OnNew, r.OnChange, diff)
		}
	}
}

func TestConditionsThatCanNotBeMeantAreErrors(t *testing.T) {
	for line, want := range map[string]string{
		"min_outlets: 0":                  "p.yaml:5:18: min_outlets can't be 0",
		"min_tier: 4":                     "p.yaml:5:15: min_tier can't be 4",
		"within: 2h":                      "within limits the time of a condition, and there is none",
		"on: []":                          "on: names nothing",
		"on: [new, chnaged]":              `on can't be "chnaged"`,
		"alert: item\n    min_outlets: 2": "can't wait for its story",
	} {
		if _, err := Parse("p.yaml", storyRule(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", line, err, want)
		}
	}
}

func TestConditionsAreMetByOutletsTierAndTime(t *testing.T) {
	c := Conditions{MinOutlets: 3, MinTier: 2, Within: time.Hour}
	for name, x := range map[string]struct {
		outlets, tier int
		after         time.Duration
		want          bool
	}{
		"all":          {3, 2, time.Hour, true},
		"too few":      {2, 1, time.Minute, false},
		"tier too bad": {5, 3, time.Minute, false},
		"too late":     {5, 1, time.Hour + 1, false},
	} {
		if got := c.Met(x.outlets, x.tier, x.after); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !(Conditions{}).Met(1, 3, 1000*time.Hour) {
		t.Error("no conditions are always met")
	}
}
