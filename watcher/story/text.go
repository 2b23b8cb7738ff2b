package story

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules"
)

// Bounds of what is kept of a text. Headlines have a dozen words and summaries
// two dozen; what comes after these says what the article is about no better.
const (
	mostTitle  = 24
	mostTerms  = 40   // of title and lead
	leadWords  = 60   // that count as the lead
	mostWide   = 64   // terms with those of the text beyond
	wideWords  = 500  // of a text that are read
	readBytes  = 6000 // of a text that are looked at
	titleBytes = 1000
)

// term is one word of a text, as 8 bytes: a window holds some forty million.
type term struct {
	key   uint32 // of the word's family
	idf   uint8  // how rare it is, in steps of 1/idfSteps
	flags termFlags
	place uint8 // of its first occurrence in the title, from 1
	count uint8 // how often it occurs
}

const idfSteps = 16

func (t term) weight() float64 { return float64(t.idf) / idfSteps }

// heft is how much a term counts in the vector of rare words. The rarest count alike,
// or words would weigh less only because another text has them.
func (t term) heft() float64 {
	const common, rarest = 6, 10
	w := min(t.weight(), rarest) - common
	if w <= 0 {
		return 0
	}
	return w * repeats[t.count]
}

// repeats is how much a word counts that occurs so often.
var repeats = func() (r [256]float64) {
	for i := range r {
		r[i] = 1 + math.Log(float64(max(i, 1)))
	}
	return r
}()

type termFlags uint8

const (
	inTitle  termFlags = 1 << iota
	isName             // capitalised where a common word would not be
	isNumber           // an amount, a year
	isMoney
	isLater // only beyond the lead
	isFresh // no text of its story before had it
	isSmall // a bare number under 32, which says little
)

// profile is what is kept of a text.
type profile struct {
	id       string
	at       int64 // Unix seconds
	outlet   uint32
	language [2]byte
	kind     kind      // of the headline
	stances  uint32    // the sides that the headline takes
	acts     uint64    // what it says is done
	versions []version // that the headline names
	heading  uint64    // of the headline's words, 0 if they can't tell an event
	terms    []term    // sorted by key
	title    float64   // sum of the weights of the headline's terms
	whole    float64   // of all
	names    float64   // of the headline's names
	wide     float64   // length of the vector of rare words
	headline int       // terms of the headline
	depth    int       // words read, stop words aside
}

// reading is what it takes to read texts: what is known of words.
type reading struct {
	rarity func(word string) float64
	name   func(word string) bool
	counts *index
	known  [1 << 12]known // by hash: the words that were met last
}

// known is what looking a word of English up has given.
type known struct {
	word   string
	base   string
	rarity float64
}

// lookUp gives the family that a word of English counts as, and its rarity.
func (l *reading) lookUp(w string) (base string, rarity float64) {
	k := &l.known[hash(w)%uint32(len(l.known))]
	if k.word != w {
		*k = known{word: strings.Clone(w), base: strings.Clone(family(w)), rarity: l.rarity(w)}
	}
	return k.base, k.rarity
}

// profile reads a text.
func (l *reading) profile(t *Text) profile {
	title := cutOutlet(clip(t.Title, titleBytes), t.Outlet)
	p := profile{id: t.ID, at: t.At.Unix(), outlet: hash(t.Outlet)}
	copy(p.language[:], t.Language)
	r := reader{reading: l, english: t.Language == "" || t.Language == "en", polish: t.Language == "pl", seen: map[uint32]int{}}
	list := words(title, mostTitle)
	p.kind = kindOf(title, list)
	r.part(list, true)
	r.part(words(cutTitle(clip(t.Lead, readBytes), t.Title), wideWords), false)
	p.stances, p.acts, p.versions, p.depth, p.terms = r.stances, r.acts, r.versions, r.depth, r.chosen()
	slices.SortFunc(p.terms, func(a, b term) int { return cmp.Compare(a.key, b.key) })
	for _, t := range p.terms {
		p.wide += t.heft() * t.heft()
		if t.flags&isLater != 0 {
			continue
		}
		p.whole += t.weight()
		if t.flags&inTitle != 0 {
			p.headline++
			p.title += t.weight()
			if t.flags&isName != 0 {
				p.names += t.weight()
			}
		}
	}
	p.wide = math.Sqrt(p.wide)
	p.heading = heading(list, &p)
	return p
}

// cutTitle takes a repeated headline off the beginning of a summary.
func cutTitle(lead, title string) string {
	lead = strings.TrimSpace(lead)
	if rest, ok := strings.CutPrefix(lead, title); ok {
		return strings.TrimLeft(rest, " \t\r\n")
	}
	return lead
}

// clip bounds how much of a text is read.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// reader collects the terms of one text.
type reader struct {
	*reading
	english  bool
	polish   bool
	terms    []term
	seen     map[uint32]int // key to its place in terms
	stances  uint32
	acts     uint64
	versions []version
	depth    int
}

