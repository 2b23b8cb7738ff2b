package draft

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// content tells whether a word says something by itself.
func content(w word) bool {
	if len(w.text) < 3 || strings.ContainsAny(w.text, "0123456789'") {
		return false
	}
	if rarity := lexicon.Rarity(w.text); rarity < leastRare || rarity > 11 {
		return rarity > 11
	}
	return lexicon.Parts(w.text)&(lexicon.Noun|lexicon.Verb|lexicon.Adjective) != 0
}

// stemmed is a word of the corpus in all its forms.
type stemmed struct {
	stem      string
	forms     map[string]int
	sentences []int
	docs      map[int]bool
	rarity    float64 // of all its forms together, in the news at large
}

// form is the form that stands for it: the commonest.
func (w *stemmed) form() string { return commonest(w.forms) }

// happens tells whether the word is of what happens between parties, in a form
// that it often has, or so rare that it says enough by itself.
func (w *stemmed) happens() bool {
	for form, n := range w.forms {
		if lexicon.Happens(form) && n*4 >= len(w.sentences) {
			return true
		}
	}
	return w.rarity > 11 && lexicon.Parts(w.form())&(lexicon.Noun|lexicon.Verb) == 0
}

// keyness is how much more often the word occurs than in the news at large, as
// the log-likelihood ratio of Dunning (Accurate methods for the statistics of
// surprise and coincidence, 1993), in nats. total is how many words there are.
func (w *stemmed) keyness(total int) float64 {
	count := float64(len(w.sentences))
	expected := float64(total) * math.Exp(-w.rarity)
	return count*math.Log(count/expected) - (count - expected)
}

// vocabulary gives the words in small letters of some sentences, or of all if in
// is nil, by stem.
func (n *naming) vocabulary(in map[int]bool) map[string]*stemmed {
	found := map[string]*stemmed{}
	for i := range n.sentences {
		s := &n.sentences[i]
		if in != nil && !in[i] {
			continue
		}
		for at, w := range s.words {
			if !content(w) || n.isName(s, at) || w.capital() && !s.headline && at > 0 {
				continue
			}
			v := found[w.stem]
			if v == nil {
				v = &stemmed{stem: w.stem, forms: map[string]int{}, docs: map[int]bool{}}
				found[w.stem] = v
			}
			v.forms[w.text]++
			v.docs[s.doc] = true
			if k := len(v.sentences); k == 0 || v.sentences[k-1] != i {
				v.sentences = append(v.sentences, i)
			}
		}
	}
	for _, v := range found {
		v.rarity = rarityOf(v.forms)
	}
	return found
}

// rarityOf is the rarity of several forms taken as one word. They are added in
// order, since sums of floats depend on it.
func rarityOf(forms map[string]int) float64 {
	share := 0.
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		share += math.Exp(-lexicon.Rarity(form))
	}
	return -math.Log(share)
}

// ranked gives the words of a vocabulary by keyness.
func ranked(words map[string]*stemmed, total int) []*stemmed {
	return slices.SortedFunc(maps.Values(words), func(a, b *stemmed) int {
		return cmp.Or(cmp.Compare(b.keyness(total), a.keyness(total)), cmp.Compare(a.stem, b.stem))
	})
}
