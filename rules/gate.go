package rules

import "math/bits"

// wordGate is a set of bits that tells of most words, without a look into a
// map, that no rule holds them. It has at least sixteen bits a word.
type wordGate struct {
	bits  []uint64
	shift uint
}

func newWordGate(words map[string]int32) wordGate {
	size := max(10, bits.Len(uint(16*len(words))))
	g := wordGate{bits: make([]uint64, 1<<size/64), shift: uint(64 - size)}
	for w := range words {
		n := g.place([]byte(w))
		g.bits[n/64] |= 1 << (n % 64)
	}
	return g
}

// admits tells whether the word may be one of the set.
func (g wordGate) admits(word []byte) bool {
	n := g.place(word)
	return g.bits[n/64]&(1<<(n%64)) != 0
}

// place hashes the length, the first four and the last four bytes of a word,
// which is enough to tell most words apart. Strangers who make words collide
// gain nothing: each then costs a look into the map.
func (g wordGate) place(word []byte) uint64 {
	h := uint64(len(word))
	for i := range min(4, len(word)) {
		h = h<<8 | uint64(word[i])
		h ^= uint64(word[len(word)-1-i]) << 40
	}
	return h * 0x9E3779B97F4A7C15 >> g.shift
}
