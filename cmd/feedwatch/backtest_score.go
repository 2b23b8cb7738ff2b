package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
)

// label is a document that a person judged. Class says how: P is on topic,
// P-lang on topic in another language than the rules are written in, N and all
// that begins with it (N-near, N-far) off topic, B too close to call.
type label struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Text   string   `json:"text"` // may begin with the title
	Class  string   `json:"class"`
	Topics []string `json:"topics"`
	Story  string   `json:"story"` // those of one event share it; "": one by itself
}

func (l *label) onTopic() bool  { return l.Class == "P" }
func (l *label) offTopic() bool { return strings.HasPrefix(l.Class, "N") }
func (l *label) foreign() bool  { return l.Class == "P-lang" }

// story is what rows are grouped by.
func (l *label) story() string { return cmp.Or(l.Story, l.ID) }

// doc is what rules see of it. A text that repeats the title counts it once.
func (l *label) doc() *rules.Doc {
	return &rules.Doc{Title: l.Title, Body: strings.TrimSpace(strings.TrimPrefix(plainText(l.Text), l.Title))}
}

// readLabels reads labelled documents from JSON Lines.
func (p *program) readLabels(name string) ([]label, error) {
	in, err := p.openDocuments(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // it was only read
	var all []label
	for raw, err := range rawLines(name, in) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", raw.where(), err)
		}
		var l label
		if err := json.Unmarshal(raw.data, &l); err != nil {
			return nil, fmt.Errorf("%s: %w: a line is one JSON object with id, title, text, class, topics and story", raw.where(), err)
		}
		if l.Class != "B" && !l.onTopic() && !l.offTopic() && !l.foreign() {
			return nil, fmt.Errorf("%s: the class is %q: write P, P-lang, B, or N and what begins with it", raw.where(), l.Class)
		}
		l.ID = cmp.Or(l.ID, raw.where())
		all = append(all, l)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no labelled document", name)
	}
	return all, nil
}

// tally counts what a rule, or a pack, got right and wrong. The counts are sums
// of weights: 1 a row, or what is a row's share of its story.
type tally struct {
	Found       float64 `json:"found"`
	Missed      float64 `json:"missed"`
	FalseAlarms float64 `json:"false_alarms"`
}

// add counts one document: whether it should be found, and whether it was.
func (t *tally) add(want, got bool, weight float64) {
	switch {
	case want && got:
		t.Found += weight
	case want:
		t.Missed += weight
	case got:
		t.FalseAlarms += weight
	}
}

// precision is the part of what was found that is right; 1 where nothing was
// found, since then nothing is wrong.
func (t tally) precision() float64 { return ratio(t.Found, t.FalseAlarms) }

// recall is the part of what is right that was found; 1 where nothing is.
func (t tally) recall() float64 { return ratio(t.Found, t.Missed) }

// f1 is the harmonic mean of both.
func (t tally) f1() float64 { return ratio(2*t.Found, t.Missed+t.FalseAlarms) }

func ratio(right, wrong float64) float64 {
	if right+wrong == 0 {
		return 1
	}
	return right / (right + wrong)
}

// MarshalJSON adds the rates to the counts.
func (t tally) MarshalJSON() ([]byte, error) {
	type counts tally
	return json.Marshal(struct {
		counts
		Precision float64 `json:"precision"`
		Recall    float64 `json:"recall"`
		F1        float64 `json:"f1"`
	}{counts(t), t.precision(), t.recall(), t.f1()})
}

// report is how a set of rules does on labelled documents.
type report struct {
	Rows    tally        `json:"rows"`    // any rule against class P, each row alike
	Stories tally        `json:"stories"` // the same, each story alike
	Topics  []topicScore `json:"topics"`
	Folds   spread       `json:"folds"`
	Foreign tally        `json:"foreign"` // of class P-lang; in none of the others
	Wrong   []wrongRow   `json:"wrong"`   // misses first
}

// topicScore is how the rules for a topic do on the rows labelled with it. A
// rule without a topic, or a topic without a rule, has a line too.
type topicScore struct {
	Topic string `json:"topic"`
	tally
}

// MarshalJSON puts the name beside the figures, which the embedded type would
// else marshal alone.
func (t topicScore) MarshalJSON() ([]byte, error) {
	figures, err := json.Marshal(t.tally)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(`{"topic":`), quoted(t.Topic), []byte(","), figures[1:]), nil
}

