package rules

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
)

// patternIndex finds the patterns, wildcards and stems, that a word satisfies. A
// pattern has an odd number among those of words: its place in the list, and above
// it chance, as hashes are.
type patternIndex struct {
	list  []string
	terms []uint64
	globs *globIndex
	stems map[string]uint32 // stem -> its place in list
	four  bitGate           // the first four bytes of words that may satisfy one
	two   bitGate           // the first two bytes, where less is known
	open  bool              // any word may
}

// bitGate is a set of 65,536 bits.
type bitGate [1 << 16 / 64]uint64

func (g *bitGate) add(n uint16)      { g[n/64] |= 1 << (n % 64) }
func (g *bitGate) has(n uint16) bool { return g[n/64]>>(n%64)&1 != 0 }

// spread hashes a few bytes for a gate.
func spread(v uint32) uint16 { return uint16(v * 0x9E3779B1 >> 16) }

func newPatternIndex() *patternIndex { return &patternIndex{stems: make(map[string]uint32)} }

// add gives the term of a new pattern.
func (x *patternIndex) add(pattern string) uint64 {
	term := uint64(rand.Uint32())<<32 | uint64(len(x.list))<<1 | 1
	x.list, x.terms = append(x.list, pattern), append(x.terms, term)
	return term
}

// pattern is the one that an odd term stands for.
func (x *patternIndex) pattern(term uint64) string { return x.list[uint32(term)>>1] }

// build makes the index once all patterns are added.
func (x *patternIndex) build() {
	globs := make([]string, len(x.list)) // "" for a stem, which no word satisfies
	for i, p := range x.list {
		if isStem(p) {
			x.addStem(strings.TrimSuffix(p, stemMark), uint32(i))
			continue
		}
		globs[i] = p
		x.admit(p[:strings.IndexAny(p, "*?")])
	}
	x.globs = newGlobIndex(globs)
}

// admit lets words that begin so pass.
func (x *patternIndex) admit(prefix string) {
	switch {
	case len(prefix) >= 4:
		x.four.add(spread(binary.LittleEndian.Uint32([]byte(prefix[:4]))))
	case len(prefix) >= minPrefix:
		x.two.add(binary.LittleEndian.Uint16([]byte(prefix[:2])))
	default:
		x.open = true
	}
}

// addStem lets words pass that can have the stem. Stemming changes letters behind the
// fourth and the last letter of a stem only, but dying becomes die.
func (x *patternIndex) addStem(stem string, no uint32) {
	x.stems[stem] = no
	switch {
	case len(stem) >= 5:
		x.admit(stem[:4])
	case len(stem) >= minPrefix:
		x.admit(stem[:2])
		x.admit(strings.Replace(stem[:2], "i", "y", 1))
	default:
		x.open = true
	}
}

// admits tells whether a word may satisfy a pattern, from its first four bytes.
func (x *patternIndex) admits(begin uint32) bool {
	return x.open || x.four.has(spread(begin)) || x.two.has(uint16(begin))
}

// find appends the places of the patterns that a word satisfies.
func (x *patternIndex) find(found []uint32, word []byte) []uint32 {
	found = x.globs.find(found, word)
	if len(x.stems) > 0 {
		if no, ok := x.stems[stem(string(word))]; ok {
			found = append(found, no)
		}
	}
	return found
}

// patternMemo remembers which patterns words satisfy.
type patternMemo struct {
	entries []memoEntry // by a hash's highest bits
	found   []uint32
}

type memoEntry struct {
	hash      uint64
	from, end uint32 // of patternMemo.found
}

const (
	memoBits = 13
	memoMost = 1 << 16 // patterns remembered before all is forgotten
)

// find gives the places of the patterns that a word with this hash satisfies.
func (m *patternMemo) find(x *patternIndex, hash uint64, word []byte) []uint32 {
	if m.entries == nil {
		m.entries = make([]memoEntry, 1<<memoBits)
	}
	e := &m.entries[hash>>(64-memoBits)]
	if e.hash != hash {
		if len(m.found) > memoMost {
			clear(m.entries)
			m.found = m.found[:0]
		}
		from := uint32(len(m.found))
		m.found = x.find(m.found, word)
		*e = memoEntry{hash, from, uint32(len(m.found))}
	}
	return m.found[e.from:e.end]
}
