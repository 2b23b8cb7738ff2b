package rules

import (
	"strings"

	"github.com/kljensen/snowball/english"
)

// A stem among the words of a text is written with the mark behind it, which no
// folded word holds: restructure~ is the pattern "restructur~".
const stemMark = "~"

func isStem(pattern string) bool { return strings.HasSuffix(pattern, stemMark) }

// stem gives the stem of a folded word by Snowball's English rules (Porter 2,
// https://snowballstem.org/algorithms/english/stemmer.html).
func stem(word string) string { return english.Stem(word, true) }

// patternMatch compares a folded word with a word of a query, whatever that is:
// plain, with wildcards, or a stem.
func patternMatch(pattern, word string) bool {
	if isStem(pattern) {
		return stem(word)+stemMark == pattern
	}
	return globMatch(pattern, word)
}

// stem reads restructure~.
func (p *parser) stem(t token) node {
	word, _ := strings.CutSuffix(t.text, stemMark)
	words := queryWords(word, nil)
	switch {
	case p.exact:
		p.report(t.off, t.end, "take it out of exact:, or write the word without ~", "a stem stands for many spellings, so exact: has no sense")
	case len(words) != 1 || lostSymbols(token{kind: kWord, text: word}) != "":
		p.report(t.off, t.end, "write one word before the ~; for a phrase of stems write spin~ ONEAR/0 off~", "%s is not the stem of one word", t)
	case isGlob(words[0]):
		p.report(t.off, t.end, "write "+strings.Trim(word, "*?")+stemMark+", or the wildcard without ~", "a word with a wildcard has no stem")
	case literals(words[0]) < 3:
		p.report(t.off, t.end, "write the word without ~", "%s is too short to have a stem", words[0])
	default:
		words[0] = stem(words[0]) + stemMark
	}
	return &text{src: t.text, words: words, off: t.off}
}

// isStem tells whether a text is a stem, which is always one word by itself.
func (n *text) isStem() bool { return len(n.words) == 1 && isStem(n.words[0]) }

// stemIndex finds the stems that a word has. There is at most one, and finding
// it takes a hundred times as long as finding a word, so readers remember it.
type stemIndex struct {
	byStem map[string]int32 // stem -> its atom
	begins [256]bool        // first bytes of the stems; stemming keeps the first letter
}

func newStemIndex() *stemIndex { return &stemIndex{byStem: make(map[string]int32)} }

func (x *stemIndex) add(pattern string, atom int32) {
	x.byStem[strings.TrimSuffix(pattern, stemMark)] = atom
	x.begins[pattern[0]] = true
}

// stemMemo is what a reader remembers of the words it has met.
type stemMemo map[string]int32 // word -> atom of its stem, or -1

// maxStemMemo bounds it, since strangers choose the words.
const maxStemMemo = 1 << 15

// find gives the atom of the word's stem, or -1.
func (x *stemIndex) find(memo stemMemo, word []byte) int32 {
	if len(x.byStem) == 0 || !x.begins[word[0]] {
		return -1
	}
	atom, known := memo[string(word)]
	if known {
		return atom
	}
	atom, ok := x.byStem[stem(string(word))]
	if !ok {
		atom = -1
	}
	if len(memo) >= maxStemMemo {
		clear(memo)
	}
	memo[string(word)] = atom
	return atom
}
