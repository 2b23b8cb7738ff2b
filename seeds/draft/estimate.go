package draft

import (
	"math"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// How many words of an item rules look at, about: its headline, and the lead of
// items as feeds have them.
const (
	titleWords = 10
	leadWords  = 45
)

// attraction is how many times likelier a word is behind the one before it in a
// phrase than elsewhere.
const attraction = 50

// expected is how many of a million unrelated items the rule would match if its
// terms came independently of each other. They do not, and names that are new to
// the lexicon may be on everybody's lips, so it tells broad from narrow and no
// more.
func (r *rule) expected() float64 {
	length := titleWords
	if r.lead {
		length = leadWords
	}
	chance := 1e6
	for _, t := range r.needs {
		none := 1.
		for _, p := range t.says {
			none *= math.Exp(-float64(length) * shareOf(p))
		}
		chance *= 1 - none
	}
	return chance
}

// shareOf is the share of a phrase in the words of the news.
func shareOf(p phrase) float64 {
	share := 1.
	for i, w := range strings.Fields(fold(strings.TrimPrefix(p.query, "exact:"))) {
		s := math.Exp(-lexicon.Rarity(w))
		if i > 0 {
			s = min(1, attraction*s)
		}
		share *= s
	}
	return share
}
