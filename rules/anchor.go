package rules

import (
	_ "embed"
	"math"
	"slices"
	"unicode/utf8"
)

// anchor hangs a rule on the atoms that its matches need.
func (c *compiler) anchor(rule int32, program clause) {
	atoms, cost := c.anchors(program)
	if math.IsInf(cost, 1) {
		c.set.always = append(c.set.always, rule)
		return
	}
	slices.Sort(atoms)
	for _, a := range slices.Compact(atoms) {
		c.set.anchored[a] = append(c.set.anchored[a], rule)
	}
}

// anchors gives atoms one of which occurs in every document that satisfies cl,
// and how often that probably happens. The cost is infinite where there are none.
func (c *compiler) anchors(cl clause) (atoms []int32, cost float64) {
	switch cl.op {
	case opText:
		atom := cl.atoms[cl.pivot]
		return []int32{atom}, c.costs[atom]
	case opAtLeast:
		return c.anchors(cl.kids[0])
	case opNear:
		if cl.absent {
			return c.anchors(cl.kids[0])
		}
		return c.rarest(cl.kids)
	case opAnd, opTogether:
		return c.rarest(cl.kids)
	case opOr:
		for _, kid := range cl.kids {
			a, n := c.anchors(kid)
			atoms, cost = append(atoms, a...), cost+n
		}
		return atoms, cost
	}
	return nil, math.Inf(1)
}

// rarest gives the anchors of the clause that is seldom met.
func (c *compiler) rarest(kids []clause) (atoms []int32, cost float64) {
	cost = math.Inf(1)
	for _, kid := range kids {
		if a, n := c.anchors(kid); n < cost {
			atoms, cost = a, n
		}
	}
	return atoms, cost
}

//go:embed common.txt
var commonWords string

// common holds the words of English that occur in nearly every text.
var common = wordSet(commonWords)

// frequency guesses which share of documents holds a word. Only the order
// counts, and only for speed: long words are rarer than short ones, and a
// wildcard stands for several words.
func frequency(word string) float64 {
	n := literals(word)
	switch r, _ := utf8.DecodeRuneInString(word); {
	case isPattern(word):
		return math.Min(1, 4*math.Exp2(-float64(n)/2))
	case common[word]:
		return 1
	case isSpaceless(r):
		return 0.1
	}
	return math.Exp2(-float64(n) / 2)
}
