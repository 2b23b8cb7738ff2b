package rules

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	uax29 "github.com/clipperhouse/uax29/v2/words"
)

// tokeniser cuts folded text into the words that cutter finds, 64 bytes at a
// time. A run is a stretch of letters, digits, underscores and whatever isn't
// ASCII, with the punctuation inside that joins what stands on both sides of it.
// UAX #29 never joins across the end of a run; a run of plain ASCII is one word,
// and what else a run is made of the cutter decides.
type tokeniser struct {
	hasher hasher
	cutter *cutter
	masks  []uint64 // a bit for each byte: is it of a run
	marks  []uint64 // the same: is it neither that nor a space
	runs   []uint32 // where runs begin and end, in turn
	runes  []runeClass

	words  []extentOf // where words stand in the folded text
	hashes []uint64   // of the words
}

// extentOf is where a word stands in folded text.
type extentOf struct{ start, end uint32 }

func newTokeniser(h hasher) *tokeniser { return &tokeniser{hasher: h, cutter: newCutter()} }

func (t *tokeniser) reset() { t.words, t.hashes = t.words[:0], t.hashes[:0] }

// gap appends a word that is none.
func (t *tokeniser) gap() {
	t.words = append(t.words, extentOf{})
	t.hashes = append(t.hashes, 0)
}

// gap is what must stand behind a text that is cut: a block of 64 bytes is read
// whole, and a word is hashed with padding.
const gap = 64 + padding

var gapBytes = func() (b [gap]byte) {
	for i := range b {
		b[i] = ' '
	}
	return b
}()

// cut appends the words of buf[from:to]; gap bytes of space stand behind it.
func (t *tokeniser) cut(buf []byte, from, to int) {
	text := buf[from : to+gap]
	n := (to - from + 63) / 64
	t.classify(text, n)
	t.join(text, n)
	t.hash(buf, uint32(from))
}

// cutSlowly does what cut does, by the cutter alone.
func (t *tokeniser) cutSlowly(buf []byte, from, to int) {
	t.cutter.reset(buf[:to], from)
	for start, end, ok := t.cutter.next(); ok; start, end, ok = t.cutter.next() {
		t.add(buf, uint32(start), uint32(end))
	}
}

func (t *tokeniser) add(buf []byte, start, end uint32) {
	t.words = append(t.words, extentOf{start, end})
	t.hashes = append(t.hashes, t.hasher.word(buf, start, end))
}

// classify fills masks and marks for n blocks.
func (t *tokeniser) classify(text []byte, n int) {
	t.masks = slices.Grow(t.masks[:0], n+1)[:n+1]
	t.marks = slices.Grow(t.marks[:0], n+1)[:n+1]
	for i := range n {
		b := (*[64]byte)(text[64*i:])
		var mask, mark uint64
		for j := 0; j < 64; j += 8 {
			m, k := classify8(binary.LittleEndian.Uint64(b[j:]))
			mask, mark = mask>>8|m, mark>>8|k
		}
		t.masks[i], t.marks[i] = mask, mark
	}
	t.masks[n], t.marks[n] = 0, 0
}

// classify8 tells of eight bytes which are of a run and which are marks, in the
// highest eight bits. Adding to a byte below 0x80 brings up its high bit from
// some value on; multiplying gathers the high bits.
func classify8(v uint64) (mask, mark uint64) {
	const gather = 0x0102040810204080
	a := v &^ high
	letter := (a + (0x80-'_')*ones) &^ (a + (0x80-'z'-1)*ones) // ` lies between, but isn't in folded text
	digit := (a + (0x80-'0')*ones) &^ (a + (0x80-'9'-1)*ones)
	m := (letter | digit | v) & high
	k := ((a ^ ' '*ones) + 0x7F*ones) & high &^ m
	return m >> 7 * gather &^ (1<<56 - 1), k >> 7 * gather &^ (1<<56 - 1)
}

// join finds where runs begin and end.
func (t *tokeniser) join(text []byte, n int) {
	t.runs = slices.Grow(t.runs[:0], 64*n+8)
	runs := t.runs[:64*n+8]
	k, before := 0, uint64(0) // whether the byte before the block is of a run
	for i := range n {
		m := t.masks[i]
		inside := t.marks[i] & (m<<1 | before) & (m>>1 | t.masks[i+1]<<63)
		if inside != 0 {
			m |= t.joints(text, i, inside)
			m &= t.masks[i] | inside // a possessive took its s out of the mask
		}
		edges := m ^ (m<<1 | before)
		before = m >> 63
		next := k + bits.OnesCount64(edges)
		for base := uint32(64 * i); edges != 0; k += 4 { // what is written too much is overwritten
			four := (*[4]uint32)(runs[k:])
			for j := range four {
				four[j] = base + uint32(bits.TrailingZeros64(edges))
				edges &= edges - 1
			}
		}
		k = next
	}
	if before != 0 {
		runs[k] = uint32(64 * n)
		k++
	}
	t.runs = runs[:k]
}

