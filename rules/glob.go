package rules

import (
	"strings"
	"unicode/utf8"
)

// isGlob tells whether a word of a query holds wildcards.
func isGlob(word string) bool {
	return strings.IndexByte(word, '*') >= 0 || strings.IndexByte(word, '?') >= 0
}

// isPattern tells whether a word of a query stands for more than itself.
func isPattern(word string) bool { return isGlob(word) || isStem(word) }

// globMatch compares a whole word with a pattern: * is any run of characters,
// ? exactly one. It steps back to the last * only, which is enough, so it takes
// at most len(pattern) x len(word) steps.
func globMatch[T string | []byte](pattern string, word T) bool {
	p, w := 0, 0
	star, mark := -1, 0 // the last *, and where the word stood at it
	for w < len(word) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, w
			p++
		case p < len(pattern) && pattern[p] == '?':
			p, w = p+1, w+runeLen(word, w)
		case p < len(pattern) && pattern[p] == word[w]:
			p, w = p+1, w+1
		case star >= 0:
			mark += runeLen(word, mark)
			p, w = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// runeLen is the length of the character of folded text at i.
func runeLen[T string | []byte](word T, i int) int {
	n := 1
	for i+n < len(word) && !utf8.RuneStart(word[i+n]) {
		n++
	}
	return n
}

// longestPiece is the longest run of letters of a pattern.
func longestPiece(pattern string) string {
	best := ""
	for piece := range strings.FieldsFuncSeq(pattern, func(r rune) bool { return r == '*' || r == '?' }) {
		if len(piece) > len(best) {
			best = piece
		}
	}
	return best
}
