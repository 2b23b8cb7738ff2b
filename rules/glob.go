package rules

import (
	"strings"
	"unicode/utf8"
)

// isGlob tells whether a word of a query holds wildcards.
func isGlob(word string) bool { return strings.ContainsAny(word, "*?") }

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

// globIndex finds the patterns that a word satisfies by their first letters, so
// that a document costs the same however many patterns there are.
type globIndex struct {
	patterns []string
	byPrefix map[string][]int32
	lengths  []int                // of the prefixes in use, ascending
	gate     [1 << 16 / 64]uint64 // by the first two bytes
	open     []int32              // patterns that begin with too little
}

const (
	minPrefix = 2 // bytes; below it every word is compared
	maxPrefix = 6
)

func newGlobIndex(patterns []string) *globIndex {
	x := &globIndex{patterns: patterns, byPrefix: make(map[string][]int32)}
	var used [maxPrefix + 1]bool
	for i, p := range patterns {
		prefix := p[:min(strings.IndexAny(p, "*?"), maxPrefix)]
		if len(prefix) < minPrefix {
			x.open = append(x.open, int32(i))
			continue
		}
		x.byPrefix[prefix] = append(x.byPrefix[prefix], int32(i))
		used[len(prefix)] = true
		pair := int(prefix[0])<<8 | int(prefix[1])
		x.gate[pair/64] |= 1 << (pair % 64)
	}
	for n, is := range used {
		if is {
			x.lengths = append(x.lengths, n)
		}
	}
	return x
}

// find appends the numbers of the patterns that the word satisfies.
func (x *globIndex) find(found []int32, word []byte) []int32 {
	found = x.verify(found, x.open, word)
	if len(word) < minPrefix {
		return found
	}
	if pair := int(word[0])<<8 | int(word[1]); x.gate[pair/64]&(1<<(pair%64)) == 0 {
		return found
	}
	for _, n := range x.lengths {
		if n > len(word) {
			break
		}
		found = x.verify(found, x.byPrefix[string(word[:n])], word)
	}
	return found
}

func (x *globIndex) verify(found, candidates []int32, word []byte) []int32 {
	for _, i := range candidates {
		if globMatch(x.patterns[i], word) {
			found = append(found, i)
		}
	}
	return found
}
