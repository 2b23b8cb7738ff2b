package draft

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// roles are what somebody is called by in place of a name, with what it is known
// for before it: the iPhone maker, the Rotterdam operator.
var roles = strings.Fields("maker owner creator developer parent operator publisher manufacturer provider builder company firm boss giant")

// offices are what stands between an organisation and the person who speaks for
// it.
var offices = set("ceo chief executive president chairman chairwoman chair boss founder cofounder head director secretary spokesman spokeswoman minister mayor general leader chief commissioner deputy vice")

// says gives the ways to call a name: itself, what it was joined with, its
// initials, what it is known for and who speaks for it.
func (n *naming) says(m *name, central []*name) []phrase {
	list := []phrase{n.evidence(m, m.form)}
	for _, a := range m.aliases {
		list = append(list, n.evidence(m, a))
	}
	if short := strings.ToUpper(initials(m.key)); len(short) > 2 && !slices.Contains(m.aliases, short) && !lexicon.Known(strings.ToLower(short)) {
		list = append(list, phrase{query: "exact:" + short, reason: "the initials"})
	}
	list = append(list, n.knownFor(m, central)...)
	return briefest(append(list, n.speakers(m)...))
}

// briefest leaves out what holds another of the list, since that matches wherever
// it does.
func briefest(list []phrase) []phrase {
	return slices.DeleteFunc(slices.Clone(list), func(p phrase) bool {
		long := " " + fold(p.query) + " "
		return slices.ContainsFunc(list, func(o phrase) bool {
			short := " " + fold(o.query) + " "
			return len(short) < len(long) && strings.Contains(long, short) && !strings.HasPrefix(o.query, "exact:")
		})
	})
}

// evidence counts the mentions of a name in one of its forms.
func (n *naming) evidence(m *name, form string) phrase {
	p := phrase{query: quote(form)}
	docs := map[int]bool{}
	key := fold(form)
	for _, at := range m.places {
		s := n.sentences[at.sentence]
		if joined(s.words[at.from:at.to]) == key {
			p.count++
			docs[s.doc] = true
			if p.first == "" {
				p.first = n.address(at.sentence)
			}
		}
	}
	p.docs = len(docs)
	return p
}

func joined(words []word) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.text
	}
	return strings.Join(list, " ")
}

// fold brings a text to the words that rules compare.
func fold(text string) string {
	var list []string
	for w := range rules.Words(text) {
		list = append(list, w.Text)
	}
	return strings.Join(list, " ")
}

// quote writes words as a clause of a query: bare if it is a single one that the
// language can't take for anything else.
func quote(text string) string {
	plain := !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if plain && !operators[text] {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, " ") + `"`
}

var operators = set("AND OR NOT SENTENCE PARAGRAPH NEAR ONEAR and or not")

// knownFor gives what a name is called by in its place: where the corpus says
// "the P maker", and P is this name's, every way of saying so.
func (n *naming) knownFor(m *name, central []*name) (list []phrase) {
	for _, p := range n.things(m, central) {
		said, first := n.asRole(p)
		for _, r := range roles {
			if r == "giant" || r == "provider" || r == "builder" {
				continue
			}
			list = append(list, phrase{query: quote(p.form + " " + r)})
		}
		for _, before := range []string{"maker of", "owner of", "creator of", "parent of", "behind", "created"} {
			list = append(list, phrase{query: quote(before + " " + p.form)})
		}
		for i := range list {
			if list[i].first == "" {
				list[i].count, list[i].first, list[i].reason = said, first, "known for "+p.form
			}
		}
	}
	return list
}

// things gives what a name is known for.
func (n *naming) things(m *name, central []*name) (list []*name) {
	for _, key := range slices.Sorted(maps.Keys(n.names)) {
		p := n.names[key]
		if said, _ := n.asRole(p); said > 0 && !slices.Contains(central, p) && n.owner(p, central) == m {
			list = append(list, p)
		}
	}
	return list
}

// asRole counts where a name stands before a role that it gives to somebody, or
// behind "behind".
func (n *naming) asRole(m *name) (count int, first string) {
	for _, at := range m.places {
		words := n.sentences[at.sentence].words
		role := at.to < len(words) && (words[at.to].gap == " " || words[at.to].gap == "-") && slices.Contains(roles[:9], words[at.to].text)
		if role || at.from > 0 && words[at.from-1].text == "behind" {
			count++
			if first == "" {
				first = n.address(at.sentence)
			}
		}
	}
	return count, first
}

// owner gives the central name that a thing is known for: which owns it
// ("N's P", "N, the startup behind P") or stands nearest before it.
func (n *naming) owner(p *name, central []*name) *name {
	votes := map[*name]int{}
	for _, at := range p.places {
		for _, c := range central {
			for _, other := range c.places {
				if other.sentence != at.sentence || other.from >= at.from {
					continue
				}
				words := n.sentences[at.sentence].words
				switch between := words[other.to:at.from]; {
				case len(between) <= 6 && slices.ContainsFunc(between, func(w word) bool { return w.text == "behind" }):
					votes[c] += 4
				case len(between) == 0 && strings.Contains(words[at.from].gap, "s"):
					votes[c] += 4
				default:
					votes[c]++
				}
			}
		}
	}
	var best *name
	for _, c := range central {
		if votes[c] > 0 && (best == nil || votes[c] > votes[best]) {
			best = c
		}
	}
	return best
}

