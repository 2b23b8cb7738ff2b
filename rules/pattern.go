package rules

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
)

// patternIndex finds the patterns, wildcards and stems, that a word satisfies. It
// goes by letters that they hold, so a word costs about the same however
// many there are.
//
// A pattern has an even number among those of words: its place in the list, and above
// it chance, as hashes are.
type patternIndex struct {
	list  []string
	terms []uint64

	begins edgeIndex           // by how words begin
	endsIn edgeIndex           // of patterns that begin with a wildcard, by how words end
	pieces map[uint64][]uint32 // of those that end with one too, by what words hold; see keyOf
	within bitGate             // all of pieces
	open   []uint32            // patterns that hold too little
}

// keyOf gives the first n of eight bytes, and n above them.
func keyOf(v uint64, n int) uint64 { return v&byteMasks[n][0] | uint64(n)<<56 }

// Sizes that keys have. Of a pattern's letters the most are taken that fit.
var (
	edgeSizes  = []int{6, 4, 3, 2}
	pieceSizes = []int{5, 3}
)

func largest(sizes []int, most int) int {
	for _, n := range sizes {
		if n <= most {
			return n
		}
	}
	return 0
}

// longWord is the number of bytes above which a word is held against every
// pattern, lest its many pieces lead to the same ones again and again.
const longWord = 64

// bitGate is a set of bits that tells of most keys that they are none of its own.
type bitGate [1 << 16 / 64]uint64

func (g *bitGate) add(key uint64)      { n := spread(key); g[n/64] |= 1 << (n % 64) }
func (g *bitGate) has(key uint64) bool { n := spread(key); return g[n/64]>>(n%64)&1 != 0 }

func spread(key uint64) uint16 { return uint16(key * 0x9E3779B97F4A7C15 >> 48) }

// edgeGate is the like for the first four bytes of keys, or as many as they have. Three
// bytes choose a cell, and the fourth a bit of it.
type edgeGate [1 << edgeBits]uint64

const (
	edgeBits   = 11
	spreadEdge = 0x9E3779 << 40 // of a factor only the three lowest bytes count then
)

func (g *edgeGate) add(v uint64, n int) {
	switch n {
	case 2:
		for third := range uint64(256) {
			g.add(v&0xFFFF|third<<16, 3)
		}
	case 3:
		g[v*spreadEdge>>(64-edgeBits)] = ^uint64(0)
	default:
		g[v*spreadEdge>>(64-edgeBits)] |= 1 << (v >> 24 % 64)
	}
}

// has is 1 or 0.
func (g *edgeGate) has(v uint64) (bit int) {
	if g[v*spreadEdge>>(64-edgeBits)]&(1<<(v>>24%64)) != 0 {
		bit = 1
	}
	return bit
}

// edgeIndex finds patterns by two to six bytes at one edge of a word.
type edgeIndex struct {
	patterns map[uint64][]uint32
	gate     edgeGate
	whole    bitGate // all keys
}

func (x *edgeIndex) add(edge string, no uint32) {
	n, v := largest(edgeSizes, len(edge)), eight(edge)
	if x.patterns == nil {
		x.patterns = make(map[uint64][]uint32)
	}
	x.patterns[keyOf(v, n)] = append(x.patterns[keyOf(v, n)], no)
	x.gate.add(v, n)
	x.whole.add(keyOf(v, n))
}

// eight is the first eight bytes of a text, zero where there are fewer.
func eight(text string) (v uint64) {
	for i := range min(len(text), 8) {
		v |= uint64(text[i]) << (8 * i)
	}
	return v
}

func newPatternIndex() *patternIndex { return &patternIndex{pieces: make(map[uint64][]uint32)} }

