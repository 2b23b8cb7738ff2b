package rules

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Runs are found 64 bytes at a time, in four short passes over a text, each of
// which the processor can work on at several places at once: classify tells what
// each byte is, mend which punctuation stands inside a run, edges where runs
// begin and end, and tokeniser.hash numbers them. cutter is the slow twin of all.
// Slices with three indices, made arrays of, are what the compiler checks cheapest.

// classify fills masks and marks for n blocks of text.
func (t *tokeniser) classify(text []byte, n int) {
	t.masks = slices.Grow(t.masks[:0], n+1)[:n+1]
	t.marks = slices.Grow(t.marks[:0], n+1)[:n+1]
	classifyBlocks(t.masks[:n], t.marks[:n], text)
	t.masks[n], t.marks[n] = 0, 0
}

func classifyBlocks(masks, marks []uint64, text []byte) {
	marks = marks[:len(masks)]
	for i := range masks {
		b := (*[64]byte)(text[64*i : 64*i+64 : 64*i+64])
		m0, k0 := classify8(binary.LittleEndian.Uint64(b[0:]))
		m1, k1 := classify8(binary.LittleEndian.Uint64(b[8:]))
		m2, k2 := classify8(binary.LittleEndian.Uint64(b[16:]))
		m3, k3 := classify8(binary.LittleEndian.Uint64(b[24:]))
		m4, k4 := classify8(binary.LittleEndian.Uint64(b[32:]))
		m5, k5 := classify8(binary.LittleEndian.Uint64(b[40:]))
		m6, k6 := classify8(binary.LittleEndian.Uint64(b[48:]))
		m7, k7 := classify8(binary.LittleEndian.Uint64(b[56:]))
		masks[i] = m0 | m1<<8 | m2<<16 | m3<<24 | m4<<32 | m5<<40 | m6<<48 | m7<<56
		marks[i] = k0 | k1<<8 | k2<<16 | k3<<24 | k4<<32 | k5<<40 | k6<<48 | k7<<56
	}
}

// gather, as a factor, gathers the high bits of eight bytes in the highest byte.
const gather = 0x0002040810204081

// classify8 tells of eight bytes which are of a run, see between8, and which may be
// one of . , ; ' " in as many bits. Of the five, and of neither space nor hyphen, it
// is true that bit 1 is set, or bit 2 and not bit 0.
func classify8(v uint64) (mask, mark uint64) {
	a := v &^ high
	letter := (a + (0x80-'_')*ones) ^ (a + (0x80-'z'-1)*ones) // ` lies between, but isn't in folded text
	digit := (a + (0x80-'0')*ones) ^ (a + (0x80-'9'-1)*ones)
	return (letter ^ digit | v) & high * gather >> 56, (v<<6 | v<<5&^(v<<7)) & high * gather >> 56
}

// mend puts into masks the marks that join the words on both sides, and takes
// out the s of possessives. First it lists the marks that may, with hardly a branch
// that can't be foreseen.
func (t *tokeniser) mend(text []byte) {
	n := len(t.masks) - 1
	t.inside = slices.Grow(t.inside[:0], 32*n+1)[:32*n+1]
	for _, at := range t.inside[:marksInside(t.inside, t.masks, t.marks)] {
		switch {
		case !joins(text, int(at)):
		case text[at] == '\'' && text[at+1] == 's' && text[at-1] < utf8.RuneSelf && t.endsBehind(text, int(at+1)):
			t.masks[(at+1)/64] &^= 1 << ((at + 1) % 64)
		default:
			t.masks[at/64] |= 1 << (at % 64)
		}
	}
}

// marksInside puts into list, which has room for one more, the places of marks between
// two bytes of runs, and says how many those are. The last block is empty.
func marksInside(list []uint32, masks, marks []uint64) int {
	marks = marks[:len(masks)]
	before, k := uint64(0), 0
	for i := 0; i+1 < len(masks); i++ {
		m := masks[i]
		inside := marks[i] &^ m & (m<<1 | before) & (m>>1 | masks[i+1]<<63)
		before = m >> 63
		list[k] = uint32(64*i + bits.TrailingZeros64(inside))
		step := 0
		if inside != 0 {
			step = 1
		}
		k += step
		for inside &= inside - 1; inside != 0; inside &= inside - 1 { // a second one is rare
			list[k] = uint32(64*i + bits.TrailingZeros64(inside))
			k++
		}
	}
	return k
}

// endsBehind tells whether the run that text[at] is in ends with it.
func (t *tokeniser) endsBehind(text []byte, at int) bool {
	next := at + 1
	switch {
	case t.isRun(next):
		return false
	case t.isRun(next + 1):
		return !joins(text, next)
	}
	return true
}

func (t *tokeniser) isRun(at int) bool {
	return at < 64*(len(t.masks)-1) && t.masks[at/64]>>(at%64)&1 != 0
}

// joins tells whether the mark at a place, between two bytes of runs, is within a
// word, or may be: beside what isn't ASCII that is for the cutter to say.
func joins(text []byte, at int) bool {
	before, mark, behind := text[at-1], text[at], text[at+1]
	if before >= utf8.RuneSelf || behind >= utf8.RuneSelf {
		return mark == '.' || mark == ',' || mark == ';' || mark == '\'' || mark == '"'
	}
	switch mark {
	case '.', '\'':
		return isLower(before) && isLower(behind) || isDigit(before) && isDigit(behind)
	case ',', ';':
		return isDigit(before) && isDigit(behind)
	}
	return false
}

func isLower(b byte) bool { return 'a' <= b && b <= 'z' }
func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// edges appends to words where runs begin and end. The text begins at base.
func (t *tokeniser) edges(base uint32) {
	n, k := len(t.masks)-1, len(t.words)
	most := k + 32*n + 4
	t.words = slices.Grow(t.words, 32*n+4)
	t.words = t.words[:k+edgesOf(t.words[k:most], t.masks[:n], base)]
}

// edgesOf puts runs into list, which has room for two more, and says how many
// there are. In a block's edges beginnings and ends take turns; of a run that
// goes on in the next block the end is put right there.
func edgesOf(list []extentOf, masks []uint64, base uint32) int {
	before, k := uint64(0), 0
	for _, m := range masks {
		e := m ^ (m<<1 | before)
		if before != 0 {
			list[k-1].end = base + uint32(bits.TrailingZeros64(e))
			e &= e - 1
		}
		before = m >> 63
		next := k + (bits.OnesCount64(e)+1)/2
		for ; e != 0; k += 2 { // what is written too much is overwritten
			two := (*[2]extentOf)(list[k : k+2 : k+2])
			two[0].start = base + uint32(bits.TrailingZeros64(e))
			e &= e - 1
			two[0].end = base + uint32(bits.TrailingZeros64(e))
			e &= e - 1
			two[1].start = base + uint32(bits.TrailingZeros64(e))
			e &= e - 1
			two[1].end = base + uint32(bits.TrailingZeros64(e))
			e &= e - 1
		}
		k = next
		base += 64
	}
	return k
}
