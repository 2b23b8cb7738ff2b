package draft

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// name is somebody or something that the corpus names.
type name struct {
	key      string // folded words with a space between
	form     string // as most often written
	aliases  []string
	person   bool
	mentions int
	docs     map[int]bool
	titles   int
	acts     int // mentions where it owns or does something
	cited    int // mentions where it is who reports
	places   []place
}

// place is a mention: words from to (not including) in a sentence.
type place struct{ sentence, from, to int }

// naming collects the names of a corpus.
type naming struct {
	*corpus
	small   map[string]int // how often a word stands in small letters
	capital map[string]int // how often with a capital where that means something
	heads   map[string]int // how often with a capital where it may mean nothing
	names   map[string]*name
	forms   map[string]map[string]int
}

func findNames(c *corpus) *naming {
	n := &naming{
		corpus: c, small: map[string]int{}, capital: map[string]int{}, heads: map[string]int{},
		names: map[string]*name{}, forms: map[string]map[string]int{},
	}
	for _, s := range c.sentences {
		for i, w := range s.words {
			switch {
			case !w.capital():
				n.small[w.text]++
			case !s.headline && i > 0 && !opens(w.gap):
				n.capital[w.text]++
			default:
				n.heads[w.text]++
			}
		}
	}
	for i := range c.sentences {
		n.scan(i)
	}
	n.joinParts()
	n.joinInitials()
	return n
}

// opens tells whether what stands before a word begins something that is
// written with a capital whatever the word.
func opens(gap string) bool { return strings.ContainsAny(gap, ":“\"‘•.?!") }

// isName reports whether a word with a capital is one of a name.
func (n *naming) isName(s *sentence, i int) bool {
	w := s.words[i]
	switch {
	case !w.capital() && !w.coined(), len(w.text) == 1, neverNames[w.text]:
		return false
	case w.coined():
		return !s.headline || strings.ToUpper(s.text) != s.text
	case n.capital[w.text] > 0:
		return n.capital[w.text] > n.small[w.text]
	case s.headline || i == 0 || opens(w.gap):
		return n.small[w.text] == 0 && lexicon.Rarity(w.text) > 9 && (lexicon.Parts(w.text) == 0 || n.alwaysCapital(w.text))
	}
	return true
}

// alwaysCapital tells whether a noun stands in so many headlines, and never in
// small letters, that it must be a name: Disney.
func (n *naming) alwaysCapital(w string) bool {
	return lexicon.Parts(w) == lexicon.Noun && n.heads[w] >= 3 && n.heads[w]*3 >= len(n.documents)
}

var neverNames = set("the a an i it he she they we you this that these those and or but if when while as for in on at by of to with from after before neither both nor not what why how who monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december mr mrs ms dr ceo cto cfo coo")

// scan takes the names of a sentence.
func (n *naming) scan(at int) {
	s := &n.sentences[at]
	for i := 0; i < len(s.words); {
		if !n.isName(s, i) {
			i++
			continue
		}
		end := i + 1
		for end < len(s.words) {
			switch {
			case joins(s.words[end].gap) && (n.isName(s, end) || !s.headline && s.words[end].capital() && !neverNames[s.words[end].text]),
				s.words[end].gap == "-" && digits(s.words[end].text):
				end++
				continue
			case end+1 < len(s.words) && s.words[end].form == "of" && s.words[end].gap == " " &&
				s.words[end+1].gap == " " && n.isName(s, end+1):
				end += 2
				continue
			}
			break
		}
		n.mention(place{at, i, end})
		i = end
	}
}

func joins(gap string) bool { return gap == " " || gap == " & " || gap == "&" }

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// mention counts one mention of a name.
func (n *naming) mention(p place) {
	s := &n.sentences[p.sentence]
	words := s.words[p.from:p.to]
	var key, form []string
	for _, w := range words {
		key = append(key, w.text)
		form = append(form, w.form)
	}
	k := strings.Join(key, " ")
	m := n.names[k]
	if m == nil {
		m = &name{key: k, docs: map[int]bool{}}
		n.names[k] = m
		n.forms[k] = map[string]int{}
	}
	written := strings.Join(form, " ")
	if strings.Contains(written, " ") && digits(words[len(words)-1].text) {
		written = strings.Join(form, "-")
	}
	n.forms[k][written]++
	m.form = commonest(n.forms[k])
	m.mentions++
	m.docs[s.doc] = true
	m.places = append(m.places, p)
	if s.paragraph == 0 && s.headline {
		m.titles++
	}
	if n.does(s, p) {
		m.acts++
	}
	if reports(s, p) {
		m.cited++
	}
}