// wrongRow is a document that was missed, or raised a false alarm.
type wrongRow struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Class  string   `json:"class"`
	Topics []string `json:"topics,omitempty"` // as labelled
	Rules  []string `json:"rules,omitempty"`  // that matched
}

// scoreLabels holds rules against labelled documents. The answer depends on
// nothing else, neither on the order of rows nor on chance.
func scoreLabels(set *rules.Set, labels []label) report {
	labels = slices.SortedFunc(slices.Values(labels), func(a, b label) int { // sums of parts hang on their order
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title, b.Title))
	})
	s := newScoring(set, labels)
	for i := range labels {
		s.add(&labels[i])
	}
	return s.report()
}

// scoring is one run of scoreLabels.
type scoring struct {
	set      *rules.Set
	sizes    map[string]float64 // scored rows by story
	folds    map[string]int     // by story
	labelled []string           // topics that a label has, in order
	topics   map[string]*tally
	byFold   [foldCount]tally
	result   report
	misses   []wrongRow
	falsely  []wrongRow
}

func newScoring(set *rules.Set, labels []label) *scoring {
	s := &scoring{set: set, sizes: make(map[string]float64), topics: make(map[string]*tally)}
	on, topics := make(map[string]bool), make(map[string]bool) // by story; by name
	for i := range labels {
		l := &labels[i]
		if !l.onTopic() && !l.offTopic() {
			continue
		}
		s.sizes[l.story()]++
		on[l.story()] = on[l.story()] || l.onTopic()
		for _, topic := range l.Topics {
			topics[topic] = true
		}
	}
	s.labelled = slices.Sorted(maps.Keys(topics))
	s.folds = dealFolds(on)
	return s
}

func (s *scoring) add(l *label) {
	names := ruleNames(s.set, l.doc())
	got, want := len(names) > 0, l.onTopic()
	if l.foreign() {
		s.result.Foreign.add(true, got, 1)
	}
	if !want && !l.offTopic() {
		return
	}
	s.result.Rows.add(want, got, 1)
	s.result.Stories.add(want, got, 1/s.sizes[l.story()])
	s.byFold[s.folds[l.story()]].add(want, got, 1)
	s.addTopics(l.Topics, names)
	switch wrong := (wrongRow{l.ID, l.Title, l.Class, l.Topics, names}); {
	case want && !got:
		s.misses = append(s.misses, wrong)
	case got && !want:
		s.falsely = append(s.falsely, wrong)
	}
}

// ruleNames lists the rules of a set that a document satisfies.
func ruleNames(set *rules.Set, d *rules.Doc) (names []string) {
	for _, n := range set.MatchRules(nil, d) {
		names = append(names, set.Rules()[n].Name)
	}
	return names
}

// addTopics counts each topic that a row has by label or by rule.
func (s *scoring) addTopics(labelled, matched []string) {
	seen := make(map[string]bool)
	count := func(topic string, want, got bool) {
		if seen[topic] {
			return
		}
		seen[topic] = true
		if s.topics[topic] == nil {
			s.topics[topic] = new(tally)
		}
		s.topics[topic].add(want, got, 1)
	}
	for _, topic := range labelled {
		count(topic, true, slices.ContainsFunc(matched, func(rule string) bool { return ruleIsFor(rule, topic) }))
	}
	for _, rule := range matched {
		if !slices.ContainsFunc(labelled, func(topic string) bool { return ruleIsFor(rule, topic) }) {
			count(s.topicOf(rule), false, true)
		}
	}
}

// ruleIsFor tells whether a rule is about a topic, by its name: it is the
// topic's, or ends with it after a hyphen. So azure-exclusivity is a rule for
// exclusivity.
func ruleIsFor(rule, topic string) bool {
	return rule == topic || strings.HasSuffix(rule, "-"+topic)
}

// topicOf is the labelled topic that a rule is for, or the rule's own name where
// no label has one.
func (s *scoring) topicOf(rule string) string {
	for _, topic := range s.labelled {
		if ruleIsFor(rule, topic) {
			return topic
		}
	}
	return rule
}

func (s *scoring) report() report {
	r := s.result
	for _, topic := range slices.Sorted(maps.Keys(s.topics)) {
		r.Topics = append(r.Topics, topicScore{topic, *s.topics[topic]})
	}
	r.Folds = newSpread(s.byFold[:])
	r.Wrong = slices.Concat([]wrongRow{}, s.misses, s.falsely)
	return r
}
