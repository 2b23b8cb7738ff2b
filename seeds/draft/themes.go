package draft

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// Bounds of a theme: a word that stands out, in half of the documents, and that
// the corpus makes compounds with.
const (
	leastThemeKeyness = 12
	leastThemeDocs    = 0.5
	leastCompounds    = 3
)

// themes asks for one name and a compound that the corpus made its own, such as
// for-profit and capped-profit.
func (c *composition) themes(s *subject) {
	in := c.sentencesOf(s.name)
	total := c.length(in)
	for _, w := range ranked(c.vocabulary(in), total) {
		if w.keyness(total) < leastThemeKeyness {
			return
		}
		if len(w.docs) < 2 || float64(len(w.docs)) < leastThemeDocs*float64(len(c.documents)) || c.leans(w, s) {
			continue
		}
		says := c.compounds(w, in)
		if len(says) < leastCompounds {
			continue
		}
		t := &term{name: c.slug(w.form()), says: says, comments: append([]string{
			fmt.Sprintf("What the corpus makes of %s: %s in %s.", w.form(), plural(len(w.sentences), "sentence"), c.ofDocuments(len(w.docs)))},
			tell(says, 4)...)}
		c.add(t)
		query, comment := "lead:(@%s NEAR/20 @%s)", "%s and what is said of %s, near each other."
		if s.seldom() {
			query, comment = "lead:@%s AND lead:@%s", "%s and what is said of %s, both early in the text."
		}
		c.rules = append(c.rules, &rule{
			name: c.slug(s.term.name + "-" + w.form()), query: c.unlessRoutine(fmt.Sprintf(query, s.term.name, t.name), t),
			comments: []string{fmt.Sprintf(comment, s.form, w.form())},
			needs:    []*term{s.term, t}, lead: true,
		})
	}
}

// leans tells whether a word stands with another subject more than with this.
func (c *composition) leans(w *stemmed, s *subject) bool {
	with := func(o *subject) (n int) {
		in := c.sentencesOf(o.name)
		for _, i := range w.sentences {
			if in[i] {
				n++
			}
		}
		return n
	}
	own := with(s)
	return slices.ContainsFunc(c.subjects, func(o *subject) bool {
		n := with(o)
		return o != s && (n > own || n == own && byWeight(o.name, s.name) < 0)
	})
}

// compounds gives the compounds of a word in some sentences: those with a hyphen,
// and those grown together (nonprofit).
func (c *composition) compounds(w *stemmed, in map[int]bool) (says []phrase) {
	found := map[string]*tally{}
	for i, s := range c.sentences {
		if !in[i] {
			continue
		}
		for at, x := range s.words {
			if grown(x, w.stem) {
				c.note(found, x.text, i)
			}
			if x.stem == w.stem && at > 0 && compound(s.words[at-1], x) {
				c.note(found, s.words[at-1].text+" "+x.text, i)
			}
			if x.stem == w.stem && at+1 < len(s.words) && compound(x, s.words[at+1]) {
				c.note(found, x.text+" "+s.words[at+1].text, i)
			}
		}
	}
	for text, f := range found {
		query := quote(text)
		if !strings.Contains(text, " ") {
			query = stemQuery(text)
		}
		says = append(says, phrase{query: query, count: f.count, docs: len(f.docs), first: f.first})
	}
	slices.SortFunc(says, func(a, b phrase) int {
		return cmp.Or(cmp.Compare(b.docs, a.docs), cmp.Compare(b.count, a.count), cmp.Compare(a.query, b.query))
	})
	return says
}

// tally counts where something was met.
type tally struct {
	count int
	docs  map[int]bool
	first string
}

func (c *composition) note(found map[string]*tally, text string, sentence int) {
	t := found[text]
	if t == nil {
		t = &tally{docs: map[int]bool{}, first: c.address(sentence)}
		found[text] = t
	}
	t.count++
	t.docs[c.sentences[sentence].doc] = true
}

// prefixes make another word of one without parting from it.
var prefixes = strings.Fields("non re anti counter un de pre post co over under")

func grown(x word, stem string) bool {
	before, ok := strings.CutSuffix(x.stem, stem)
	return ok && slices.Contains(prefixes, before) && !x.capital()
}

// compound tells whether two words are one with a hyphen, and not one of those
// that every text has (long-term, high-profile).
func compound(a, b word) bool {
	common := lexicon.Parts(a.text)&(lexicon.Adjective|lexicon.Adverb) != 0 && lexicon.Rarity(a.text) < 9
	return b.gap == "-" && !a.capital() && !b.capital() && !common && !digits(a.text) && !digits(b.text)
}

// longNumber is how many digits tell a case from a version.
const longNumber = 4

