package lexicon

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/feedwatch/feedwatch/rules"
)

// Part is a set of parts of speech.
type Part uint8

// The parts of speech that WordNet has.
const (
	Noun Part = 1 << iota
	Verb
	Adjective
	Adverb
)

// entry is what is known of a word. The rank is counted from 1.
type entry struct {
	rank    int32
	parts   Part
	happens bool
}

var (
	//go:embed words.txt.gz
	packedWords []byte
	//go:embed kin.txt.gz
	packedKin []byte

	words = sync.OnceValue(func() map[string]entry { return readWords(unpack(packedWords)) })
	kin   = sync.OnceValue(func() *kinTable { return readKin(unpack(packedKin)) })
)

// The law of word frequencies in English by Gerlach and Altmann (Stochastic model
// for the vocabulary growth in natural languages, Physical Review X 3, 2013): a
// word of rank r makes up share/r of a text, and from the bend on less, by a
// steeper power. Ranks are what the sources give; the law makes shares of them.
const (
	share = 0.0922
	bend  = 7873.
	steep = 1.77
)

// Rarity is ln(total/count) of a word in the news: 2.4 for "the", about 9 for
// "negotiate", 15.5 for the rarest word of the table. Words that it lacks count
// as if they stood at twice its length.
func Rarity(word string) float64 {
	rank := 2 * float64(len(words()))
	if e, ok := words()[word]; ok {
		rank = float64(e.rank)
	}
	rarity := math.Log(rank / share)
	if rank > bend {
		rarity += (steep - 1) * math.Log(rank/bend)
	}
	return rarity
}

// Known tells whether the table holds a word.
func Known(word string) bool {
	_, ok := words()[word]
	return ok
}

// Parts gives the parts of speech that a word, or what it is a form of, may be;
// none for what WordNet lacks, which function words and most names are.
func Parts(word string) Part { return words()[word].parts }

// Happens tells whether a word is, in its commonest sense, of something that
// happens or holds between parties (deal, dispute, stake, strike), rather than of
// a thing, a person, a place or a property.
func Happens(word string) bool { return words()[word].happens }

// Widen gives words that a headline may use in place of this one, the nearest
// first, one of each stem and none of the stem of the word. Of a form that the
// table lacks (negotiations) the kin of its stem's commonest word (negotiation)
// are given.
func Widen(word string) []string {
	t := kin()
	line, ok := t.of[word]
	if !ok {
		line = t.of[t.stems[rules.Stem(word)]]
	}
	return strings.Fields(line)
}

// kinTable has a line of kin for each word, and for each stem the commonest word
// that has one.
type kinTable struct {
	of    map[string]string
	stems map[string]string
}

func readKin(text string) *kinTable {
	t := &kinTable{of: map[string]string{}, stems: map[string]string{}}
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		t.of[word] = rest
		s := rules.Stem(word)
		if first, ok := t.stems[s]; !ok || words()[word].rank < words()[first].rank {
			t.stems[s] = word
		}
	}
	return t
}

func readWords(text string) map[string]entry {
	table := make(map[string]entry, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		word, parts, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		e := entry{rank: int32(len(table) + 1), happens: strings.HasSuffix(parts, "e")}
		for i, letter := range "nvar" {
			if strings.ContainsRune(parts, letter) {
				e.parts |= 1 << i
			}
		}
		table[word] = e
	}
	return table
}

// unpack reads a table that this program was built with, which is whole unless
// the build is broken.
func unpack(packed []byte) string {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(z); err == nil {
			return string(text)
		}
	}
	panic("lexicon: embedded table: " + err.Error())
}
