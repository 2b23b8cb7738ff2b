package rules

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// hasher turns folded words into numbers, by which the engine tells them apart
// without looking at their letters again. Two words share a number by chance
// once in 2^63 pairs: with 400 words in a document and 200,000 in the
// rules, once in a hundred billion documents. Strangers who write the text can't do
// better than chance, as each set draws its own keys.
//
// Words have odd numbers. Even ones are left to patterns, and 0 to the gaps between the
// parts of a document.
type hasher struct{ low, high, chain uint64 }

func newHasher() hasher {
	return hasher{low: rand.Uint64(), high: rand.Uint64(), chain: rand.Uint64()}
}

// padding is how many bytes must be readable behind a word that is hashed.
const padding = 16

// word hashes buf[start:end], behind which padding stands.
func (h *hasher) word(buf []byte, start, end uint32) uint64 {
	chain := h.chain
	for ; end-start > 16; start += 16 {
		b := buf[start : start+16]
		chain = mix(binary.LittleEndian.Uint64(b)^h.low, binary.LittleEndian.Uint64(b[8:])^h.high^chain)
	}
	b := buf[start : start+padding]
	mask := &byteMasks[(end-start)%32]
	return h.last(binary.LittleEndian.Uint64(b)&mask[0], binary.LittleEndian.Uint64(b[8:])&mask[1], chain)
}

// last hashes the end of a word, at most sixteen bytes, zero where there are fewer. No
// word holds a zero byte, so its length need not be told.
func (h *hasher) last(low, high, chain uint64) uint64 {
	return mix(low^h.low, high^h.high^chain) | 1
}

// short hashes runs up to the first that is longer than sixteen bytes, holds more than
// ASCII or begins with _, and says how many those were.
func (h *hasher) short(hashes []uint64, runs []extentOf, buf []byte) int {
	low, high2 := h.low, h.high^h.chain
	hashes = hashes[:len(runs)]
	for i, w := range runs {
		size := w.end - w.start
		from := int(w.start)
		b := (*[padding]byte)(buf[from : from+padding : from+padding])
		if size > 16 {
			return i
		}
		mask := &byteMasks[size]
		left, right := binary.LittleEndian.Uint64(b[:8])&mask[0], binary.LittleEndian.Uint64(b[8:])&mask[1]
		if (left|right)&high != 0 || byte(left) == '_' {
			return i
		}
		hashes[i] = mix(left^low, right^high2) | 1
	}
	return len(runs)
}

// text hashes a word by itself.
func (h *hasher) text(word string) uint64 {
	buf := append([]byte(word), make([]byte, padding)...)
	return h.word(buf, 0, uint32(len(word)))
}

// mix is the folded product of wyhash (https://github.com/wangyi-fudan/wyhash).
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// byteMasks keep the first n of sixteen bytes.
var byteMasks = func() (t [32][2]uint64) {
	for n := range t {
		for i := range min(n, 16) {
			t[n][i/8] |= 0xFF << (i % 8 * 8)
		}
	}
	return t
}()
