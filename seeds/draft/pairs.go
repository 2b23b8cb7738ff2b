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

// standing gives the terms that stand for the subject beside another.
func (s *subject) standing() []*term {
	if s.people == nil {
		return []*term{s.term}
	}
	return []*term{s.term, s.people}
}

// spoken gives the subject's name, and people who stand for it, as expressions.
func (s *subject) spoken() []string {
	list := []string{regexp.QuoteMeta(strings.ToLower(s.form))}
	if s.people != nil {
		for _, p := range s.people.says {
			list = append(list, regexp.QuoteMeta(strings.ToLower(strings.Trim(p.query, `"`))))
		}
	}
	return list
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
	either := "(" + strings.Join(append(a.spoken(), b.spoken()...), "|") + ")"
	tag := "/" + either + "-backed/"
	c.early(name, evidence, tag, a, b)
	aside := &term{
		name: name + "-aside", says: []phrase{{query: tag}, {query: "/" + either + `, \w+(,| and) /`}, {query: "/, " + either + `,? and\b/`}},
		comments: []string{"Named by the way: as a tag, or as one of three (A, C and B; C, A and B). Punctuation tells, so the text is asked."},
	}
	c.add(aside)
	c.rules = append(c.rules, &rule{
		name:     name + "-headline",
		query:    c.orSuit(name, c.unlessRoutineOf(fmt.Sprintf("%s AND %s AND NOT title:@%s", anyOf("title:", a.standing()...), anyOf("title:", b.standing()...), aside.name), a, b), a, b),
		comments: []string{"Both in the headline, and not by the way: then something stands between them, whatever the word for it.", evidence},
		needs:    []*term{a.term, b.term},
	})
}

// early asks for both names early in a text and for what is between them. One may
// be no more than the other's tag (A-backed B).
func (c *composition) early(name, evidence, tag string, a, b *subject) {
	if len(c.relation) == 0 {
		return
	}
	one, other, word := a.term.name, b.term.name, c.relation[0].name
	query := fmt.Sprintf("%s AND %s AND (%s OR (lead:(@%s NEAR/8 @%s) AND lead:(@%s NEAR/8 @%s) AND lead:(@%s NEAR/12 @%s))) AND %s AND NOT title:%s",
		anyOf("lead:", a.standing()...), anyOf("lead:", b.standing()...), strings.Trim(anyOf("title:", append(a.standing(), b.standing()...)...), "()"),
		one, word, other, word, one, other, c.between(a, b), tag)
	for _, p := range [][2]*subject{{a, b}, {b, a}} {
		if one, other := p[0], p[1]; one.known != nil {
			query = fmt.Sprintf("((%s) OR (title:@%s AND title:@%s AND %s))", query, other.term.name, one.known.name, anyOf("title:", c.relation...))
		}
	}
	c.rules = append(c.rules, &rule{
		name: name, query: c.unlessRoutineOf(query, a, b),
		comments: []string{"Both early in the text and a word of what is between them: with one name in", "the headline, or with the word near to both.", evidence},
		needs:    []*term{a.term, b.term, c.relation[0]}, lead: true,
	})
}

// between asks for a word of what is between two subjects, or for one by name and
// by who stands for it: a text that has three names is about them.
func (c *composition) between(a, b *subject) string {
	words := strings.Trim(anyOf("lead:", c.relation...), "()")
	for _, s := range []*subject{a, b} {
		if s.people != nil {
			words += fmt.Sprintf(" OR (lead:@%s AND lead:@%s)", s.term.name, s.people.name)
		}
	}
	if !strings.Contains(words, " OR ") {
		return words
	}
	return "(" + words + ")"
}

// orSuit lets through what a query leaves out as routine where one goes to court
// against the other, and not a third against both.
func (c *composition) orSuit(name, query string, a, b *subject) string {
	if c.routine == nil {
		return query
	}
	between := func(one, other *subject) phrase {
		return phrase{query: fmt.Sprintf("((@%s ONEAR/4 %s) AND (%[2]s ONEAR/3 @%[3]s))", one.term.name, "(sue OR sues OR sued OR suing)", other.term.name)}
	}
	suit := &term{name: name + "-in-court", says: []phrase{between(a, b), between(b, a)}, comments: []string{"One in court against the other, which is not routine."}}
	c.add(suit)
	return fmt.Sprintf("(%s) OR title:@%s", query, suit.name)
}
