package draft

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// sharedDocs is the share of documents that must name a pair in one sentence.
const sharedDocs = 0.4

// leastSeldom is how rare a name must be to be seldom in the news.
const leastSeldom = 12

// seldom tells whether the subject is hardly in the news but for this topic.
func (s *subject) seldom() bool {
	return strings.Contains(s.key, " ") || lexicon.Rarity(s.key) >= leastSeldom
}

// pair asks for two names that the corpus is about.
func (c *composition) pair(a, b *subject) {
	one, other := c.sentencesOf(a.name), c.sentencesOf(b.name)
	count, docs := c.count(func(i int) bool { return one[i] && other[i] })
	if count < 2 || float64(docs) < sharedDocs*float64(len(c.documents)) {
		return
	}
	name := c.slug(a.term.name + "-" + b.term.name)
	evidence := fmt.Sprintf("Both in %s, in %s.", plural(count, "sentence"), c.ofDocuments(docs))
	tag := quote(a.form+" backed") + " OR " + quote(b.form+" backed")
	listed := &term{name: name + "-listed", says: amongThree(a.form, b.form), comments: []string{"Named as one of three or more: A, C and B, or C, A and B."}}
	c.add(listed)
	c.early(name, evidence, tag, a, b)
	c.rules = append(c.rules, &rule{
		name:     name + "-headline",
		query:    c.unlessRoutine(fmt.Sprintf("title:@%s AND title:@%s AND NOT title:(%s OR @%s)", a.term.name, b.term.name, tag, listed.name)),
		comments: []string{"Both in the headline, and not in a list of more: then something stands between them, whatever the word for it.", evidence},
		needs:    []*term{a.term, b.term},
	})
}

// early asks for both names early in a text and for what is between them. One may
// be no more than the other's tag (A-backed B).
func (c *composition) early(name, evidence, tag string, a, b *subject) {
	if len(c.relation) == 0 {
		return
	}
	c.rules = append(c.rules, &rule{
		name: name,
		query: c.unlessRoutine(fmt.Sprintf("lead:@%s AND lead:@%s AND (title:@%s OR title:@%s OR lead:((@%s OR @%s) NEAR/3 @%s)) AND %s AND NOT title:(%s)",
			a.term.name, b.term.name, a.term.name, b.term.name, a.term.name, b.term.name, c.relation[0].name, anyOf("lead:", c.relation...), tag)),
		comments: []string{"Both early in the text and a word of what is between them: with one name in", "the headline, or with the word right beside one.", evidence},
		needs:    []*term{a.term, b.term, c.relation[0]}, lead: true,
	})
}

// amongThree gives the lists of three or more that one of two names is in. Words
// don't show them, so the text with its punctuation is asked.
func amongThree(a, b string) []phrase {
	either := "(" + regexp.QuoteMeta(strings.ToLower(a)) + "|" + regexp.QuoteMeta(strings.ToLower(b)) + ")"
	return []phrase{{query: "/" + either + `, \w+(,| and)\b/`}, {query: "/, " + either + ` and\b/`}}
}