// speakers gives the people whom the corpus introduces by a name and their
// office: "N CEO First Last", "First Last, president of N".
func (n *naming) speakers(m *name) (list []phrase) {
	for _, key := range slices.Sorted(maps.Keys(n.names)) {
		if person := n.names[key]; person.person {
			list = append(list, n.speakersOf(m, person)...)
		}
	}
	return list
}

// speakersOf gives a person who is introduced by a name and office, by the full
// name and by the surname.
func (n *naming) speakersOf(m, person *name) (list []phrase) {
	if !slices.ContainsFunc(person.places, func(at place) bool { return n.introduces(m, at) }) {
		return nil
	}
	e := n.evidence(person, person.form)
	e.reason = "speaks for it"
	list = append(list, e)
	words := strings.Fields(person.form)
	if surname := words[len(words)-1]; lexicon.Parts(strings.ToLower(surname))&^lexicon.Noun == 0 && lexicon.Rarity(strings.ToLower(surname)) > 13 {
		e.query = quote(surname)
		list = append(list, e)
	}
	return list
}

// rank is how many words before a person's name may tell who that is.
const rank = 8

// people gives the people whom the corpus names in one breath with this subject
// and no other, as its founders or leaders. They are not the subject, but beside
// another they stand for it.
func (n *naming) people(m *name, central []*name) (list []phrase) {
	for _, key := range slices.Sorted(maps.Keys(n.names)) {
		person := n.names[key]
		if !person.person || slices.ContainsFunc(central, func(c *name) bool { return len(n.speakersOf(c, person)) > 0 }) {
			continue
		}
		words := strings.Fields(person.form)
		surname := words[len(words)-1]
		at := slices.IndexFunc(person.places, func(p place) bool { return n.leads(m, p, central) })
		if at < 0 || !surnameAlone(surname) {
			continue
		}
		e := n.evidence(person, person.form)
		e.query, e.reason = quote(surname), "named with it"
		list = append(list, e)
	}
	return list
}

// leads tells whether a sentence names this subject alone, and says before a
// person's name that it is of those who founded or lead it.
func (n *naming) leads(m *name, person place, central []*name) bool {
	for _, c := range central {
		with := slices.ContainsFunc(c.places, func(p place) bool { return p.sentence == person.sentence })
		if with != (c == m) {
			return false
		}
	}
	words := n.sentences[person.sentence].words
	return slices.ContainsFunc(words[max(0, person.from-rank):person.from], func(w word) bool {
		return offices[w.text] || offices[strings.TrimSuffix(w.text, "s")]
	})
}

// surnameAlone tells whether a surname says by itself who is meant: it is rare,
// and no word of the language.
func surnameAlone(surname string) bool {
	s := strings.ToLower(surname)
	return lexicon.Parts(s) == 0 && lexicon.Rarity(s) > 12
}

// introduces tells whether the words around a person's name give an office in m.
func (n *naming) introduces(m *name, person place) bool {
	words := n.sentences[person.sentence].words
	for _, at := range m.places {
		if at.sentence != person.sentence {
			continue
		}
		switch {
		case at.to < person.from && person.from-at.to <= 4 && allOffices(words[at.to:person.from]):
			return true
		case person.to < at.from && at.from-person.to <= 6 && holdsOffice(words[person.to:at.from]):
			return true
		}
	}
	return false
}

func allOffices(words []word) bool {
	return !slices.ContainsFunc(words, func(w word) bool { return !offices[w.text] })
}

func holdsOffice(words []word) bool {
	last := words[len(words)-1]
	return (last.text == "of" || last.text == "at" || last.text == "the") && strings.Contains(words[0].gap, ",") &&
		slices.ContainsFunc(words, func(w word) bool { return offices[w.text] })
}

// variants gives the other spelling of a word, British or American, where the
// lexicon knows one.
func variants(word string) (list []string) {
	for _, pair := range spellings {
		if other := pair.from.ReplaceAllString(word, pair.to); other != word && lexicon.Known(other) {
			list = append(list, other)
		}
	}
	return list
}

var spellings = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`iz(e|es|ed|ing|ation|ations)$`), "is$1"}, {regexp.MustCompile(`is(e|es|ed|ing|ation|ations)$`), "iz$1"},
	{regexp.MustCompile(`([^aeiou])or(|s|ed|ing)$`), "${1}our$2"}, {regexp.MustCompile(`our(|s|ed|ing)$`), "or$1"},
	{regexp.MustCompile(`ter(s?)$`), "tre$1"}, {regexp.MustCompile(`tre(s?)$`), "ter$1"},
	{regexp.MustCompile(`ense(s?)$`), "ence$1"}, {regexp.MustCompile(`ence(s?)$`), "ense$1"},
}