// joints tells which of the marks inside block i join the words on both sides.
// The s of a possessive is taken out of the masks.
func (t *tokeniser) joints(text []byte, i int, inside uint64) (joined uint64) {
	for ; inside != 0; inside &= inside - 1 {
		bit := bits.TrailingZeros64(inside)
		at := 64*i + bit
		switch {
		case !joins(text, at):
		case text[at] == '\'' && text[at+1] == 's' && text[at-1] < utf8.RuneSelf && t.endsBehind(text, at+1):
			t.masks[(at+1)/64] &^= 1 << ((at + 1) % 64)
		default:
			joined |= 1 << bit
		}
	}
	return joined
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

// hash makes words of the runs. Places in runs count from base.
func (t *tokeniser) hash(buf []byte, base uint32) {
	h, runs, k := t.hasher, t.runs, 0
	words, hashes := t.reserve(len(runs) / 2)
	for ; len(runs) >= 2; runs = runs[2:] {
		start, end := runs[0]+base, runs[1]+base
		size := end - start
		b := (*[padding]byte)(buf[start:])
		mask := &byteMasks[size%32]
		left, right := binary.LittleEndian.Uint64(b[:8])&mask[0], binary.LittleEndian.Uint64(b[8:])&mask[1]
		if size > 16 || (left|right)&high != 0 || byte(left) == '_' {
			t.keep(k)
			t.run(buf, start, end)
			words, hashes = t.reserve(len(runs)/2 - 1)
			k = 0
			continue
		}
		words[k] = extentOf{start, end}
		hashes[k] = h.last(left, right, h.chain)
		k++
	}
	t.keep(k)
}

// reserve gives room for n words behind those there are; keep says how many of
// them are filled.
func (t *tokeniser) reserve(n int) ([]extentOf, []uint64) {
	t.words, t.hashes = slices.Grow(t.words, n), slices.Grow(t.hashes, n)
	k := len(t.words)
	return t.words[k : k+n], t.hashes[k : k+n]
}

func (t *tokeniser) keep(n int) {
	t.words, t.hashes = t.words[:len(t.words)+n], t.hashes[:len(t.hashes)+n]
}

// runeClass is what is known of a rune that runs are made of.
type runeClass uint8

const (
	unknown runeClass = iota
	solid             // joins letters and digits on both sides, and nothing else
	single            // is a word of its own unless a mark follows
	other             // the cutter decides
)

// run appends the words of a run that isn't short or isn't ASCII. Where it is
// made of letters and of single characters only, that is quick.
func (t *tokeniser) run(buf []byte, start, end uint32) {
	before := len(t.words)
	from := start // of the word under way
	for i := start; i < end; {
		r, size := rune(buf[i]), 1
		class := solid
		switch {
		case r >= utf8.RuneSelf:
			r, size = utf8.DecodeRune(buf[i:end])
			class = t.class(r)
		case !isLower(buf[i]) && !isDigit(buf[i]):
			class = other
		}
		if class == other {
			t.words, t.hashes = t.words[:before], t.hashes[:before]
			t.cutSlowly(buf, int(start), int(end))
			return
		}
		next := i + uint32(size)
		if class == single {
			if from < i {
				t.add(buf, from, i)
			}
			t.add(buf, i, next)
			from = next
		}
		i = next
	}
	if from < end {
		t.add(buf, from, end)
	}
}

func (t *tokeniser) class(r rune) runeClass {
	if r >= 1<<16 {
		return other
	}
	if t.runes == nil {
		t.runes = make([]runeClass, 1<<16)
	}
	if t.runes[r] == unknown {
		t.runes[r] = classOf(r)
	}
	return t.runes[r]
}

// classOf asks UAX #29 how a rune behaves beside others.
func classOf(r rune) runeClass {
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == utf8.RuneError {
		return other
	}
	s := string(r)
	if isSpaceless(r) {
		if segments("a"+s+"a") == 3 { // as digits of these scripts are not
			return single
		}
		return other
	}
	if segments(s+"a"+s+"1"+s+s) == 1 && segments(s+"'") == 2 {
		return solid
	}
	return other
}

func segments(s string) int {
	n := 0
	for it := uax29.FromString(s); it.Next(); {
		n++
	}
	return n
}
