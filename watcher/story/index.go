package story

import (
	"cmp"
	"math"
	"slices"
)

// index finds the texts that share rare words with a new one, and counts words.
type index struct {
	postings map[uint32][]*member
	counts   map[uint32]uint32 // texts with a word
	texts    int
}

// Bounds of the search: a text is found by its rarest words only, a word leads to
// the latest texts that have it, and the likeliest are compared.
const (
	indexedTerms  = 14
	leastRare     = 5 // of words that are indexed
	mostPostings  = 96
	mostCompared  = 32
	leastInCommon = 6 // sum of the rarities of what is shared
)

// Once a window holds this many texts its own counts of words are worth something;
// priorTexts is how many texts English at large counts as.
const (
	enoughTexts = 512
	priorTexts  = 10_000
	textWords   = 40 // distinct words of a text, which makes rarities of words into those of texts
)

func newIndex() index {
	return index{postings: map[uint32][]*member{}, counts: map[uint32]uint32{}}
}

// rarity corrects the rarity of a word in English by its count in the window.
func (x *index) rarity(key uint32, atLarge float64) float64 {
	if x.texts < enoughTexts {
		return atLarge
	}
	prior := min(1, textWords*math.Exp(-atLarge))
	share := (float64(x.counts[key]) + priorTexts*prior) / (float64(x.texts) + priorTexts)
	return min(atLarge, -math.Log(share)+math.Log(textWords))
}

// indexed gives the terms that a text is found by.
func indexed(p *profile) []term {
	terms := slices.DeleteFunc(slices.Clone(p.terms), func(t term) bool { return t.weight() < leastRare })
	slices.SortFunc(terms, func(a, b term) int {
		return cmp.Or(cmp.Compare(b.flags&inTitle, a.flags&inTitle), cmp.Compare(b.idf, a.idf), cmp.Compare(a.key, b.key))
	})
	return terms[:min(indexedTerms, len(terms))]
}

func (x *index) add(m *member) {
	x.texts++
	for _, t := range m.terms {
		x.counts[t.key]++
	}
	for _, t := range indexed(m.profile) {
		list := append(x.postings[t.key], m)
		if len(list) > 2*mostPostings { // seldom, so that it costs nothing a text
			list = slices.Clone(list[len(list)-mostPostings:])
		}
		x.postings[t.key] = list
	}
}

func (x *index) remove(m *member) {
	x.texts--
	for _, t := range m.terms {
		if x.counts[t.key]--; x.counts[t.key] == 0 {
			delete(x.counts, t.key)
		}
	}
	for _, t := range indexed(m.profile) {
		list := slices.DeleteFunc(x.postings[t.key], func(o *member) bool { return o == m })
		if x.postings[t.key] = list; len(list) == 0 {
			delete(x.postings, t.key)
		}
	}
}

// candidates gives the texts that share most with a new one, those first.
func (x *index) candidates(m *member) []*member {
	shared := map[*member]float64{}
	for _, t := range indexed(m.profile) {
		list := x.postings[t.key]
		for _, o := range list[max(0, len(list)-mostPostings):] {
			shared[o] += t.weight()
		}
	}
	found := make([]*member, 0, len(shared))
	for o, sum := range shared {
		if sum >= leastInCommon && !blocked(m.profile, o.profile) {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *member) int {
		return cmp.Or(cmp.Compare(shared[b], shared[a]), cmp.Compare(a.id, b.id))
	})
	return found[:min(mostCompared, len(found))]
}
