package rules

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"
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
	case opAnd:
		cost = math.Inf(1)
		for _, kid := range cl.kids {
			if a, n := c.anchors(kid); n < cost {
				atoms, cost = a, n
			}
		}
		return atoms, cost
	case opOr:
		for _, kid := range cl.kids {
			a, n := c.anchors(kid)
			atoms, cost = append(atoms, a...), cost+n
		}
		return atoms, cost
	}
	return nil, math.Inf(1)
}

//go:embed common.txt
var commonWords string

// common holds the words of English that occur in nearly every text.
var common = sync.OnceValue(func() map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(commonWords) {
		set[w] = true
	}
	return set
})

// frequency guesses which share of documents holds a word. Only the order
// counts, and only for speed: long words are rarer than short ones, and a
// wildcard stands for several words.
func frequency(word string) float64 {
	n := literals(word)
	switch r, _ := utf8.DecodeRuneInString(word); {
	case isGlob(word):
		return math.Min(1, 4*math.Exp2(-float64(n)/2))
	case common()[word]:
		return 1
	case isSpaceless(r):
		return 0.1
	}
	return math.Exp2(-float64(n) / 2)
}
