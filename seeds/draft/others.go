package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// Bounds of what is said of a subject and others.
const (
	leastDealingKeyness = 4
	leastDealingRarity  = 9
)

// counterparts asks for one name and others that the corpus names beside it.
func (c *composition) counterparts(s *subject) {
	near, with := c.sentencesOf(s.name), map[int]bool{}
	others := &term{name: s.term.name + "-others", comments: []string{fmt.Sprintf("Whom the corpus names beside %s.", s.form)}}
	for _, o := range c.others() {
		if c.nearest(o) != s {
			continue
		}
		others.says = append(others.says, c.shortNames(o)...)
		for i := range c.sentencesOf(o) {
			if near[i] {
				with[i] = true
			}
		}
	}
	dealings := &term{name: s.term.name + "-dealings", says: c.dealings(with)}
	said := slices.Clone(c.relation)
	if len(dealings.says) > 0 {
		dealings.comments = append([]string{"What else it says of them."}, tell(dealings.says, 5)...)
		said = append([]*term{dealings}, said...)
	}
	if len(others.says) < 2 || len(said) == 0 {
		return
	}
	c.add(others)
	if said[0] == dealings {
		c.add(dealings)
	}
	c.rules = append(c.rules, &rule{
		name:     c.slug(s.term.name + "-and-others"),
		query:    fmt.Sprintf("title:@%s AND title:@%s AND %s", s.term.name, others.name, anyOf("lead:", said...)),
		comments: []string{"Both in the headline, and early on a word of what is between them.", fmt.Sprintf("Together in %s.", plural(len(with), "sentence"))},
		needs:    []*term{s.term, others, said[0]},
	})
}

// dealings gives the words that stand out in some sentences, whatever they are.
func (c *composition) dealings(in map[int]bool) (says []phrase) {
	total := c.length(in)
	for _, w := range ranked(c.vocabulary(in), total) {
		known := len(c.relation) > 0 && slices.ContainsFunc(c.relation[0].says, func(p phrase) bool { return stemOf(p) == w.stem })
		if w.keyness(total) >= leastDealingKeyness && len(w.sentences) > 1 && w.rarity > leastDealingRarity && !known {
			says = append(says, c.phraseOf(w))
		}
	}
	return says
}

// shortNames gives a name as headlines write it: Amazon and AWS for Amazon Web
// Services.
func (c *composition) shortNames(o *name) []phrase {
	says := []phrase{c.evidence(o, o.form)}
	words := strings.Fields(o.form)
	if len(words) > 2 {
		if first := strings.ToLower(words[0]); lexicon.Rarity(first) > 10 && lexicon.Parts(first)&lexicon.Adjective == 0 {
			says = append(says, phrase{query: words[0], reason: "for short"})
		}
		says = append(says, phrase{query: strings.ToUpper(initials(o.key)), reason: "the initials"})
	}
	return briefest(says)
}

// others gives the names that mostly stand in one sentence with a subject, in two
// documents or twice: who else has to do with it. What a subject is known for is
// none of them.
func (c *composition) others() (list []*name) {
	for _, m := range c.names {
		if c.isSubject(m) || m.person || m.cited*3 >= m.mentions || c.isAbbreviation(m) {
			continue
		}
		if known, _ := c.asRole(m); known > 0 {
			continue
		}
		if c.together(m)*2 >= m.mentions && (len(m.docs) > 1 || m.mentions > 1 || strings.Contains(m.key, " ")) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, byWeight)
	return list
}

func (c *composition) isSubject(m *name) bool {
	return slices.ContainsFunc(c.subjects, func(s *subject) bool { return s.name == m })
}

// together counts the mentions of a name in a sentence with a subject.
func (c *composition) together(m *name) (count int) {
	for _, p := range m.places {
		if slices.ContainsFunc(c.subjects, func(s *subject) bool { return c.sentencesOf(s.name)[p.sentence] }) {
			count++
		}
	}
	return count
}

// nearest gives the subject that a name shares most sentences with.
func (c *composition) nearest(o *name) (best *subject) {
	most := 0
	for _, s := range c.subjects {
		in, n := c.sentencesOf(s.name), 0
		for i := range c.sentencesOf(o) {
			if in[i] {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}