// chosen gives the terms of title and lead, and the weightiest of the text beyond.
func (r *reader) chosen() []term {
	n := 0
	for i := range r.terms { // in order of occurrence
		if r.terms[i].flags&isLater == 0 {
			n = i + 1
		}
	}
	later := r.terms[n:]
	slices.SortFunc(later, func(a, b term) int { return cmp.Or(cmp.Compare(b.heft(), a.heft()), cmp.Compare(a.key, b.key)) })
	for i, t := range later {
		if t.heft() == 0 {
			later = later[:i]
			break
		}
	}
	return slices.Clone(r.terms[:n+min(len(later), mostWide-n)])
}

// word is one of a text, with what stands before it.
type word struct {
	folded  string
	surface string
	begins  bool // a sentence, a quotation or what follows a dash or colon
	before  string
}

// words cuts a text into at most so many words.
func words(text string, most int) []word {
	var list []word
	end := 0
	for w := range rules.Words(text) {
		before := text[min(end, w.Start):w.Start] // one character can give two words
		begins := len(list) == 0 || strings.ContainsAny(before, ".!?:\n\"“‘—–") || strings.Contains(before, " - ")
		list = append(list, word{w.Text, text[w.Start:w.End], begins, before})
		if end = w.End; len(list) == most {
			break
		}
	}
	return list
}

// titleCase tells whether every longer word is capitalised, so that capitals say
// nothing of names.
func titleCase(list []word) bool {
	long, upper := 0, 0
	for _, w := range list[min(1, len(list)):] {
		if utf8.RuneCountInString(w.surface) >= 4 {
			long++
			if startsUpper(w.surface) {
				upper++
			}
		}
	}
	return long > 0 && upper*10 >= long*7
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// part reads the headline or the lead.
func (r *reader) part(list []word, title bool) {
	capitals := titleCase(list)
	if title {
		r.versions = versionsOf(list)
	}
	for i := 0; i < len(list); i++ {
		w := list[i]
		if key, used, flags := number(list[i:]); used > 0 {
			r.add(key, numberRarity(flags), flags|isNumber|later(title, i), title, i)
			i += used - 1
			continue
		}
		if name, used := aliasOf(list[i:]); used > 0 {
			key := hash(name)
			r.add(key, r.counts.rarity(key, r.rarity(name)), isName|later(title, i), title, i)
			i += used - 1
			continue
		}
		if stopWords[w.folded] || len(w.folded) == 1 && w.folded != "x" {
			continue
		}
		flags := termFlags(0)
		if r.isName(w, capitals) {
			flags = isName
		}
		base, rarity := r.base(w.folded, flags)
		if title {
			r.stances |= stanceBits[base]
			r.acts |= actBits[base]
		}
		key := hash(base)
		r.add(key, r.counts.rarity(key, rarity), flags|later(title, i), title, i)
	}
}

// later marks a word that stands beyond the lead.
func later(title bool, place int) termFlags {
	if title || place < leadWords {
		return 0
	}
	return isLater
}

// isName guesses whether a word is one. In a headline with every word capitalised
// only a word that English doesn't have, or has in capitals, is known to be.
func (r *reader) isName(w word, capitals bool) bool {
	if !startsUpper(w.surface) {
		return false
	}
	if strings.ToUpper(w.surface) == w.surface && len(w.surface) > 1 && !capitals {
		return true
	}
	if r.english && r.name != nil && r.name(w.folded) {
		return true
	}
	return !capitals && !w.begins
}

// base gives the family that a word counts as, and its rarity at large. Of other
// languages than English no more is known than that short words are common; the
// window has to say the rest.
func (r *reader) base(w string, flags termFlags) (base string, rarity float64) {
	if r.english {
		return r.lookUp(w)
	}
	if r.polish && flags&isName == 0 {
		if f := polishFamily(w); f != "" {
			_, rarity = r.lookUp(f)
			return f, rarity
		}
	}
	switch n := utf8.RuneCountInString(w); {
	case n <= 3:
		rarity = 2
	case flags&isName != 0:
		rarity = 10
	case n == 4:
		rarity = 5
	case n <= 6:
		rarity = 7
	default:
		rarity = 9
	}
	return prefix(w, 5), rarity
}

// family gives the family of a word of English.
func family(w string) string {
	if f, ok := families[w]; ok {
		return f
	}
	s := rules.Stem(w)
	if f, ok := families[s]; ok {
		return f
	}
	return s
}

func prefix(w string, n int) string {
	for i := range w {
		if n == 0 {
			return w[:i]
		}
		n--
	}
	return w
}

func (r *reader) add(key uint32, rarity float64, flags termFlags, title bool, place int) {
	r.depth++
	if i, ok := r.seen[key]; ok {
		t := &r.terms[i]
		if flags&isLater == 0 || t.flags&isLater != 0 {
			t.flags |= flags
		}
		t.count = min(t.count, 254) + 1
		return
	}
	if len(r.terms) >= mostTerms {
		flags |= isLater
	}
	t := term{count: 1, key: key, idf: uint8(math.Round(min(max(rarity, 0), mostRare) * idfSteps)), flags: flags}
	if title {
		t.flags |= inTitle
		t.place = uint8(place + 1)
	}
	r.seen[key] = len(r.terms)
	r.terms = append(r.terms, t)
}

// mostRare is what an idf can hold.
const mostRare = 255.0 / idfSteps

// hash is FNV-1a.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
