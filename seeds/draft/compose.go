package draft

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// term is a named list of alternatives.
type term struct {
	name     string
	comments []string
	says     []phrase
}

// phrase is a way to say something, with the evidence for it.
type phrase struct {
	query  string // in the rule language
	count  int    // sentences; 0 if the corpus has none
	docs   int
	first  string // address of one
	reason string // where the corpus doesn't have it
}

// rule is a rule of the pack before it is written.
type rule struct {
	name     string
	query    string
	comments []string
	needs    []*term // all of which must be there, for the estimate
	lead     bool    // looked for in the lead, not only in the title
	match    []string
	noMatch  []string
}

// composition makes terms and rules of what was found.
type composition struct {
	*naming
	subjects []*subject
	events   []*stemmed // words for what happens, the most telling first
	relation []*term    // what the corpus says happens, and what may be said instead
	routine  *term      // what is told of anybody, and here not; may be nil
	terms    []*term
	rules    []*rule
	taken    map[string]bool
	within   map[*name]map[int]bool // see sentencesOf
}

// subject is a name that the corpus is about, and the term for it.
type subject struct {
	*name
	term   *term
	people *term // who stands for it beside another subject; may be nil
	known  *term // what it is known for, if anything
}

// compose finds what to ask for: first for what is between the names that the
// corpus is about, then for what is said of one of them, and where the corpus's
// own headlines are not found by that, for its concepts.
func compose(n *naming) (*composition, error) {
	c := &composition{naming: n, taken: map[string]bool{}, within: map[*name]map[int]bool{}}
	central := n.central()
	for _, m := range central {
		t := &term{name: c.slug(m.form), says: c.says(m, central), comments: []string{
			fmt.Sprintf("%s: %s in %s, first %s.", m.form, plural(m.mentions, "mention"), c.ofDocuments(len(m.docs)), c.address(m.places[0].sentence))}}
		c.add(t)
		c.subjects = append(c.subjects, c.subject(m, t, central))
	}
	c.findRelation()
	c.findRoutine()
	for i, a := range c.subjects {
		for _, b := range c.subjects[i+1:] {
			c.pair(a, b)
		}
	}
	for _, s := range c.subjects {
		c.themes(s)
		c.specifics(s)
		c.counterparts(s)
	}
	c.codes()
	return c, c.concepts()
}

// subject makes one of a name, with what stands for it beside another.
func (c *composition) subject(m *name, t *term, central []*name) *subject {
	s := &subject{name: m, term: t}
	if says := c.people(m, central); len(says) > 0 {
		s.people = &term{name: c.slug(t.name + "-people"), says: says, comments: []string{
			fmt.Sprintf("People whom the corpus names with %s. They stand for it beside another name only.", m.form)}}
		c.add(s.people)
	}
	var things []phrase
	for _, p := range c.things(m, central) {
		things = append(things, c.evidence(p, p.form))
	}
	if len(things) > 0 {
		s.known = &term{name: c.slug(t.name + "-known-for"), says: things, comments: append([]string{
			fmt.Sprintf("What %s is known for. It stands for it beside another name and a word of what is between them.", m.form)}, tell(things, 4)...)}
		c.add(s.known)
	}
	return s
}

// add takes terms into the pack, which say something.
func (c *composition) add(terms ...*term) { c.terms = append(c.terms, terms...) }

// slug makes a name of a pack of a text.
func (c *composition) slug(text string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, fold(text))
	s = cmp.Or(strings.Trim(s, "-"), "subject")
	unique := s
	for i := 2; c.taken[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", s, i)
	}
	c.taken[unique] = true
	return unique
}

// sentencesOf marks the sentences that mention a name.
func (c *composition) sentencesOf(m *name) map[int]bool {
	in := c.within[m]
	if in == nil {
		in = map[int]bool{}
		for _, p := range m.places {
			in[p.sentence] = true
		}
		c.within[m] = in
	}
	return in
}

// length is how many words some sentences have.
func (c *composition) length(in map[int]bool) (words int) {
	for i := range in {
		words += len(c.sentences[i].words)
	}
	return words
}

// Bounds of what makes a word one of the relation: it stands out, and in more
// than one document or often.
const (
	leastKeyness  = 5
	mostRelation  = 60
	leastRare     = 7.2
	leastRepeated = 3
	mostWider     = 40
	leastVoters   = 2
)

// hollow are words that stand out in any report on companies and tell nothing of
// what happens between them.
var hollow = set("company companies firm firms startup startups business businesses corporation industry market tech technology " +
	"potential initial artificial generative mature looking approaching outcome exploring including according based " +
	"accelerate escalate emphasize emphasized emphasizing align aligned integration integrate integrating")

// findRelation finds the words for what happens that stand out in the corpus, and
// what a headline may say in their place.
func (c *composition) findRelation() {
	t := &term{name: c.slug("relation")}
	for _, w := range ranked(c.vocabulary(nil), c.words) {
		if w.keyness(c.words) < leastKeyness || len(c.events) == mostRelation {
			break
		}
		often := len(w.docs) >= min(2, len(c.documents)) || len(w.sentences) >= leastRepeated
		if often && w.rarity >= leastRare && w.happens() && !hollow[w.form()] {
			c.events = append(c.events, w)
			t.says = append(t.says, c.phrasesOf(w)...)
		}
	}
	if len(t.says) == 0 {
		return
	}
	t.comments = append([]string{"What happens in the corpus, the most telling first."}, tell(t.says, 8)...)
	c.relation = c.widened(t, c.events)
	c.add(c.relation...)
}

func (c *composition) phraseOf(w *stemmed) phrase {
	return phrase{query: stemQuery(w.form()), count: len(w.sentences), docs: len(w.docs), first: c.address(w.sentences[0])}
}