// does tells whether the name owns something or does something here.
func (n *naming) does(s *sentence, p place) bool {
	if p.to >= len(s.words) {
		return false
	}
	next := s.words[p.to]
	if strings.HasPrefix(next.gap, "'s") || strings.HasPrefix(next.gap, "’s") || strings.HasPrefix(next.gap, "s'") {
		return true
	}
	return next.gap == " " && !next.capital() &&
		(auxiliaries[next.text] || lexicon.Parts(next.text)&lexicon.Verb != 0)
}

var auxiliaries = set("to is was has had will would could can may might must should does did and")

// reports tells whether the name is given as the source of what is said.
func reports(s *sentence, p place) bool {
	before, after := "", ""
	if p.from > 0 {
		before = s.words[p.from-1].text
		if before == "the" && p.from > 1 {
			before = s.words[p.from-2].text
		}
	}
	if p.to < len(s.words) {
		after = s.words[p.to].text
		if p.to+1 < len(s.words) && (after == "earlier" || after == "first" || after == "has" || after == "also") {
			after = s.words[p.to+1].text
		}
	}
	to := before == "to" && p.from > 1 && slices.ContainsFunc(s.words[max(0, p.from-4):p.from], func(w word) bool { return w.text == "according" })
	return to || citing[before] || cites[after] || after == "notes" || after == "report"
}

var (
	citing = set("told tell tells per citing cited via source sources")
	cites  = set("reported reports notes writes wrote suggests reporting")
)

// commonest gives the form that was met most often, the first of the alphabet
// among equals.
func commonest(forms map[string]int) string {
	list := slices.Sorted(maps.Keys(forms))
	return slices.MaxFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(forms[a], forms[b]), cmp.Compare(b, a))
	})
}

// joinParts makes one of a name and a longer one that holds it at its end or its
// beginning, where the short one is used about as much: Roe of Jane Roe,
// Velmont of Port of Velmont.
func (n *naming) joinParts() {
	keys := slices.Sorted(maps.Keys(n.names))
	for _, key := range keys {
		m := n.names[key]
		words := strings.Fields(key)
		m.person = len(words) == 2 && isPerson(words[0], words[1])
		if first := n.names[words[0]]; m.person && first != nil && first.mentions*2 >= m.mentions {
			m.person = false // nobody is called by the first name alone so often: Activision Blizzard
		}
	}
	for _, long := range keys {
		words := strings.Fields(long)
		if len(words) < 2 {
			continue
		}
		for _, part := range []string{words[len(words)-1], words[0]} {
			short := n.names[part]
			if short == nil || n.names[long] == nil || len(short.docs)*2 < len(n.names[long].docs) || digits(part) {
				continue
			}
			if n.names[long].person && part == words[0] {
				continue
			}
			short.person = n.names[long].person
			short.take(n.names[long])
			delete(n.names, long)
			break
		}
	}
}

// isPerson tells whether two words may be somebody's first and last name: neither
// is much of a word.
func isPerson(first, last string) bool {
	return lexicon.Parts(first)&^lexicon.Noun == 0 && lexicon.Rarity(first) > 8 &&
		(lexicon.Parts(last) == 0 || lexicon.Rarity(last) > 11)
}

// joinInitials makes initials an alias of what they stand for, where both are in
// the corpus.
func (n *naming) joinInitials() {
	for _, key := range slices.Sorted(maps.Keys(n.names)) {
		m := n.names[key]
		if short := initials(key); m != nil && len(short) > 2 && n.names[short] != nil && short != key {
			m.take(n.names[short])
			delete(n.names, short)
		}
	}
}

// initials are the first letters of the words of a name that has several.
func initials(key string) string {
	var letters strings.Builder
	for w := range strings.FieldsSeq(key) {
		if w != "of" {
			r, _ := utf8.DecodeRuneInString(w)
			letters.WriteRune(r)
		}
	}
	return letters.String()
}

// take adds an alias with all that is known of it.
func (m *name) take(alias *name) {
	m.aliases = append(m.aliases, alias.form)
	m.mentions += alias.mentions
	m.titles += alias.titles
	m.acts += alias.acts
	m.cited += alias.cited
	m.places = append(m.places, alias.places...)
	slices.SortFunc(m.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.sentence, b.sentence), cmp.Compare(a.from, b.from))
	})
	maps.Copy(m.docs, alias.docs)
}

func set(list string) map[string]bool {
	s := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		s[w] = true
	}
	return s
}