// add gives the term of a new pattern.
func (x *patternIndex) add(pattern string) uint64 {
	no := uint32(len(x.list))
	term := uint64(rand.Uint32()|1)<<32 | uint64(no)<<1
	x.list, x.terms = append(x.list, pattern), append(x.terms, term)
	if isStem(pattern) {
		x.addStem(strings.TrimSuffix(pattern, stemMark), no)
		return term
	}
	prefix, suffix := pattern[:strings.IndexAny(pattern, "*?")], pattern[strings.LastIndexAny(pattern, "*?")+1:]
	switch piece := longestPiece(pattern); {
	case len(prefix) >= 2:
		x.begins.add(prefix, no)
	case len(suffix) >= minPiece:
		x.endsIn.add(backwards(suffix), no)
	case len(piece) >= minPiece:
		k := keyOf(eight(piece), largest(pieceSizes, len(piece)))
		x.pieces[k] = append(x.pieces[k], no)
		x.within.add(k)
	default:
		x.open = append(x.open, no)
	}
	return term
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// addStem adds a stem by how all its words begin. They share all of its letters but
// the last, or of a longer one the last two: happiness has the stem happi, happy
// as well, and stability stabl. Only dying and its like change more.
func (x *patternIndex) addStem(stem string, no uint32) {
	n := len(stem) - 1
	if len(stem) > 4 {
		n--
	}
	if n < 2 {
		x.open = append(x.open, no)
		return
	}
	x.begins.add(stem[:n], no)
	if stem[1] == 'i' {
		x.begins.add(stem[:1]+"y"+stem[2:n], no)
	}
}

// pattern is the one that an even term stands for.
func (x *patternIndex) pattern(term uint64) string { return x.list[uint32(term)>>1] }

// admit puts into list, which has room for one more, the places of the words that may
// satisfy a pattern, and says how many those are. It has no branch on them, since which
// they are can't be foreseen. Before and behind a word, or where one that is none is
// said to stand, there are eight bytes.
func (x *patternIndex) admit(list []uint32, words []extentOf, buf []byte) int {
	if len(x.pieces) > 0 || len(x.open) > 0 {
		for i := range words {
			list[i] = uint32(i)
		}
		return len(words)
	}
	begins, ends, k := len(x.begins.patterns) > 0, len(x.endsIn.patterns) > 0, 0
	for i, w := range words {
		list[k] = uint32(i)
		from, end, step := int(w.start), int(w.end), 0
		if begins {
			step = x.begins.gate.has(binary.LittleEndian.Uint64(buf[from : from+8]))
		}
		if ends {
			step |= x.endsIn.gate.has(bits.ReverseBytes64(binary.LittleEndian.Uint64(buf[end-8 : end])))
		}
		k += step
	}
	return k
}

// find appends the places of the patterns that buf[start:end] satisfies, each
// once. Before and behind it stand eight bytes.
func (x *patternIndex) find(found []uint32, buf []byte, start, end uint32) []uint32 {
	w := patternWord{index: x, word: buf[start:end], found: found, before: len(found)}
	w.verify(x.open)
	w.findEdges(&x.begins, binary.LittleEndian.Uint64(buf[start:]))
	w.findEdges(&x.endsIn, bits.ReverseBytes64(binary.LittleEndian.Uint64(buf[end-8:])))
	switch {
	case len(x.pieces) == 0:
	case len(w.word) > longWord:
		for _, list := range x.pieces {
			w.verify(list)
		}
	default:
		for ; start+minPiece <= end; start++ {
			w.findPiece(binary.LittleEndian.Uint64(buf[start:]))
		}
	}
	return w.found
}

// patternWord is a word whose patterns are looked for.
type patternWord struct {
	index  *patternIndex
	word   []byte
	stem   string // "" until it is needed
	found  []uint32
	before int // how many of found are another's
}

func (w *patternWord) findEdges(x *edgeIndex, v uint64) {
	for _, n := range edgeSizes {
		if k := keyOf(v, n); x.whole.has(k) {
			w.verify(x.patterns[k])
		}
	}
}

func (w *patternWord) findPiece(v uint64) {
	for _, n := range pieceSizes {
		if k := keyOf(v, n); w.index.within.has(k) {
			w.verify(w.index.pieces[k])
		}
	}
}

func (w *patternWord) verify(candidates []uint32) {
	for _, p := range candidates {
		if w.satisfies(w.index.list[p]) && !slices.Contains(w.found[w.before:], p) {
			w.found = append(w.found, p)
		}
	}
}

func (w *patternWord) satisfies(pattern string) bool {
	if !isStem(pattern) {
		return globMatch(pattern, w.word)
	}
	if w.stem == "" {
		w.stem = stem(string(w.word))
	}
	return w.stem == strings.TrimSuffix(pattern, stemMark)
}

// patternMemo remembers which patterns words satisfy. A word that satisfies none stands
// in known less one, and so by an even number.
type patternMemo struct {
	known  []uint64    // by a hash's highest bits: a word, or one of those that stand next to its place
	ranges []foundHere // likewise
	found  []uint32    // patterns
}

// foundHere is a stretch of patternMemo.found.
type foundHere struct{ from, end uint32 }

const (
	memoBits  = 14
	memoTries = 8       // places where a word may stand
	memoMost  = 1 << 16 // patterns remembered before all is forgotten
)

func newPatternMemo() patternMemo {
	return patternMemo{known: make([]uint64, 1<<memoBits), ranges: make([]foundHere, 1<<memoBits)}
}

// unknown takes out of list most words known to satisfy no pattern, and says how many
// stay. It has no branch on them either.
func (m *patternMemo) unknown(list []uint32, hashes []uint64) int {
	known, k := (*[1 << memoBits]uint64)(m.known), 0
	for _, i := range list {
		list[k] = i
		step := 0
		if h := hashes[i]; known[h>>(64-memoBits)] != h-1 {
			step = 1
		}
		k += step
	}
	return k
}

// find gives what the index finds for a word with this hash.
func (m *patternMemo) find(x *patternIndex, hash uint64, buf []byte, start, end uint32) []uint32 {
	at := m.place(hash)
	switch m.known[at] {
	case hash:
		return m.found[m.ranges[at].from:m.ranges[at].end]
	case hash - 1:
		return nil
	}
	if len(m.found) > memoMost {
		clear(m.known)
		m.found = m.found[:0]
		at = m.place(hash)
	}
	from := len(m.found)
	m.found = x.find(m.found, buf, start, end)
	if m.known[at] = hash; from == len(m.found) {
		m.known[at]--
	}
	m.ranges[at] = foundHere{uint32(from), uint32(len(m.found))}
	return m.found[from:]
}

// place is where the hash stands, or else where it may stand: a free place among
// the first few, so that two words that meet do not drive each other out, or the
// first where none is free.
func (m *patternMemo) place(hash uint64) uint64 {
	first := hash >> (64 - memoBits)
	for i := range uint64(memoTries) {
		at := (first + i) % (1 << memoBits)
		if k := m.known[at]; k|1 == hash || k == 0 {
			return at
		}
	}
	return first
}
