package story

import (
	"cmp"
	"math"
	"slices"
)

// index finds the texts that share rare words with a new one, and counts words.
type index struct {
	postings map[uint32][]*member
	counts   map[uint32]uint32 // stories with a word, nearly: see freshen
	texts    int
	search   uint32    // the number of the latest
	found    []*member // by it, kept for the next
}

// Bounds of the search: a text is found by its rarest words only, a word leads to
// the latest texts that have it, and the likeliest are compared.
const (
	indexedTerms  = 14
	indexedWide   = 10 // more, of an article's words that it dwells on
	leastRare     = 5  // of words that are indexed
	mostPostings  = 96
	mostCompared  = 32
	leastInCommon = 6 // sum of the rarities of what is shared
)

// priorTexts is how many texts English at large counts as beside the window, which
// soon knows better what everybody is writing about these days; textWords makes
// rarities of words into those of texts.
const (
	priorTexts = 2_000.0
	textWords  = 40.0
)

func newIndex() index {
	return index{postings: map[uint32][]*member{}, counts: map[uint32]uint32{}}
}

// rarity corrects the rarity of a word in English by its count in the window.
func (x *index) rarity(key uint32, atLarge float64) float64 {
	prior := min(1, textWords*math.Exp(-atLarge))
	share := (float64(x.counts[key]) + priorTexts*prior) / (float64(x.texts) + priorTexts)
	return min(atLarge, -math.Log(share)+math.Log(textWords))
}

// keys is room for the terms that a text is found by.
type keys [mostWide + indexedWide]term

// indexed gives these: the rarest, those of the headline first, and of articles
// those that they dwell on.
func indexed(p *profile, room *keys) []term {
	list := room[:0]
	for _, t := range p.terms {
		if t.weight() >= leastRare && t.flags&isLater == 0 {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b term) int {
		return cmp.Or(cmp.Compare(b.flags&inTitle, a.flags&inTitle), cmp.Compare(b.idf, a.idf), cmp.Compare(a.key, b.key))
	})
	list = list[:min(indexedTerms, len(list))]
	if p.depth < articleWords {
		return list
	}
	rest := room[len(list):len(list)]
	for _, t := range p.terms {
		if t.weight() >= leastRare && !slices.ContainsFunc(list, func(o term) bool { return o.key == t.key }) {
			rest = append(rest, t)
		}
	}
	slices.SortFunc(rest, func(a, b term) int {
		return cmp.Or(cmp.Compare(b.heft(), a.heft()), cmp.Compare(a.key, b.key))
	})
	return room[:len(list)+min(indexedWide, len(rest))]
}

func (x *index) add(m *member) {
	x.texts++
	m.freshen()
	for _, t := range m.terms {
		if t.flags&isFresh != 0 {
			x.counts[t.key]++
		}
	}
	var room keys
	for _, t := range indexed(&m.profile, &room) {
		list := append(x.postings[t.key], m)
		if len(list) > 2*mostPostings { // seldom, so that it costs nothing a text
			list = slices.Clone(list[len(list)-mostPostings:])
		}
		x.postings[t.key] = list
	}
}

// freshen marks the words that no text of the story before had. Only they are
// counted: a story that many tell makes its words no commoner, many stories do.
func (m *member) freshen() {
	for i := range m.terms {
		m.terms[i].flags |= isFresh
	}
	for _, o := range latest(m.group.members) {
		if o == m {
			continue
		}
		a, b := m.terms, o.terms
		for len(a) > 0 && len(b) > 0 {
			switch {
			case a[0].key < b[0].key:
				a = a[1:]
			case b[0].key < a[0].key:
				b = b[1:]
			default:
				a[0].flags &^= isFresh
				a, b = a[1:], b[1:]
			}
		}
	}
}

func (x *index) remove(m *member) {
	x.texts--
	for _, t := range m.terms {
		if t.flags&isFresh == 0 {
			continue
		}
		if x.counts[t.key]--; x.counts[t.key] == 0 {
			delete(x.counts, t.key)
		}
	}
	var room keys
	for _, t := range indexed(&m.profile, &room) {
		list := x.postings[t.key]
		if i := slices.Index(list, m); i >= 0 {
			if list = slices.Delete(list, i, i+1); len(list) == 0 {
				delete(x.postings, t.key)
				continue
			}
			x.postings[t.key] = list
		}
	}
}

// candidates gives the texts that share most with a new one, those first.
func (x *index) candidates(m *member) []*member {
	x.search++
	met := x.found[:0]
	var room keys
	for _, t := range indexed(&m.profile, &room) {
		list := x.postings[t.key]
		for _, o := range list[max(0, len(list)-mostPostings):] {
			if o.search != x.search {
				o.search, o.shared = x.search, 0
				met = append(met, o)
			}
			o.shared += float32(t.weight())
		}
	}
	x.found = met
	best := make([]*member, 0, mostCompared+1)
	for _, o := range met {
		if o.shared < leastInCommon || len(best) == mostCompared && !before(o, best[mostCompared-1]) || blocked(&m.profile, &o.profile) {
			continue
		}
		i, _ := slices.BinarySearchFunc(best, o, func(a, b *member) int {
			if before(a, b) {
				return -1
			}
			return 1
		})
		if best = slices.Insert(best, i, o); len(best) > mostCompared {
			best = best[:mostCompared]
		}
	}
	return best
}

// before tells which of two texts shares more with the one that is sought for.
func before(a, b *member) bool {
	if a.shared != b.shared {
		return a.shared > b.shared
	}
	return a.id < b.id
}
