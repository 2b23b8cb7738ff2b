package draft

import (
	"fmt"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// mostMissed is the share of headlines that rules may miss before concepts are
// asked for.
const mostMissed = 0.25

// concepts asks for what the headlines are about where the rules so far miss
// them: a name beside a concept, then two concepts.
func (c *composition) concepts() error {
	missed, err := c.missedHeadlines()
	if err != nil || len(c.rules) > 0 && float64(len(missed)) < mostMissed*float64(len(c.documents)) {
		return err
	}
	events, things := c.headlineWords()
	if len(events.says) == 0 {
		return nil
	}
	events.name = c.slug(events.says[0].query)
	scope := []*term{events}
	c.add(events)
	if len(things.says) > 0 {
		things.name = c.slug(things.says[0].query)
		c.add(things)
		scope = append(scope, things)
	}
	for _, s := range c.subjects {
		c.rules = append(c.rules, &rule{
			name:     c.slug(s.term.name + "-" + events.name),
			query:    fmt.Sprintf("title:@%s AND %s", s.term.name, anyOf("title:", scope...)),
			comments: []string{"The name and what happens, in the headline."},
			needs:    []*term{s.term, events},
		})
	}
	missed, err = c.missedHeadlines()
	if err == nil && len(things.says) > 0 && len(missed) >= min(2, len(c.rules)+1) {
		c.rules = append(c.rules, &rule{
			name:     c.slug(events.name + "-" + things.name),
			query:    fmt.Sprintf("title:(@%s NEAR/6 @%s)", events.name, things.name),
			comments: []string{"Both near each other in the headline."},
			needs:    []*term{events, things},
		})
	}
	return err
}

// Bounds of a concept: it stands out, a quarter of the documents have it, and
// headlines do.
const (
	leastConceptKeyness = 7
	leastConceptDocs    = 0.25
	leastThingRarity    = 10.4
)

// headlineWords finds the words for what the corpus's headlines tell, and for
// what it happens to.
func (c *composition) headlineWords() (events, things *term) {
	isHead := map[int]bool{}
	for _, i := range c.headlines() {
		isHead[i] = true
	}
	events, things = &term{}, &term{}
	for _, w := range ranked(c.vocabulary(nil), c.words) {
		inHeads := 0
		for _, i := range w.sentences {
			if isHead[i] {
				inHeads++
			}
		}
		if w.keyness(c.words) < leastConceptKeyness || inHeads == 0 || float64(len(w.docs)) < leastConceptDocs*float64(len(c.documents)) {
			continue
		}
		switch {
		case w.happens() && w.rarity >= leastRare:
			events.says = append(events.says, c.phrasesOf(w)...)
		case inHeads > 1 && w.rarity >= leastThingRarity && (lexicon.Parts(w.form())&lexicon.Noun != 0 || !lexicon.Known(w.form())):
			things.says = append(things.says, c.phraseOf(w))
		}
	}
	events.comments = append([]string{"What the corpus's headlines tell."}, tell(events.says, 8)...)
	things.comments = append([]string{"What it happens to, or with."}, tell(things.says, 8)...)
	return events, things
}

// headlines gives the first sentence of each document: its title where it has
// one.
func (c *corpus) headlines() (list []int) {
	last := -1
	for i, s := range c.sentences {
		if s.doc != last {
			list = append(list, i)
			last = s.doc
		}
	}
	return list
}

// missedHeadlines gives the headlines that no rule matches so far.
func (c *composition) missedHeadlines() (missed []int, err error) {
	if len(c.rules) == 0 {
		return c.headlines(), nil
	}
	set, err := c.compile()
	if err != nil {
		return nil, err
	}
	for _, i := range c.headlines() {
		if len(set.MatchRules(nil, &rules.Doc{Title: c.sentences[i].text})) == 0 {
			missed = append(missed, i)
		}
	}
	return missed, nil
}

// compile makes rules of what is composed so far.
func (c *composition) compile() (*rules.Set, error) {
	pack, err := rules.Parse("draft", c.pack())
	if err != nil {
		return nil, err
	}
	return rules.Compile(pack)
}
