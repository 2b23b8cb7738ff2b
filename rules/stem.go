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
	return p.newText(t, words)
}

// isStem tells whether a text is a stem, which is always one word by itself.
func (n *text) isStem() bool { return len(n.words) == 1 && isStem(n.words[0]) }
