package seeds_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/feedwatch/feedwatch/rules"
)

// The headlines are invented, in the manner of many outlets: what was and might
// be written about the topic, and what only looks like it. They came in batches,
// each written whole before the rules were tried on it.
func TestThePackFindsTheTopicInHeadlinesOfOurOwn(t *testing.T) {
	s := score(t, compilePack(t), readRows(t, filepath.Join("testdata", "headlines.jsonl")))
	s.hold(t, 0.98, 0.97)
	for topic, n := range s.topics {
		if r := ratio(n.found, n.missed); r < 0.85 {
			t.Errorf("the recall of %s is %.3f, below 0.85", topic, r)
		}
	}
}

func TestHeadlinesAreLabelledSoundly(t *testing.T) {
	ids, titles := map[string]bool{}, map[string]bool{}
	var topics []string
	for _, r := range parsePack(t).Rules {
		topics = append(topics, r.Name)
	}
	for _, r := range readRows(t, filepath.Join("testdata", "headlines.jsonl")) {
		title := strings.ToLower(r.Title)
		if r.Title == "" || ids[r.ID] || titles[title] {
			t.Errorf("%s is there twice, or has no title: %q", r.ID, r.Title)
		}
		ids[r.ID], titles[title] = true, true
		if r.Batch == 0 {
			t.Errorf("%s is of no batch", r.ID)
		}
		if r.onTopic() != (len(r.Topics) > 0) || !r.onTopic() && !r.offTopic() && r.Class != "B" {
			t.Errorf("%s is of class %q and topics %v", r.ID, r.Class, r.Topics)
		}
		for _, topic := range r.Topics {
			if !slices.Contains(topics, ruleOf(topic)) {
				t.Errorf("%s has the topic %q, which no rule has", r.ID, topic)
			}
		}
	}
}

// row is one labelled feed item.
type row struct {
	ID     string   `json:"id"`
	Batch  int      `json:"batch"`
	Title  string   `json:"title"`
	Text   string   `json:"text"` // may begin with the title
	Class  string   `json:"class"`
	Topics []string `json:"topics"`
	Story  string   `json:"story"`
}

// P-lang is on topic in another language, B too close to call.
func (r row) onTopic() bool  { return r.Class == "P" || r.Class == "P-lang" }
func (r row) offTopic() bool { return strings.HasPrefix(r.Class, "N") }

func (r row) doc() *rules.Doc {
	return &rules.Doc{Title: r.Title, Body: strings.TrimSpace(strings.TrimPrefix(r.Text, r.Title))}
}

// story is the event that a row tells; a row without one is a story by itself.
func (r row) story() string {
	if r.Story == "" {
		return r.ID
	}
	return r.Story
}

func readRows(t *testing.T, name string) []row {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []row
	for dec := json.NewDecoder(f); dec.More(); {
		var r row
		if err := dec.Decode(&r); err != nil {
			t.Fatalf("%s, row %d: %v", name, len(all)+1, err)
		}
		all = append(all, r)
	}
	return all
}

// tally counts what a rule, or the pack, got right and wrong.
type tally struct{ found, missed, extra int }

// figures are how the pack does on rows: any rule against class P, and each rule
// against its topic.
type figures struct {
	rows    tally
	foreign tally
	stories map[string][]bool
	topics  map[string]*tally
}

// score tries the rules on rows, and logs what they get wrong.
func score(t *testing.T, set *rules.Set, rows []row) figures {
	t.Helper()
	s := figures{stories: map[string][]bool{}, topics: map[string]*tally{}}
	for _, r := range rows {
		if !r.onTopic() && !r.offTopic() {
			continue
		}
		got := matched(set, r.doc())
		sum := &s.rows
		if r.Class == "P-lang" {
			sum = &s.foreign
		} else {
			s.countTopics(r.Topics, got)
		}
		hit := len(got) > 0
		switch {
		case r.onTopic() && hit:
			sum.found++
		case r.onTopic():
			sum.missed++
			t.Logf("missed %s %v: %s", r.ID, r.Topics, r.Title)
		case hit:
			sum.extra++
			t.Logf("false alarm %s %v: %s", r.ID, got, r.Title)
		}
		if r.Class == "P" {
			s.stories[r.story()] = append(s.stories[r.story()], hit)
		}
	}
	return s
}

// countTopics adds one row to the sums of its topics and of the rules it matched.
func (s *figures) countTopics(topics, got []string) {
	of := func(name string) *tally {
		if s.topics[name] == nil {
			s.topics[name] = new(tally)
		}
		return s.topics[name]
	}
	var want []string
	for _, topic := range topics {
		name := ruleOf(topic)
		want = append(want, name)
		if slices.Contains(got, name) {
			of(name).found++
		} else {
			of(name).missed++
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			of(name).extra++
		}
	}
}

// ruleOf is the rule of a topic: the pack calls exclusivity by its cloud.
func ruleOf(topic string) string {
	if topic == "exclusivity" {
		return "azure-exclusivity"
	}
	return topic
}

// storyRecall is the mean over stories of the part of their rows that was found.
func (s *figures) storyRecall() float64 {
	sum := 0.0
	for _, hits := range s.stories {
		n := 0
		for _, hit := range hits {
			if hit {
				n++
			}
		}
		sum += float64(n) / float64(len(hits))
	}
	return sum / float64(len(s.stories))
}

// hold logs the figures, and fails where those over all rows are too low.
func (s *figures) hold(t *testing.T, precision, recall float64) {
	t.Helper()
	p, r := ratio(s.rows.found, s.rows.extra), ratio(s.rows.found, s.rows.missed)
	t.Logf("rows: precision %.3f, recall %.3f, %+v; mean recall of %d stories %.3f; other languages %+v",
		p, r, s.rows, len(s.stories), s.storyRecall(), s.foreign)
	for _, name := range slices.Sorted(maps.Keys(s.topics)) {
		n := s.topics[name]
		t.Logf("%-24s precision %.2f, recall %.2f, %+v", name, ratio(n.found, n.extra), ratio(n.found, n.missed), *n)
	}
	if p < precision || r < recall {
		t.Errorf("precision %.3f, recall %.3f: below %.2f or %.2f", p, r, precision, recall)
	}
}

func ratio(right, wrong int) float64 { return float64(right) / float64(right+wrong) }
