package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/rules"
)

func compileQueries(t *testing.T, pack string) *rules.Set {
	t.Helper()
	p, err := rules.Parse("pack.yaml", []byte(pack))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const twoRules = `
rules:
  - {name: pact, query: 'pact'}
  - {name: cloud-lock, query: 'lock'}
`

func TestEachStoryWeighsTheSameHoweverManyTellIt(t *testing.T) {
	got := scoreLabels(compileQueries(t, twoRules), []label{
		{ID: "1", Title: "a pact", Class: "P", Story: "loud"},
		{ID: "2", Title: "the pact", Class: "P", Story: "loud"},
		{ID: "3", Title: "a treaty", Class: "P", Story: "loud"},
		{ID: "4", Title: "silence", Class: "P", Story: "loud"},
		{ID: "5", Title: "one more pact", Class: "P"},
		{ID: "6", Title: "pact of wolves", Class: "N-far"},
	})
	if want := (tally{Found: 3, Missed: 2, FalseAlarms: 1}); got.Rows != want {
		t.Errorf("by row %+v, want %+v", got.Rows, want)
	}
	if want := (tally{Found: 1.5, Missed: 0.5, FalseAlarms: 1}); got.Stories != want {
		t.Errorf("by story %+v, want %+v", got.Stories, want)
	}
}

func TestARuleCountsForTheTopicThatItsNameEndsWith(t *testing.T) {
	got := scoreLabels(compileQueries(t, twoRules), []label{
		{ID: "1", Title: "lock and pact", Class: "P", Topics: []string{"lock"}},
		{ID: "2", Title: "lock", Class: "N-near"},
		{ID: "3", Title: "neither", Class: "P", Topics: []string{"lock", "block"}},
		{ID: "4", Title: "pact", Class: "B", Topics: []string{"pact"}},
	})
	want := []topicScore{
		{"block", tally{Missed: 1}},
		{"lock", tally{Found: 1, Missed: 1, FalseAlarms: 1}},
		{"pact", tally{FalseAlarms: 1}},
	}
	if diff := cmp.Diff(want, got.Topics, cmp.AllowUnexported(topicScore{})); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

func TestTheOrderOfLabelsChangesNoFigure(t *testing.T) {
	set := compileQueries(t, twoRules)
	var labels []label
	for i := range 40 {
		l := label{ID: string(rune('a' + i)), Title: "pact", Class: "P", Story: string(rune('A' + i/3))}
		switch i % 5 {
		case 0:
			l.Title = "treaty"
		case 1:
			l.Class = "N-near"
		case 2:
			l.Story = ""
		}
		labels = append(labels, l)
	}
	before := asJSON(t, scoreLabels(set, labels))
	slices.Reverse(labels)
	if diff := cmp.Diff(before, asJSON(t, scoreLabels(set, labels))); diff != "" {
		t.Errorf("figures changed with the order (-before +after):\n%s", diff)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNoStoryIsInTwoFoldsAndEachFoldHasItsShare(t *testing.T) {
	on := map[string]bool{}
	for i := range 53 {
		on[string(rune('a'+i))] = i%4 == 0
	}
	folds := dealFolds(on)
	sizes := map[int]map[bool]int{}
	for story, fold := range folds {
		if sizes[fold] == nil {
			sizes[fold] = map[bool]int{}
		}
		sizes[fold][on[story]]++
	}
	for fold := range foldCount {
		if n := sizes[fold][true]; n < 2 || n > 3 {
			t.Errorf("fold %d has %d of 14 stories on topic", fold, n)
		}
		if n := sizes[fold][false]; n < 7 || n > 8 {
			t.Errorf("fold %d has %d of 39 others", fold, n)
		}
	}
}
