package draft

import (
	"fmt"
	"slices"
	"strings"
)

// everyday is what the news tells of any company or body, day in, day out:
// products, tips, suits, breakdowns, hacks, gifts. An asterisk is any ending.
var everyday = []string{
	"launch*", "unveil*", "introduc*", "releas*", "debut*", "rolls out", "rolling out", "add", "adds", "brings", "upgrade*",
	"app", "users", "chatbot*", "for free", "free for", "powered by", "runs on",
	"how to", "hands on", "tutorial*", "roundup", "ban", "bans", "banned", "privacy", "layoff*", "class action",
	"sue", "sues", "sued", "suing", "suit", "lawsuit*", "copyright*", "judge", "jury", "court",
	"injunction", "damages", "verdict",
	"infring*", "dismissal", "plaintiff*", "signator*", "prize*", "award*", "comes to", "coming to",
	"outage*", "malware", "hacker*", "donat*", "poach*", "valuation", "valued", "testif*", "summit",
}

// mostRoutine is the share of documents that may have a word which is routine all
// the same; one may in any case.
const mostRoutine = 0.05

// findRoutine makes a term of what is told of anybody and hardly in the corpus:
// names that meet in such a headline meet by chance.
func (c *composition) findRoutine() {
	t := &term{comments: []string{
		"What is told of anybody any day, and hardly in these documents: names that",
		"meet in such a headline meet by chance. Strike what belongs to the topic.",
	}}
	for _, e := range everyday {
		if c.hardly(e) {
			t.says = append(t.says, phrase{query: everydayQuery(e)})
		}
	}
	if len(t.says) > 0 {
		t.name = c.slug("routine")
		c.routine = t
		c.add(t)
	}
}

func everydayQuery(e string) string {
	if strings.Contains(e, " ") {
		return quote(e)
	}
	return e
}

// hardly tells whether few documents have a word, and none in its headline or
// beside a subject. What is said in several words is not looked for.
func (c *composition) hardly(e string) bool {
	docs := map[int]bool{}
	prefix, open := strings.CutSuffix(e, "*")
	for i := range c.sentences {
		s := &c.sentences[i]
		for _, w := range s.words {
			if w.text != e && !(open && strings.HasPrefix(w.text, prefix)) {
				continue
			}
			if s.headline || slices.ContainsFunc(c.subjects, func(s *subject) bool { return c.sentencesOf(s.name)[i] }) {
				return false
			}
			docs[s.doc] = true
		}
	}
	return float64(len(docs)) <= max(1, mostRoutine*float64(len(c.documents)))
}

// unlessRoutine keeps a query from headlines of what is told of anybody, but for
// those that have one of some terms too.
func (c *composition) unlessRoutine(query string, but ...*term) string {
	switch {
	case c.routine == nil:
		return query
	case len(but) > 0:
		return query + " AND NOT (title:@" + c.routine.name + " AND NOT " + anyOf("title:", but...) + ")"
	}
	return query + " AND NOT title:@" + c.routine.name
}

// unlessRoutineOf keeps a query from such headlines, but for those in which what
// is between two subjects stands right beside one of them.
func (c *composition) unlessRoutineOf(query string, a, b *subject) string {
	if c.routine == nil || len(c.relation) == 0 {
		return c.unlessRoutine(query)
	}
	return fmt.Sprintf("%s AND NOT (title:@%s AND NOT title:((@%s OR @%s) NEAR/1 @%s))",
		query, c.routine.name, a.term.name, b.term.name, c.relation[0].name)
}