// phrasesOf is phraseOf with the word's other spelling, where it has one that the
// stem does not cover.
func (c *composition) phrasesOf(w *stemmed) []phrase {
	says := []phrase{c.phraseOf(w)}
	for _, v := range variants(w.form()) {
		if rules.Stem(v) != w.stem {
			says = append(says, phrase{query: stemQuery(v), reason: "the other spelling"})
		}
	}
	return says
}

// stemQuery asks for a word in any of its forms, where it is one of letters that
// have forms.
func stemQuery(word string) string {
	if len(word) < 3 || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return quote(word)
	}
	return word + "~"
}

// widened gives a term and, if there is any, one of the words near to its own.
func (c *composition) widened(t *term, words []*stemmed) []*term {
	made := makers(words)
	wider := widen(words)
	if len(wider)+len(made) == 0 {
		return []*term{t}
	}
	w := &term{name: c.slug(t.name + "-wider"), comments: []string{
		"Words near to those, which the corpus does not use but a headline may:",
		"strike what does not fit.",
	}}
	for _, kin := range made {
		w.says = append(w.says, phrase{query: stemQuery(kin), reason: "made of a word of the corpus"})
	}
	for _, kin := range wider {
		if slices.ContainsFunc(made, func(m string) bool { return rules.Stem(m) == rules.Stem(kin) }) {
			continue
		}
		w.says = append(w.says, phrase{query: stemQuery(kin), reason: "near to the corpus's words"})
	}
	return []*term{t, w}
}

// secondKin is how much a word's kin's kin count beside its kin.
const secondKin = 1.5

// widen gives the kin of words, which the corpus lacks: those that several of them
// lead to, so that one sense prevails, the ones with most ways to them first. Few
// words have little to agree on; then one is enough.
func widen(words []*stemmed) (wider []string) {
	votes, have := map[string]float64{}, map[string]bool{}
	voters := map[string]map[string]bool{}
	vote := func(voter *stemmed, word string, weight float64) []string {
		kin := lexicon.Widen(word)
		for rank, k := range kin {
			votes[k] += weight / float64(rank+3)
			if voters[k] == nil {
				voters[k] = map[string]bool{}
			}
			voters[k][voter.stem] = true
		}
		return kin
	}
	for _, w := range words {
		have[w.stem] = true
		for _, v := range variants(w.form()) {
			have[rules.Stem(v)] = true
		}
		for rank, k := range vote(w, w.form(), 1) {
			vote(w, k, secondKin/float64(rank+3))
		}
	}
	list := slices.SortedFunc(maps.Keys(votes), func(a, b string) int {
		return cmp.Or(cmp.Compare(votes[b], votes[a]), cmp.Compare(a, b))
	})
	for _, w := range list {
		s := rules.Stem(w)
		fits := lexicon.Rarity(w) >= leastRare && (lexicon.Happens(w) || familyOf(w, words)) && len(voters[w]) >= min(leastVoters, len(words)/5+1)
		if fits && !have[s] && len(wider) < min(mostWider, len(words)+4) {
			have[s] = true
			wider = append(wider, w)
		}
	}
	return wider
}

// ends are how words for what happens end, and doers the endings of who does it or
// is so: of investment, investor. What ends otherwise mostly keeps its stem:
// dependence, dependent.
var (
	ends  = strings.Fields("itions ition ations ation ments ment ions ion ing ed es e s")
	doers = strings.Fields("or er itor ator ive itive ative")
)

// shortestRoot is how long a word must be without its ending to make others.
const shortestRoot = 5

// makers gives the words for who does what some words tell, or is so.
func makers(words []*stemmed) (list []string) {
	have := map[string]bool{}
	for _, w := range words {
		have[w.stem] = true
	}
	for _, w := range words {
		root := w.form()
		for _, e := range ends {
			if r, ok := strings.CutSuffix(root, e); ok {
				root = r
				break
			}
		}
		if n := len(root); n < shortestRoot || root[n-1] == root[n-2] {
			continue
		}
		for _, d := range doers {
			if made := root + d; lexicon.Known(made) && !have[rules.Stem(made)] {
				have[rules.Stem(made)] = true
				list = append(list, made)
			}
		}
	}
	return list
}

// sharedLetters is how many first letters make a family: partner, partnership.
const sharedLetters = 5

func familyOf(word string, words []*stemmed) bool {
	return slices.ContainsFunc(words, func(w *stemmed) bool {
		return len(word) >= sharedLetters && len(w.stem) >= sharedLetters && word[:sharedLetters] == w.stem[:sharedLetters]
	})
}

// anyOf asks for any of some terms in a field.
func anyOf(field string, terms ...*term) string {
	list := make([]string, len(terms))
	for i, t := range terms {
		list[i] = field + "@" + t.name
	}
	if len(list) == 1 {
		return list[0]
	}
	return "(" + strings.Join(list, " OR ") + ")"
}

// count gives how many sentences, in how many documents, fulfil something.
func (c *composition) count(in func(i int) bool) (sentences, docs int) {
	seen := map[int]bool{}
	for i, s := range c.sentences {
		if in(i) {
			sentences++
			seen[s.doc] = true
		}
	}
	return sentences, len(seen)
}

// dropUnused drops the terms that no rule uses.
func (c *composition) dropUnused() {
	c.terms = slices.DeleteFunc(c.terms, func(t *term) bool {
		return !slices.ContainsFunc(c.rules, func(r *rule) bool {
			for w := range strings.FieldsFuncSeq(r.query, func(r rune) bool { return strings.ContainsRune(" ():", r) }) {
				if w == "@"+t.name {
					return true
				}
			}
			return false
		})
	})
}
