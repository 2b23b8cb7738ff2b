package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
)

// kinship finds the words that may stand for another in a headline. Vectors know
// what company words keep in the news, but take opposites and neighbours for the
// same; WordNet knows what words mean, but not which sense anybody uses. So the
// company decides, and words that WordNet relates need less of it.
type kinship struct {
	net        *wordNet
	vectors    *vectors
	candidates []string
	crowd      map[string]float64 // how near the nearest candidates stand to a word
	stems      map[string]string
}

// The ways in which WordNet relates two words, the nearest first.
const (
	synonymous = iota // or derived from one another
	beside            // one the kind of the other
	sisters           // kinds of the same
	unrelated
	ways
)

// leastLike is how alike the company of kin must be, whatever WordNet says, and
// leastKin what must be left of it when bonus is added and the crowd taken off.
const (
	leastLike = 0.45
	leastKin  = -0.06
)

var bonus = [ways]float64{0.25, 0.12, 0.06, 0}

// crowdSize is how many of the nearest words make a word's crowd.
const crowdSize = 10

type scored struct {
	word  string
	score float64
}

// newKinship measures the crowds of the candidates. The score of Conneau et al.
// (Word translation without parallel data, 2018, section 2.3), which takes them
// off, keeps words away that stand near to everything, as "yet" and "move" do.
func newKinship(net *wordNet, v *vectors, candidates []string) *kinship {
	k := &kinship{net: net, vectors: v, candidates: candidates, crowd: map[string]float64{}, stems: map[string]string{}}
	for _, w := range candidates {
		var nearest [crowdSize]float64
		for _, c := range candidates {
			if like := v.cosine(w, c); c != w && like > nearest[0] {
				nearest[0] = like
				for i := 1; i < crowdSize && nearest[i] < nearest[i-1]; i++ {
					nearest[i], nearest[i-1] = nearest[i-1], nearest[i]
				}
			}
		}
		for _, like := range nearest {
			k.crowd[w] += like / crowdSize
		}
	}
	return k
}

// of gives the kin of one of the candidates, the nearest first, one of each stem.
func (k *kinship) of(word string) []string {
	ways := k.ways(word)
	opposites := k.net.opposites(word)
	var found []scored
	for _, c := range k.candidates {
		like := k.vectors.cosine(word, c)
		if like < leastLike || c == word || opposites[c] || !k.samePart(word, c) {
			continue
		}
		way, known := ways[c]
		if !known {
			way = unrelated
		}
		if score := 2*like - k.crowd[word] - k.crowd[c] + bonus[way]; score >= leastKin {
			found = append(found, scored{c, score})
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.word, b.word))
	})
	return k.ofEachStem(word, found)
}

func (k *kinship) ofEachStem(word string, found []scored) (kin []string) {
	seen := map[string]bool{k.stem(word): true}
	for _, f := range found {
		if s := k.stem(f.word); !seen[s] && len(kin) < mostKin {
			seen[s] = true
			kin = append(kin, f.word)
		}
	}
	return kin
}

func (k *kinship) stem(w string) string {
	s, ok := k.stems[w]
	if !ok {
		s = rules.Stem(w)
		k.stems[w] = s
	}
	return s
}

// samePart keeps out words that could not stand in the same place.
func (k *kinship) samePart(a, b string) bool {
	return strings.ContainsAny(strings.Trim(k.net.parts(a), "e"), k.net.parts(b))
}

// usedSenses is how many senses of a word count: WordNet orders them by
// frequency, and the later ones are seldom meant.
const usedSenses = 4

// ways gives the nearest way in which WordNet relates other words to this one.
func (k *kinship) ways(word string) map[string]int {
	found := map[string]int{}
	note := func(id string, way int) {
		for _, w := range k.net.synsets[id].words {
			if old, ok := found[w]; !ok || way < old {
				found[w] = way
			}
		}
	}
	for _, family := range k.net.family(word) {
		senses := k.net.senses[family]
		for _, id := range senses[:min(usedSenses, len(senses))] {
			note(id, synonymous)
			s := k.net.synsets[id]
			for _, symbol := range []string{"@", "~", "&", "$", "^", "*"} {
				for _, other := range s.links[symbol] {
					note(other, beside)
				}
			}
			for _, above := range s.links["@"] {
				for _, sister := range k.net.synsets[above].links["~"] {
					note(sister, sisters)
				}
			}
		}
	}
	return found
}

// family is a word and what is derived from it.
func (net *wordNet) family(word string) []string {
	family := map[string]bool{word: true}
	for _, id := range net.senses[word] {
		s := net.synsets[id]
		for _, l := range s.derived {
			if l.from > 0 && s.words[l.from-1] == word {
				family[net.synsets[l.target].words[l.to-1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(family))
}

// opposites are the antonyms of a word in any sense.
func (net *wordNet) opposites(word string) map[string]bool {
	found := map[string]bool{}
	for _, id := range net.senses[word] {
		s := net.synsets[id]
		for _, l := range s.against {
			if l.from > 0 && s.words[l.from-1] == word {
				found[net.synsets[l.target].words[l.to-1]] = true
			}
		}
	}
	return found
}
