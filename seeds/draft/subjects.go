package draft

import (
	"cmp"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// Of a name that is central most documents speak, and not much less than of the
// most central one.
const (
	centralDocs     = 0.5
	centralMentions = 0.3
	mostCentral     = 3
)

// central gives the names that the corpus is about, the most named first.
func (n *naming) central() []*name {
	var list []*name
	for _, m := range n.names {
		if n.actor(m) && float64(len(m.docs)) >= centralDocs*float64(len(n.documents)) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, byWeight)
	for i, m := range list {
		if i == mostCentral || float64(m.weight()) < centralMentions*float64(list[0].weight()) {
			return list[:i]
		}
	}
	return list
}

// weight is how much the corpus speaks of a name: a title counts for several
// sentences.
func (m *name) weight() int { return m.mentions + 3*m.titles }

func byWeight(a, b *name) int {
	return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.key, b.key))
}

// actor tells whether a name is of somebody or something that news can be about:
// not who reports, nor an abbreviation that is a word of the language (AI, TV). A
// word that also is a common one must be seen to own or do something.
func (n *naming) actor(m *name) bool {
	if m.cited*3 >= m.mentions || lexicon.Parts(m.key) != 0 && m.acts*8 < m.mentions {
		return false
	}
	return !n.isAbbreviation(m)
}

// isAbbreviation tells whether a name is one that the language uses as a word: AI,
// TV.
func (n *naming) isAbbreviation(m *name) bool {
	return strings.ToUpper(m.form) == m.form && len(m.form) <= 3 && lexicon.Parts(m.key)&lexicon.Noun != 0
}
