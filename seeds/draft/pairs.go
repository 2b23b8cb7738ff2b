package draft

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// Bounds of a pair: the share of documents that name both in one sentence, and
// the same where that makes one of them, if it is seldom in the news, hardly come
// with the other but for what is between them.
const (
	sharedDocs  = 0.4
	coupledDocs = 0.8
)

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
	share := float64(docs) / float64(len(c.documents))
	if count < 2 || share < sharedDocs {
		return
	}
	name := c.slug(a.term.name + "-" + b.term.name)
	evidence := fmt.Sprintf("Both in %s, in %s.", plural(count, "sentence"), c.ofDocuments(docs))
	tag := quote(a.form+" backed") + " OR " + quote(b.form+" backed")
	listed := &term{name: name + "-listed", says: amongThree(a.form, b.form), comments: []string{"Named as one of three or more: A, C and B, or C, A and B."}}
	c.add(listed)
	c.early(name, evidence, tag, a, b)
	rare, second := rarer(a, b)
	r := &rule{
		name: name + "-headline", needs: []*term{a.term, b.term},
		comments: []string{"Both in the headline, and not in a list of more: then something stands", "between them, whatever the word for it.", evidence},
	}
	field := "title"
	if share >= coupledDocs && rare.seldom() {
		field, r.lead = "lead", true
		r.comments = []string{
			fmt.Sprintf("%s, which is seldom in the news, in the headline, and %s there or in the", rare.form, second.form),
			"first lines: then something stands between them, whatever the word for it.", evidence,
		}
	}
	r.query = c.unlessRoutine(fmt.Sprintf("title:@%s AND %s:@%s AND NOT title:(%s OR @%s)", rare.term.name, field, second.term.name, tag, listed.name))
	c.rules = append(c.rules, r)
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

// rarer gives two subjects, the rarer in the news first.
func rarer(a, b *subject) (rare, other *subject) {
	if lexicon.Rarity(a.key) >= lexicon.Rarity(b.key) {
		return a, b
	}
	return b, a
}

// amongThree gives the lists of three or more that one of two names is in. Words
// don't show them, so the text with its punctuation is asked.
func amongThree(a, b string) []phrase {
	either := "(" + regexp.QuoteMeta(strings.ToLower(a)) + "|" + regexp.QuoteMeta(strings.ToLower(b)) + ")"
	return []phrase{{query: "/" + either + `, \w+(,| and)\b/`}, {query: "/, " + either + ` and\b/`}}
}
