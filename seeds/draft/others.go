package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// leastTelling is how rare a name must be in the news for its meeting with
// another not to be chance.
const leastTelling = 11

// counterparts asks for one name and others that the corpus names beside it, but
// for those that are in the news every day.
func (c *composition) counterparts(s *subject) {
	near, with := c.sentencesOf(s.name), map[int]bool{}
	t := &term{name: s.term.name + "-others", comments: []string{fmt.Sprintf("Whom the corpus names beside %s.", s.form)}}
	for _, o := range c.others() {
		says := c.shortNames(o)
		if c.nearest(o) != s || slices.ContainsFunc(says, func(p phrase) bool { return !telling(p.query) }) {
			continue
		}
		t.says = append(t.says, says...)
		for i := range c.sentencesOf(o) {
			if near[i] {
				with[i] = true
			}
		}
	}
	if len(t.says) < 2 {
		return
	}
	c.add(t)
	c.rules = append(c.rules, &rule{
		name:  c.slug(s.term.name + "-and-others"),
		query: c.unlessRoutine(s.beside(t)),
		comments: []string{
			fmt.Sprintf("One of them in the headline, and %s there or in the first lines.", s.form),
			fmt.Sprintf("Together in %s.", plural(len(with), "sentence")),
		},
		needs: []*term{s.term, t}, lead: true,
	})
}

// besideWords is how many words there may be between a subject and one who is
// much in the news, for them to have to do with each other.
const besideWords = 4

// beside asks for one of others in the headline, and the subject early. Of those
// who are much in the news it must be told in the headline or right beside them.
func (s *subject) beside(others *term) string {
	query := fmt.Sprintf("lead:@%s AND title:@%s", s.term.name, others.name)
	seldom := []string{}
	for _, p := range others.says {
		if name := fold(p.query); strings.Contains(name, " ") || lexicon.Rarity(name) >= leastSeldom {
			seldom = append(seldom, p.query)
		}
	}
	if len(seldom) == len(others.says) {
		return query
	}
	near := fmt.Sprintf("title:@%s OR lead:(@%s NEAR/%d @%s)", s.term.name, s.term.name, besideWords, others.name)
	if len(seldom) > 0 {
		near += " OR title:(" + strings.Join(seldom, " OR ") + ")"
	}
	return query + " AND (" + near + ")"
}

// telling reports whether a name is of several words, or rare in the news.
func telling(query string) bool {
	name := fold(query)
	return strings.Contains(name, " ") || lexicon.Rarity(name) >= leastTelling
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
