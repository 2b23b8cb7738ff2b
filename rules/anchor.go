package rules

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// anchor is a word that a rule hangs on.
type anchor struct {
	term   uint64
	beside uint64 // the plain word next to it in its phrase, or 0
	behind bool   // on which side
	proves bool   // that it occurs in title or body is all the rule needs
}

// anchored is what must occur for a clause to hold: one of the anchors, which
// happens with about this frequency. That is infinite where nothing must.
type anchored struct {
	anchors   []anchor
	frequency float64
}

var unanchored = anchored{frequency: math.Inf(1)}

// hang hangs a rule on the words that its matches need.
func (c *compiler) hang(rule int, n node) {
	c.anchorArena = c.anchorArena[:0]
	a := c.anchors(n, anywhere)
	if math.IsInf(a.frequency, 1) {
		c.always = append(c.always, int32(rule))
		return
	}
	second := c.second(n, a)
	post := func(x anchor, kind checkKind, check uint64) {
		c.postings = append(c.postings, posting{x.term, postingCell(rule, kind, check)})
	}
	for _, x := range a.anchors {
		switch {
		case x.proves:
			post(x, checkProof, 0)
		case x.beside != 0 && x.behind:
			post(x, checkBehind, x.beside)
		case x.beside != 0:
			post(x, checkBefore, x.beside)
		case len(second.anchors) == 0:
			post(x, checkNothing, 0)
		default:
			for _, y := range second.anchors {
				post(x, checkWord, y.term)
			}
		}
	}
}

// anchors tells what must occur for n to hold.
func (c *compiler) anchors(n node, in where) anchored {
	switch n := n.(type) {
	case *ref:
		return c.anchors(n.to, in)
	case *scope:
		return c.anchors(n.x, where{n.field.mask, n.field.lead})
	case *text:
		return c.textAnchor(n, in)
	case *regex:
		return c.regexAnchor(n)
	case *exact:
		return c.anchors(n.x, in).unproven()
	case *atLeast:
		return c.anchors(n.x, in).unproven()
	case *near:
		if n.absent {
			return c.anchors(n.a, in).unproven()
		}
		return c.rarest([]node{n.a, n.b}, in)
	case *together:
		return c.rarest([]node{n.a, n.b}, in)
	case *and:
		return c.rarest(n.xs, in)
	case *or:
		return c.either(n.xs, in)
	}
	return unanchored
}

// rarest gives the anchors of the clause that is seldom met.
func (c *compiler) rarest(xs []node, in where) anchored {
	best := unanchored
	for _, x := range xs {
		if a := c.anchors(x, in); a.frequency < best.frequency {
			best = a
		}
	}
	return best.unproven()
}

func (c *compiler) either(xs []node, in where) (all anchored) {
	var list [8]anchor
	anchors := list[:0]
	for _, x := range xs {
		a := c.anchors(x, in)
		all.frequency += a.frequency
		anchors = append(anchors, a.anchors...)
	}
	all.anchors = c.keepAnchors(anchors...)
	return all
}

// unproven marks that the anchors alone don't make the clause hold.
func (a anchored) unproven() anchored {
	for i := range a.anchors {
		a.anchors[i].proves = false
	}
	return a
}

func (c *compiler) textAnchor(n *text, in where) anchored {
	i := int(n.pivot)
	a := anchor{term: c.term(n.words[i]), proves: len(n.words) == 1 && in == anywhere && n.exact == nil}
	switch {
	case i > 0 && !isPattern(n.words[i-1]):
		a.beside = c.term(n.words[i-1])
	case i+1 < len(n.words) && !isPattern(n.words[i+1]):
		a.beside, a.behind = c.term(n.words[i+1]), true
	}
	return anchored{c.keepAnchors(a), float64(n.share)}
}

// keepAnchors gives the anchors room in the arena, where they stay until the next
// rule.
func (c *compiler) keepAnchors(list ...anchor) []anchor {
	from := len(c.anchorArena)
	c.anchorArena = append(c.anchorArena, list...)
	return c.anchorArena[from:len(c.anchorArena):len(c.anchorArena)]
}

// pivot is the rarest of words.
func pivot(words []string) int {
	if len(words) == 1 {
		return 0
	}
	best, least := 0, frequency(words[0])
	for i, w := range words {
		if f := frequency(w); f < least {
			best, least = i, f
		}
	}
	return best
}

// minPiece is how many letters of a regular expression's literal are worth
// looking for in each word.
const minPiece = 3

// regexAnchor hangs an expression on the word that its literal stands in.
func (c *compiler) regexAnchor(n *regex) anchored {
	x, _ := c.expression(n)
	if x.word == 0 {
		return unanchored
	}
	word, _ := literalWord(string(x.literal))
	return anchored{c.keepAnchors(anchor{term: x.word}), frequency(word)}
}

// literalWord is the pattern of the word that holds a literal's longest run of ASCII
// letters and digits, since such a run is always within one word, and how many bytes
// of the literal stand before the run. It is "" where that is too short.
func literalWord(literal string) (pattern string, before int) {
	begin, end := 0, 0 // of the longest
	for from, i := 0, 0; i <= len(literal); i++ {
		if i < len(literal) && (isLower(literal[i]) || isDigit(literal[i])) {
			continue
		}
		if i-from > end-begin {
			begin, end = from, i
		}
		from = i + 1
	}
	if end-begin < minPiece {
		return "", 0
	}
	pattern = literal[begin:end]
	if begin == 0 || literal[begin-1] != ' ' { // a space bounds words for certain
		pattern = "*" + pattern
	}
	if end == len(literal) || literal[end] != ' ' {
		pattern += "*"
	}
	return pattern, begin
}

// maxSecond is how many postings an anchor has for the words of which one must
// occur besides.
const maxSecond = 4

// second tells what must occur besides the anchors of an AND: a word, or one of a
// few.
func (c *compiler) second(n node, first anchored) anchored {
	for r, ok := n.(*ref); ok; r, ok = n.(*ref) {
		n = r.to
	}
	all, ok := n.(*and)
	if !ok {
		return anchored{}
	}
	best := unanchored
	for _, x := range all.xs {
		a := c.anchors(x, anywhere)
		if len(a.anchors) <= maxSecond && a.frequency < best.frequency && !sameTerms(a, first) {
			best = a
		}
	}
	return best
}

func sameTerms(a, b anchored) bool {
	return slices.EqualFunc(a.anchors, b.anchors, func(x, y anchor) bool { return x.term == y.term })
}

//go:embed common.txt
var commonWords string

// common holds the commonest words of English news, the most common first, and
// which share of documents probably holds each.
var common = func() map[string]float64 {
	shares := make(map[string]float64)
	for i, w := range strings.Fields(commonWords) {
		shares[w] = 1 / (1 + float64(i)/50)
	}
	return shares
}()

// shares is how common words of so many letters are: half as common with each two
// letters more.
var shares = func() (t [64]float64) {
	for n := range t {
		t[n] = math.Exp2(-float64(n) / 2)
	}
	return t
}()

// frequency guesses which share of documents holds a word. Only the order
// counts, and only for speed: long words are rarer than short ones, and a
// pattern stands for several words.
func frequency(word string) float64 {
	byLength := shares[min(literals(word), len(shares)-1)]
	if isPattern(word) {
		return byLength
	}
	if share, ok := common[word]; ok {
		return share
	}
	if r, _ := utf8.DecodeRuneInString(word); isSpaceless(r) {
		return 0.1
	}
	return byLength / 8
}