// codes asks for names that end in a long number, such as those of cases and
// advisories, which nothing else has.
func (c *composition) codes() {
	t := &term{}
	for _, key := range slices.Sorted(maps.Keys(c.names)) {
		words := strings.Fields(key)
		last := words[len(words)-1]
		if m := c.names[key]; len(m.docs) > 1 && len(words) > 1 && len(last) >= longNumber && digits(last) {
			t.says = append(t.says, c.evidence(m, m.form))
		}
	}
	if len(t.says) == 0 {
		return
	}
	prefix, _, _ := strings.Cut(fold(t.says[0].query), " ")
	t.name = c.slug(prefix + "-numbers")
	t.comments = append([]string{"Numbers that name one thing."}, tell(t.says, 4)...)
	c.add(t)
	c.rules = append(c.rules, &rule{
		name: t.name, query: "@" + t.name, lead: true, needs: []*term{t},
		comments: []string{"The number alone is enough."},
	})
}

// Bounds of what says enough beside one name: so rare, and in so many documents.
const (
	leastSpecific     = 10.4
	leastSpecificDocs = 0.4
	leastSpecifics    = 2

	leastAffairKeyness = 10 // of a word that is not of what happens
	leastAffair        = 10.9

	leastThingKeyness = 13 // of a noun that is less rare, and in most documents
	leastThing        = 9.4
	leastThingDocs    = 0.75
)

// outward are words for what a subject does with anybody: beside its name alone
// they speak of a third party.
var outward = set("acquire acquires acquired acquiring acquisition acquisitions takeover takeovers merge merged merger mergers " +
	"buy buys buying bought purchase purchases purchased purchasing hire hires hired hiring recruit recruits recruited recruiting")

// specifics asks for one name and a rare word for what happens to it, both in the
// headline: a name that is seldom in the news, since it is alone. These words are
// not widened.
func (c *composition) specifics(s *subject) {
	if !s.seldom() {
		return
	}
	t := &term{}
	often := func(w *stemmed) bool {
		return len(w.sentences) >= leastRepeated && len(w.docs) > 1 && float64(len(w.docs)) >= leastSpecificDocs*float64(len(c.documents))
	}
	in := c.sentencesOf(s.name)
	total := c.length(in)
	telling := func(w *stemmed) bool {
		if outward[w.form()] {
			return false
		}
		if c.isEvent(w) {
			return w.rarity >= leastSpecific
		}
		thing := w.rarity >= leastThing && w.keyness(total) >= leastThingKeyness && lexicon.Parts(w.form())&lexicon.Noun != 0 &&
			float64(len(w.docs)) >= leastThingDocs*float64(len(c.documents))
		return (thing || w.rarity >= leastAffair && w.keyness(total) >= leastAffairKeyness) && !hollow[w.form()]
	}
	seen := map[string]bool{}
	for _, w := range slices.Concat(c.events, ranked(c.vocabulary(in), total)) {
		if often(w) && telling(w) && !c.leans(w, s) && !seen[w.stem] {
			seen[w.stem] = true
			t.says = append(t.says, c.phrasesOf(w)...)
			t.says = append(t.says, family(w)...)
		}
	}
	if len(t.says) < leastSpecifics {
		return
	}
	t.name = c.slug(s.term.name + "-affairs")
	t.comments = append([]string{fmt.Sprintf("Rare words for what happens with %s.", s.form)}, tell(t.says, 5)...)
	c.add(t)
	c.rules = append(c.rules, &rule{
		name: t.name, query: c.orOften(fmt.Sprintf("title:@%s AND title:@%s", s.term.name, t.name), s, t),
		comments: []string{"The name and what happens with it, in the headline, or that twice in the first lines."},
		needs:    []*term{s.term, t},
	})
}

// orOften lets through what a query does not, where the headline has the name and
// is no routine, and the first lines have two words of a term.
func (c *composition) orOften(query string, s *subject, t *term) string {
	return fmt.Sprintf("(%s) OR (%s)", query, c.unlessRoutine(fmt.Sprintf("title:@%s AND atleast/2:lead:@%s", s.term.name, t.name)))
}

// isEvent tells whether a word is one of those for what happens.
func (c *composition) isEvent(w *stemmed) bool {
	return slices.ContainsFunc(c.events, func(e *stemmed) bool { return e.stem == w.stem })
}

// derived are endings by which nouns are made of verbs and adjectives.
var derived = strings.Fields("ion ment ance ence ity")

// family gives the nouns that are made of a word and stem otherwise: conversion
// of convert. They are given as they are, since a noun like that may share its
// stem with one of another sense: conversation.
func family(w *stemmed) (says []phrase) {
	for _, kin := range lexicon.Widen(w.form()) {
		same := len(w.stem) >= sharedLetters && strings.HasPrefix(kin, w.stem[:max(sharedLetters, len(w.stem)-2)])
		if same && slices.ContainsFunc(derived, func(e string) bool { return strings.HasSuffix(kin, e) }) {
			for _, form := range []string{kin, kin + "s"} {
				says = append(says, phrase{query: quote(form), reason: "made of it"})
			}
		}
	}
	return says
}
