package rules

import (
	"slices"
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

// globIndex finds the patterns that a word satisfies by letters that they hold, so
// that a word costs about the same however many patterns there are.
type globIndex struct {
	patterns []string
	byPrefix map[string][]uint32
	lengths  []int // of the prefixes in use, ascending
	byPiece  map[string][]uint32
	pieces   bitGate
	open     []uint32 // patterns that hold too little
}

const (
	minPrefix = 2 // bytes
	maxPrefix = 6
	longWord  = 64 // bytes; in a longer one no pieces are looked up
)

// newGlobIndex makes an index of patterns; an empty one matches nothing.
func newGlobIndex(patterns []string) *globIndex {
	x := &globIndex{patterns: patterns, byPrefix: make(map[string][]uint32), byPiece: make(map[string][]uint32)}
	var used [maxPrefix + 1]bool
	for i, p := range patterns {
		if p == "" {
			continue
		}
		prefix := p[:min(strings.IndexAny(p, "*?"), maxPrefix)]
		switch piece := longestPiece(p); {
		case len(prefix) >= minPrefix:
			x.byPrefix[prefix] = append(x.byPrefix[prefix], uint32(i))
			used[len(prefix)] = true
		case len(piece) >= minPiece:
			x.byPiece[piece[:minPiece]] = append(x.byPiece[piece[:minPiece]], uint32(i))
			x.pieces.add(spread(three(piece)))
		default:
			x.open = append(x.open, uint32(i))
		}
	}
	for n, is := range used {
		if is {
			x.lengths = append(x.lengths, n)
		}
	}
	return x
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

func three[T string | []byte](s T) uint32 { return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 }

// find appends the places of the patterns that the word satisfies, each once.
func (x *globIndex) find(found []uint32, word []byte) []uint32 {
	found = x.verify(found, x.open, word)
	for _, n := range x.lengths {
		if n > len(word) {
			break
		}
		found = x.verify(found, x.byPrefix[string(word[:n])], word)
	}
	if len(x.byPiece) == 0 {
		return found
	}
	if len(word) > longWord {
		for _, list := range x.byPiece {
			found = x.verify(found, list, word)
		}
		return found
	}
	before := len(found)
	for i := 0; i+minPiece <= len(word); i++ {
		if !x.pieces.has(spread(three(word[i:]))) {
			continue
		}
		for _, p := range x.byPiece[string(word[i:i+minPiece])] {
			if !slices.Contains(found[before:], p) && globMatch(x.patterns[p], word) {
				found = append(found, p)
			}
		}
	}
	return found
}

func (x *globIndex) verify(found, candidates []uint32, word []byte) []uint32 {
	for _, i := range candidates {
		if globMatch(x.patterns[i], word) {
			found = append(found, i)
		}
	}
	return found
}
