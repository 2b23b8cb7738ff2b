package rules

import (
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
	marks  []uint64 // the same: may it join what stands on both sides
	inside []uint32 // marks between two bytes of runs
	runes  []runeClass

	words  []extentOf // where words stand in the folded text
	hashes []uint64   // of the words

	odd       []int // places in words of runs that are not just one short and plain word
	runs      []extentOf
	runHashes []uint64
}

// extentOf is where a word stands in folded text.
type extentOf struct{ start, end uint32 }

func newTokeniser(h hasher) *tokeniser { return &tokeniser{hasher: h, cutter: newCutter()} }

func (t *tokeniser) reset() { t.words, t.hashes = t.words[:0], t.hashes[:0] }

// gap appends a word that is none, but has eight bytes before and behind it as words
// have.
func (t *tokeniser) gap() {
	t.words = append(t.words, extentOf{8, 8})
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
	t.mend(text)
	first := len(t.words)
	t.edges(uint32(from))
	t.hash(buf, first)
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

// hash makes words of the runs that stand in words from first on. Most are short and
// plain and so words as they stand.
func (t *tokeniser) hash(buf []byte, first int) {
	t.hashes = slices.Grow(t.hashes, len(t.words)-first)[:len(t.words)]
	t.odd = t.odd[:0]
	for i := first; i < len(t.words); i++ {
		if buf[t.words[i].start] < utf8.RuneSelf {
			i += t.hasher.short(t.hashes[i:], t.words[i:], buf)
		}
		if i < len(t.words) {
			t.odd = append(t.odd, i)
		}
	}
	if len(t.odd) > 0 {
		t.replace(buf)
	}
}

// replace puts the words that run finds in place of the odd runs.
func (t *tokeniser) replace(buf []byte) {
	base := t.odd[0]
	t.runs, t.runHashes = append(t.runs[:0], t.words[base:]...), append(t.runHashes[:0], t.hashes[base:]...)
	t.words, t.hashes = t.words[:base], t.hashes[:base]
	from := 0
	for _, i := range t.odd {
		i -= base
		if from < i {
			t.words, t.hashes = append(t.words, t.runs[from:i]...), append(t.hashes, t.runHashes[from:i]...)
		}
		t.run(buf, t.runs[i].start, t.runs[i].end)
		from = i + 1
	}
	t.words, t.hashes = append(t.words, t.runs[from:]...), append(t.hashes, t.runHashes[from:]...)
}

// runeClass is what is known of a rune that runs are made of.
type runeClass uint8

const (
	unknown runeClass = iota
	solid             // joins letters and digits on both sides, and nothing else
	single            // is a word of its own unless a combining mark follows
	mark              // parts words
	other             // the cutter decides
)

// run appends the words of a run that isn't short or isn't ASCII. Where it is
// made of letters and of single characters only, that is quick.
func (t *tokeniser) run(buf []byte, start, end uint32) {
	from, last := start, other // where the word under way begins, and what stands before i
	i := t.skipSolid(buf, start, end)
	if i > start {
		last = solid
	}
	for before := len(t.words); i < end; {
		size, class := uint32(1), solid
		switch b := buf[i]; {
		case b >= utf8.RuneSelf:
			n := 0
			class, n = t.leading(buf[i:end])
			size = uint32(n)
		case !isLower(b) && !isDigit(b):
			class = other
			if b != '_' && (last == single || t.beginsSingle(buf[i+1:end])) { // parts, since it joins letters only
				class = mark
			}
		}
		if class == other {
			t.words, t.hashes = t.words[:before], t.hashes[:before]
			if isLower(buf[end-1]) && buf[end] == '\'' && buf[end+1] == 's' {
				end += 2 // a possessive that mend took out; without it the cutter would take out another
			}
			t.cutSlowly(buf, int(start), int(end))
			return
		}
		if class != solid {
			if from < i {
				t.add(buf, from, i)
			}
			if class == single {
				t.add(buf, i, i+size)
			}
			from = i + size
		}
		i += size
		last = class
	}
	if from < end {
		t.add(buf, from, end)
	}
}

// skipSolid goes over ASCII letters and digits, and letters of two bytes that are
// known to be solid.
func (t *tokeniser) skipSolid(buf []byte, i, end uint32) uint32 {
	if t.runes == nil {
		return i
	}
	classes := (*[1 << 11]runeClass)(t.runes)
	for i < end {
		b := buf[i]
		switch {
		case isLower(b), isDigit(b):
			i++
		case 0xC2 <= b && b < 0xE0 && isTrailing(buf[i+1]) && classes[uint(b&0x1F)<<6|uint(buf[i+1]&0x3F)] == solid:
			i += 2
		default:
			return i
		}
	}
	return end
}

// beginsSingle tells whether text begins with a character that is a word of its own.
func (t *tokeniser) beginsSingle(text []byte) bool {
	if len(text) == 0 || text[0] < utf8.RuneSelf {
		return false
	}
	class, _ := t.leading(text)
	return class == single
}

// leading is the class of the rune that text begins with, which is none of ASCII, and
// its size.
func (t *tokeniser) leading(text []byte) (runeClass, int) {
	r, size := decode(text)
	if size == 0 {
		r, size = utf8.DecodeRune(text)
	}
	return t.class(r), size
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
